"""What an application can use: what is made for it, and what its pods get of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest

from components.kit import (
    AppPlatform,
    Cache,
    Call,
    DeployedApp,
    DeployedAppArgs,
    Exposure,
    Folder,
    ForwardAuth,
    Generated,
    Internal,
    Metrics,
    NfsFolder,
    Oidc,
    OidcCredentials,
    Public,
    Scratch,
    SharedVolume,
    TraefikRoute,
    TunnelIngress,
    Use,
    VaultSecret,
    Volume,
    WebApp,
    internet,
)
from components.kit.uses import Bound, Consumer
from components.kit.volumes import CACHE_REASON
from components.versions import Image
from components.vocabulary import EXEMPT, USERS
from tests.support.parts import app_platform, container, done, endpoint, peer, policies, waits_for
from tests.support.recorder import Recording, record

HOST = "app.example.org"
OIDC = Oidc(callback="/callback", groups=[USERS])
CREDENTIALS = OidcCredentials(issuer="ISSUER", client_id="CLIENT_ID", client_secret="CLIENT_SECRET")
APP = {"app.kubernetes.io/name": "app"}
CACHE = {"app.kubernetes.io/name": "app-cache"}

VOLUME = Volume(name="data", path="/data", size="5Gi")
NAME = "music-c3baf4"
"""Of the folder's volumes, without the application."""
FOLDER = NfsFolder(name="music", path="/music", folder="media/music", size="200Gi")
SHARED = SharedVolume(name="library", path="/library", size="10Gi")
SHARED_CACHE = SharedVolume(name="models", path="/models", size="10Gi", cache=True)
SCRATCH = Scratch(name="transcoding", path="/transcoding")
CALL = Call(name="internet", target=internet(443))
SECRET = VaultSecret(name="keys", environment={"SIGNING_KEY": Generated(length=50), "SALT": Generated()})
VALKEY = Cache(host="CACHE_HOST", port="CACHE_PORT", memory="256Mi")


def program(*uses: Use, exposure: Exposure | None = None, **changes: Any) -> AppPlatform:
    platform = app_platform(**changes)
    app = WebApp(image=Image("example/app", "1"), port=80, health_path="/", exposure=exposure or Internal(), uses=uses)
    DeployedApp("app", DeployedAppArgs(title="App", app=app, platform=platform))
    return platform


def using(*uses: Use, exposure: Exposure | None = None, **changes: Any) -> Recording[AppPlatform]:
    """What is registered for an application that uses these."""
    return record(lambda: program(*uses, exposure=exposure, **changes))


def environment(recording: Recording[Any]) -> dict[str, Any]:
    """The variables of the application's container: a text, or name and key of a Secret."""
    return {
        item["name"]: item.get("value") or tuple(item["valueFrom"]["secretKeyRef"][key] for key in ("name", "key"))
        for item in container(recording, "app").get("env", [])
    }


def mounts(recording: Recording[Any]) -> Any:
    return container(recording, "app").get("volumeMounts", [])


def volumes(recording: Recording[Any], name: str = "app") -> Any:
    return recording.one(":Deployment", name).spec["template"]["spec"].get("volumes", [])


@pytest.mark.parametrize(
    ("use", "holds_data"),
    [
        (VOLUME, True),
        (FOLDER, True),
        (SHARED, True),
        (SHARED_CACHE, False),
        (SCRATCH, False),
        (CALL, False),
        (SECRET, False),
        (VALKEY, False),
    ],
    ids=lambda item: type(item).__name__,
)
def test_a_namespace_is_protected_if_what_is_used_would_be_lost_with_it(use: Use, *, holds_data: bool) -> None:
    recording = using(use)
    assert use.holds_data is holds_data
    assert recording.one("core/v1:Namespace", "app").protect is holds_data


@pytest.mark.parametrize("use", [VOLUME, FOLDER, SCRATCH, CALL], ids=lambda item: type(item).__name__)
def test_no_variable_is_made_up_for_what_needs_none(use: Use) -> None:
    assert environment(using(use)) == {}


@pytest.mark.parametrize("use", [VOLUME, FOLDER, SCRATCH, SECRET], ids=lambda item: type(item).__name__)
def test_what_calls_nobody_permits_no_call(use: Use) -> None:
    assert policies(using(use)) == {}


