"""The simulated CloudNativePG on a real control plane: what the API server accepts, refuses and collects for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from sandbox import kube
from sandbox.controllers.cnpg import names
from sandbox.controllers.objects import patch
from sandbox.rendering import package, render
from sandbox.rendering.crds import Definitions
from sandbox.rendering.render import Release
from sandbox.rollouts import condition
from tests.sandbox.controllers.cnpg.conftest import cluster, plugin
from tests.sandbox.controllers.world import thing
from tests.support.world import World

MANAGER = "test"
SECONDS = 90
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
GATEWAY = {"app": "db-archive"}


def until(holds: Callable[[], Any], what: str) -> Any:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.5)
    raise AssertionError(f"not within {SECONDS} s: {what}")


@pytest.fixture(scope="module")
def client(world: World) -> kube.Client:
    """Of a cluster in which operator and plugin run, and an archive with its gateway."""
    made = world.cluster
    for name in ("cnpg-system", "apps"):
        made.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": RESTRICTED}}, MANAGER)
    for side in ("client", "server"):
        secret = thing("Secret", f"barman-cloud-{side}-tls", "cnpg-system", stringData={"tls.crt": "x", "tls.key": "y"})
        made.apply(secret, MANAGER)
    for chart in ("cloudnative-pg", "plugin-barman-cloud"):
        stand_in = next(found for found in package.stand_ins() if found.name == chart)
        release = Release(name=chart, namespace="cnpg-system", values={})
        for obj in render.render(stand_in, release, Definitions.below(world.sandbox.crds)).objects:
            if obj["apiVersion"] != "cert-manager.io/v1":
                made.apply(obj, MANAGER)
    made.apply(thing("Secret", "secret-db-archive", stringData={"access-key": "a", "secret-key": "s"}), MANAGER)
    made.apply(thing("Service", "db-archive", spec={"selector": GATEWAY, "ports": [{"port": 7070}]}), MANAGER)
    own = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    shared = {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}}
    gateway = {"securityContext": shared, "containers": [{"name": "c", "image": "x", "securityContext": own}]}
    pod = thing("Pod", "db-archive", spec=gateway)
    pod["metadata"]["labels"] = GATEWAY
    made.apply(pod, MANAGER)
    keys = {"accessKeyId": "access-key", "secretAccessKey": "secret-key"}
    configuration = {
        "destinationPath": "s3://db/",
        "endpointURL": "http://db-archive.apps.svc:7070",
        "s3Credentials": {part: {"name": "secret-db-archive", "key": key} for part, key in keys.items()},
    }
    store = thing("ObjectStore", "db-archive", version=names.STORE[0], spec={"configuration": configuration})
    until(lambda: _accepted(made, store), "the plugin's CRD")
    until(lambda: made.get("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "vcluster.cnpg.io"), "rules")
    until(lambda: _refused(made, named("no", instances=1, storage={"size": "1Gx"})), "the rules to be in force")
    return made


def named(name: str, **spec: Any) -> dict[str, Any]:
    volume = {"size": "1Gi", "storageClass": "local-path"}
    return cluster(name, **{"storage": volume, "walStorage": volume, "plugins": [plugin()], **spec})


def _accepted(client: kube.Client, obj: Mapping[str, Any]) -> bool:
    try:
        client.apply(obj, MANAGER)
    except (kube.ApiError, kube.NoSuchKindError):
        return False
    return True


def _refused(client: kube.Client, obj: Mapping[str, Any]) -> str:
    """What the API server says against an object; empty if it takes it."""
    try:
        client.apply(obj, MANAGER, dry_run=True)
    except kube.NoSuchKindError:
        return ""
    except kube.ApiError as error:
        return str(error)
    return ""


def live(client: kube.Client, kind: tuple[str, str], name: str) -> dict[str, Any]:
    return client.get(*kind, name, "apps") or {}


def is_ready(client: kube.Client, name: str = "db") -> bool:
    return bool(condition(live(client, names.CLUSTER, name), "Ready").get("status") == "True")


def test_a_cluster_comes_in_a_restricted_namespace_and_is_backed_up(client: kube.Client) -> None:
    client.apply(named("db", instances=2), MANAGER)
    ask = {"method": "plugin", "pluginConfiguration": {"name": names.PLUGIN}, "cluster": {"name": "db"}}
    schedule = {"schedule": "0 30 3 * * *", "immediate": True, "backupOwnerReference": "cluster", **ask}
    client.apply(thing("ScheduledBackup", "db", version=names.VERSION, spec=schedule), MANAGER)
    until(lambda: is_ready(client), "the cluster is ready")
    until(lambda: live(client, names.CLUSTER, "db")["status"]["readyInstances"] == 2, "both instances")
    phases = until(
        lambda: [item["status"]["phase"] for item in client.list(*names.BACKUP, "apps") if item.get("status")],
        "a backup",
    )
    assert set(phases) <= {"completed", "pending"}
    assert {item["status"]["phase"] for item in client.list(*names.CLAIM, "apps")} == {"Bound"}


def test_a_restored_cluster_comes_beside_it(client: kube.Client) -> None:
    source = {"name": "source", "plugin": {"name": names.PLUGIN, "parameters": plugin("db")["parameters"]}}
    recovery = {"source": "source", "database": "app", "owner": "me"}
    more = {"externalClusters": [source], "bootstrap": {"recovery": recovery}}
    client.apply(named("again", **more, plugins=[plugin("db")]), MANAGER)
    reason = until(lambda: live(client, names.CLUSTER, "again").get("status", {}).get("phaseReason"), "a reason")
    assert "Expected empty archive" in reason
    client.apply(named("again", **more, plugins=[plugin("again")]), MANAGER, force=True)
    until(lambda: is_ready(client, "again"), "the restored cluster is ready")


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "shrunk": ({"storage": {"size": "512Mi"}}, "can't shrink existing storage"),
    "size": ({"storage": {"size": "1Gx"}}, "Size value isn't valid"),
    "no size": ({"storage": {"storageClass": "local-path"}}, "Size not configured"),
    "instances": ({"instances": 0}, "greater than or equal to 1"),
    "parameter": ({"postgresql": {"parameters": {"archive_mode": "on"}}}, "fixed configuration parameter"),
    "archivers": ({"plugins": [plugin(), {**plugin(), "name": "x"}]}, "more than one WAL archiver plugin"),
    "role": ({"managed": {"roles": [{"name": "pg_x"}]}}, "reserved for operator use"),
    "target": (
        {"bootstrap": {"recovery": {"recoveryTarget": {"targetTime": "yesterday"}}}},
        "The format of TargetTime is invalid",
    ),
    "targets": (
        {"bootstrap": {"recovery": {"recoveryTarget": {"targetXID": "1", "targetName": "x", "backupID": "b"}}}},
        "Recovery target options are mutually exclusive",
    ),
    "source": ({"bootstrap": {"recovery": {"source": "nobody"}}}, "External cluster not found"),
    "methods": (
        {"bootstrap": {"recovery": {"source": "x"}, "initdb": {"database": "app"}}},
        "Only one bootstrap method",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_the_webhook_refuses_is_refused(client: kube.Client, wrong: str) -> None:
    spec, said = WRONG[wrong]
    assert said in _refused(client, named("db", instances=2) | {"spec": {**named("db", instances=2)["spec"], **spec}})


def test_what_it_accepts_is_accepted(client: kube.Client) -> None:
    recovery = {"recoveryTarget": {"targetTime": "2026-01-02T03:04:05.5+09:00"}}
    parameters = {"archive_timeout": "5min", "shared_buffers": "64MB"}
    grown = named("db", instances=3, storage={"size": "2Gi", "storageClass": "local-path"})
    assert _refused(client, grown) == ""
    assert _refused(client, named("new", bootstrap={"recovery": recovery}, postgresql={"parameters": parameters})) == ""
    plain = named("none", plugins=[])
    del plain["spec"]["walStorage"]
    assert _refused(client, plain) == ""


def test_a_deleted_cluster_takes_everything_with_it(client: kube.Client) -> None:
    database = {"name": "more", "owner": "me", "cluster": {"name": "again"}}
    client.apply(thing("Database", "more", version=names.VERSION, spec=database), MANAGER)
    until(lambda: (live(client, names.DATABASE, "more").get("status") or {}).get("applied"), "the database")
    client.delete(*names.CLUSTER, "again", "apps")
    parts = ((names.POD, "again-1"), (names.CLAIM, "again-1"), (names.SECRET, "again-app"))
    until(lambda: not any(live(client, kind, name) for kind, name in parts), "its parts are gone")
    client.delete(*names.DATABASE, "more", "apps")
    until(lambda: not live(client, names.DATABASE, "more"), "the database is let go")
    assert is_ready(client)


def test_a_lost_pod_comes_back_on_its_own_claim(client: kube.Client) -> None:
    claim = live(client, names.CLAIM, "db-1")["metadata"]["uid"]
    before = live(client, names.POD, "db-1")["metadata"]["uid"]
    client.delete(*names.POD, "db-1", "apps")
    until(lambda: live(client, names.POD, "db-1").get("metadata", {}).get("uid") not in (None, before), "a new pod")
    until(lambda: is_ready(client), "the cluster is ready again")
    assert live(client, names.CLAIM, "db-1")["metadata"]["uid"] == claim
    patch(client, live(client, names.CLUSTER, "db"), {"spec": {"instances": 1}}, MANAGER)
    until(lambda: not live(client, names.CLAIM, "db-2"), "the replica's claim is gone")