@pytest.mark.parametrize(
    ("use", "kind", "name"),
    [
        (VOLUME, ":PersistentVolumeClaim", "app-data"),
        (FOLDER, ":PersistentVolumeClaim", f"app-{NAME}"),
        (CALL, ":NetworkPolicy", "app-to-internet-egress"),
        (SECRET, ":OnePasswordItem", "app-keys"),
        (VALKEY, ":NetworkPolicy", "app-to-cache-ingress"),
    ],
    ids=lambda item: type(item).__name__,
)
def test_pods_start_after_what_they_use(use: Use, kind: str, name: str) -> None:
    recording = using(use)
    assert waits_for(recording, recording.one(":Deployment", "app"), kind, name)


def test_everything_that_is_made_is_below_the_application() -> None:
    recording = using(VOLUME, FOLDER, SECRET, VALKEY)
    app = recording.one(":DeployedApp", "app").urn
    for kind, name in ((":Claim", "app-data"), (":NfsVolume", "app-music"), (":VaultItem", "app-keys")):
        assert recording.one(kind, name).parent == app
    assert recording.one(":Workload", "app-cache").parent == app


def test_a_volume_is_a_claim_of_the_class_for_local_volumes() -> None:
    recording = using(VOLUME)
    claim = recording.one(":PersistentVolumeClaim", "app-data")
    assert claim.object_name == "app/app-data"
    assert claim.spec["storageClassName"] == "local-path-retain"
    assert claim.spec["resources"] == {"requests": {"storage": "5Gi"}}
    assert volumes(recording) == [{"name": "data", "persistentVolumeClaim": {"claimName": "app-data"}}]
    assert mounts(recording) == [{"name": "data", "mountPath": "/data"}]


@pytest.mark.parametrize("read_only", [False, True])
def test_a_folder_lies_below_the_export_and_is_read_only_if_asked(*, read_only: bool) -> None:
    folder = NfsFolder(name="music", path="/music", folder="media/music", size="200Gi", read_only=read_only)
    recording = using(folder)
    volume = recording.one(":PersistentVolume", f"app-{NAME}-volume")
    assert volume.spec["nfs"] == {"server": "192.168.1.10", "path": "/export/media/music"}
    (mount,), (source,) = mounts(recording), volumes(recording)
    assert (mount["name"], mount["mountPath"], mount.get("readOnly", False)) == ("music", "/music", read_only)
    assert source["persistentVolumeClaim"]["claimName"] == f"app-{NAME}"


def test_two_applications_may_use_one_folder_each_by_a_volume_of_its_own() -> None:
    def both() -> None:
        platform = app_platform()
        for name in ("first", "second"):
            app = WebApp(image=Image("example/app", "1"), port=80, health_path="/", uses=[FOLDER])
            DeployedApp(name, DeployedAppArgs(title=name, app=app, platform=platform))

    made = record(both).of(":PersistentVolume")
    assert {item.object_name for item in made} == {f"first-first-{NAME}", f"second-second-{NAME}"}
    assert len({item.spec["nfs"]["path"] for item in made}) == 1


def test_scratch_space_goes_with_the_pod() -> None:
    recording = using(SCRATCH)
    assert volumes(recording) == [{"name": "transcoding", "emptyDir": {"sizeLimit": "1Gi"}}]
    assert mounts(recording) == [{"name": "transcoding", "mountPath": "/transcoding"}]


def test_several_mounts_keep_their_order_and_their_names() -> None:
    recording = using(SCRATCH, VOLUME, FOLDER)
    assert [item["name"] for item in mounts(recording)] == ["transcoding", "data", "music"]
    assert {item["name"] for item in volumes(recording)} == {"transcoding", "data", "music"}


def test_a_call_is_permitted_to_addresses_and_to_other_pods() -> None:
    assert set(policies(using(CALL))) == {"app/app-to-internet-egress"}

    def to_database() -> AppPlatform:
        return program(Call(name="database", target=endpoint("database", 5432)))

    rule = policies(record(to_database))["database/app-to-database-ingress"]["ingress"]
    assert rule == [{"from": [peer("app", APP)], "ports": [{"port": 5432, "protocol": "TCP"}]}]


def test_two_calls_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="app: internet is given twice"):
        using(CALL, Call(name="internet", target=internet(80)))


def test_generated_secrets_are_read_by_reference_and_handed_in_for_the_outputs() -> None:
    recording = using(SECRET)
    assert environment(recording) == {
        "SIGNING_KEY": ("secret-app-keys", "SIGNING_KEY"),
        "SALT": ("secret-app-keys", "SALT"),
    }
    lengths = {
        item.name: item.inputs["passwordRecipe"]["length"]
        for item in recording.of(":Item")
        if "passwordRecipe" in item.inputs
    }
    assert lengths == {"app-keys-SIGNING_KEY": 50, "app-keys-SALT": 40}
    (secret,) = recording.result.base.contributions.secrets.close()
    assert (secret.namespace.name, secret.name) == ("app", "secret-app-keys")


@pytest.mark.parametrize("exposure", [TraefikRoute(host=HOST, sign_in=OIDC), TunnelIngress(host=HOST, sign_in=OIDC)])
def test_oidc_credentials_are_those_of_the_client_that_is_registered(exposure: Exposure) -> None:
    recording = using(CREDENTIALS, exposure=exposure)
    assert environment(recording) == {
        "ISSUER": "https://auth.example.org/application/o/app/",
        "CLIENT_ID": ("secret-app-oidc", "client-id"),
        "CLIENT_SECRET": ("secret-app-oidc", "client-secret"),
    }
    assert waits_for(recording, recording.one(":Deployment", "app"), ":OnePasswordItem", "app-oidc")
    assert not recording.one("core/v1:Namespace", "app").protect


def test_the_client_is_registered_as_the_sign_in_says() -> None:
    registered: list[Any] = []

    def with_register() -> None:
        platform = app_platform()

        def register(registration: Any, parent: Any) -> Any:
            registered.append((registration, parent.pulumi_resource_name))
            return platform.register(registration, parent)

        app = WebApp(
            image=Image("example/app", "1"),
            port=80,
            health_path="/",
            exposure=TraefikRoute(host=HOST, sign_in=OIDC),
            uses=[CREDENTIALS],
        )
        watched = replace(platform, register=register)
        DeployedApp("app", DeployedAppArgs(title="App", app=app, platform=watched))

    record(with_register)
    ((registration, parent),) = registered
    party = registration.party
    assert (party.name, party.title, party.redirect_uri) == ("app", "App", f"https://{HOST}/callback")
    assert list(party.groups) == [USERS]
    assert (registration.namespace.name, parent) == ("app", "app")


@pytest.mark.parametrize(
    "exposure",
    [
        Internal(),
        TraefikRoute(host=HOST, sign_in=ForwardAuth(group=USERS)),
        TunnelIngress(host=HOST, sign_in=Public(reason="it shows nothing")),
    ],
)
def test_credentials_of_a_client_that_the_sign_in_does_not_need_are_refused(exposure: Exposure) -> None:
    with pytest.raises(TypeError, match=r"app uses OidcCredentials: expected the sign-in Oidc\(...\) for it"):
        using(CREDENTIALS, exposure=exposure)


def test_a_sign_in_by_oidc_without_its_credentials_is_refused() -> None:
    with pytest.raises(ValueError, match="hands the client's credentials on: OidcCredentials"):
        using(VOLUME, exposure=TraefikRoute(host=HOST, sign_in=OIDC))


def test_a_cache_is_found_by_its_service() -> None:
    recording = using(VALKEY)
    assert environment(recording) == {"CACHE_HOST": "app-cache.app.svc", "CACHE_PORT": "6379"}
    assert recording.one(":Service", "app-cache").object_name == "app/app-cache"


def test_only_the_application_may_call_its_cache_which_may_call_nobody() -> None:
    found = policies(using(VALKEY))
    ports = [{"port": 6379, "protocol": "TCP"}]
    assert found == {
        "app/app-to-cache-egress": {
            "podSelector": {"matchLabels": APP},
            "policyTypes": ["Egress"],
            "egress": [{"to": [peer("app", CACHE)], "ports": ports}],
        },
        "app/app-to-cache-ingress": {
            "podSelector": {"matchLabels": CACHE},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [peer("app", APP)], "ports": ports}],
        },
    }


def test_a_cache_keeps_nothing_when_it_restarts_and_takes_no_more_than_its_memory() -> None:
    recording = using(VALKEY)
    made = container(recording, "app-cache")
    assert made["args"][made["args"].index("--save") + 1] == ""
    assert made["args"][made["args"].index("--appendonly") + 1] == "no"
    assert all("persistentVolumeClaim" not in volume for volume in volumes(recording, "app-cache"))
    assert made["resources"]["limits"] == {"memory": "256Mi"}


def test_a_cache_speaks_no_http_and_is_pulled_by_the_mirror() -> None:
    made = container(using(VALKEY, registry_mirror="mirror.lan:5000"), "app-cache")
    assert made["readinessProbe"]["tcpSocket"] == {"port": "tcp"}
    assert made["image"].startswith("mirror.lan:5000/docker.io/valkey/valkey:")


@pytest.mark.parametrize(
    ("uses", "variable"),
    [
        ([VALKEY, VaultSecret(name="keys", environment={"CACHE_HOST": Generated()})], "CACHE_HOST"),
        ([SECRET, VaultSecret(name="more", environment={"SALT": Generated()})], "SALT"),
    ],
)
def test_a_variable_that_two_of_them_give_is_refused(uses: list[Use], variable: str) -> None:
    with pytest.raises(ValueError, match=f"app: {variable} is given twice, by its environment or by what it uses"):
        using(*uses)


@dataclass(frozen=True, kw_only=True)
class Migrated:
    """A use of somebody else's making."""

    kept: ClassVar = False
    holds_data: ClassVar = False

    def bind(self, consumer: Consumer) -> Bound:
        """Something that has to be there before the pods start."""
        return Bound(environment={"OWNER": consumer.title}, wait_for=[done(f"{consumer.name}-migrated")])


def test_a_use_is_whatever_binds_and_what_it_waits_for_comes_before_the_pods() -> None:
    recording = using(Migrated())
    assert environment(recording) == {"OWNER": "App"}
    assert waits_for(recording, recording.one(":Deployment", "app"), ":ConfigMap", "app-migrated")


def test_a_volume_on_nfs_is_mounted_by_several_nodes_and_its_name_says_where_it_is() -> None:
    recording = using(SHARED)
    (claim,) = recording.of(":PersistentVolumeClaim")
    assert claim.spec == {
        "accessModes": ["ReadWriteMany"],
        "storageClassName": "nfs",
        "resources": {"requests": {"storage": "10Gi"}},
    }
    assert claim.name.startswith("app-library-")
    assert (claim.protect, claim.retain_on_delete) == (True, True)
    assert volumes(recording) == [{"name": "library", "persistentVolumeClaim": {"claimName": claim.name}}]
    assert recording.one(":Deployment", "app").spec["strategy"]["type"] == "RollingUpdate"


def test_a_cache_on_nfs_goes_with_its_claim_and_says_why_nothing_protects_it() -> None:
    (claim,) = using(SHARED_CACHE).of(":PersistentVolumeClaim")
    assert claim.spec["storageClassName"] == "nfs-scratch"
    assert (claim.protect, claim.retain_on_delete) == (False, False)
    assert claim.inputs["metadata"]["annotations"] == {f"{EXEMPT}data-protected": CACHE_REASON}
    assert (SHARED.kept, SHARED_CACHE.kept) == (True, False)


def test_metrics_at_the_applications_own_port_are_found_by_its_service() -> None:
    recording = using(Metrics())
    (target,) = recording.result.base.contributions.metrics.close()
    assert (target.name, target.port, target.path) == ("app", 80, "/metrics")
    assert (target.pods.labels, target.service) == (APP, APP)
    service = recording.one("core/v1:Service", "app")
    assert service.inputs["metadata"]["labels"] == target.service
    assert [port["name"] for port in service.spec["ports"]] == [target.service_port]
    assert [port["containerPort"] for port in container(recording, "app")["ports"]] == [80]


def test_metrics_at_ports_of_their_own_are_declared_and_told_apart() -> None:
    recording = using(Metrics(port=8081), Metrics(port=8082, name="jobs", path="/jobs"))
    first, second = recording.result.base.contributions.metrics.close()
    assert (first.name, first.port, first.path) == ("app", 8081, "/metrics")
    assert (second.name, second.port, second.path) == ("app-jobs", 8082, "/jobs")
    led_to = {port["name"]: port["port"] for port in recording.one("core/v1:Service", "app").spec["ports"]}
    declared = {port["name"]: port["containerPort"] for port in container(recording, "app")["ports"]}
    for target in (first, second):
        assert led_to[target.service_port] == declared[target.service_port] == target.port
    assert led_to["http"] == 80


def test_having_metrics_lets_nobody_in_by_itself() -> None:
    assert policies(using(Metrics(port=8081))) == {}


def test_two_uses_at_one_port_name_are_refused() -> None:
    with pytest.raises(ValueError, match="metrics is given twice"):
        using(Metrics(port=8081), Metrics(port=8082))


def test_a_folder_says_what_the_server_has_to_have_and_who_writes_there() -> None:
    borrowed = NfsFolder(name="music", path="/music", folder="media/music", size="200Gi", borrowed=True)
    read = replace(FOLDER, read_only=True)
    for folder, user in ((FOLDER, 1000), (borrowed, 1000), (read, None)):
        wanted = (Folder(path="/export/media/music", user=user),)
        assert using(folder).result.base.contributions.folders.close() == wanted
