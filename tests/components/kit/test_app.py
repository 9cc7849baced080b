"""An application: its settings, and the few lines that say what it is."""

from __future__ import annotations

from typing import Any, ClassVar

import pulumi
import pytest

from components.kit import (
    App,
    AppPlatform,
    DeployedApp,
    DeployedAppArgs,
    Exemption,
    ForwardAuth,
    HostedApp,
    Internal,
    Oidc,
    OidcCredentials,
    Public,
    Resources,
    Scratch,
    Site,
    TraefikRoute,
    TunnelIngress,
    Volume,
    WebApp,
)
from components.kit.exposure import Exposure
from components.versions import Image
from components.vocabulary import USERS
from tests.support.parts import MIRROR, app_platform, container
from tests.support.recorder import Recording, record

IMAGE = Image("example/app", "1.2.3")
HOST = "app.example.org"
OIDC = Oidc(callback="/callback", groups=[USERS])


def web_app(**more: Any) -> WebApp:
    return WebApp(image=IMAGE, port=8080, health_path="/healthz", **more)


def deployed(app: WebApp, **changes: Any) -> Recording[AppPlatform]:
    def program() -> AppPlatform:
        platform = app_platform(**changes)
        DeployedApp("app", DeployedAppArgs(title="App", app=app, platform=platform))
        return platform

    return record(program)


class Described(HostedApp):
    name: ClassVar = "described"
    title: ClassVar = "Described"

    size: str = "1Gi"

    def describe(self, site: Site) -> WebApp:
        sign_in = Public(reason="it shows nothing")
        return web_app(
            exposure=TunnelIngress(host=self.host, sign_in=sign_in),
            environment={"PODS": site.pod_cidrs[0]},
            uses=[Volume(name="data", path="/data", size=self.size)],
        )


class Vague(App):
    name: ClassVar = "vague"
    title: ClassVar = "Vague"


class Special(App):
    name: ClassVar = "special"
    title: ClassVar = "Special"

    def deploy(self, platform: AppPlatform, *, opts: pulumi.ResourceOptions) -> None:
        pulumi.ComponentResource("test:kit:Special", f"{self.name}-of-{platform.base.site.pod_cidrs[0]}", None, opts)


def run(app: App) -> Recording[AppPlatform]:
    def program() -> AppPlatform:
        platform = app_platform()
        app.deploy(platform, opts=pulumi.ResourceOptions())
        return platform

    return record(program)


def test_an_application_is_on_needs_no_other_and_has_no_host_until_it_is_told() -> None:
    assert Described().enabled
    assert Described().host == ""
    assert dict(Described.needs) == {}


def test_its_settings_and_the_site_say_what_it_is() -> None:
    recording = run(Described(host=HOST, size="2Gi"))
    assert container(recording, "described")["env"] == [{"name": "PODS", "value": "10.42.0.0/16"}]
    claim = recording.one(":PersistentVolumeClaim", "described-data")
    assert claim.spec["resources"] == {"requests": {"storage": "2Gi"}}
    (entry,) = recording.result.base.contributions.catalog.close()
    assert (entry.name, entry.title, entry.url) == ("described", "Described", f"https://{HOST}")


def test_one_that_needs_more_brings_itself_about() -> None:
    recording = run(Special())
    assert recording.one(":Special", "special-of-10.42.0.0/16")
    assert recording.of(":DeployedApp") == []


def test_one_that_says_nothing_of_itself_is_told_what_is_missing() -> None:
    with pytest.raises(NotImplementedError, match="Vague: expected `describe`, or a `deploy` of its own"):
        run(Vague())


def test_a_description_that_says_nothing_more_is_one_pod_that_only_the_cluster_reaches() -> None:
    app = web_app()
    assert app.exposure == Internal()
    assert (app.replicas, list(app.uses), list(app.exemptions)) == (1, [], [])


def test_it_runs_in_a_namespace_of_its_own() -> None:
    recording = deployed(web_app())
    for kind in (":Deployment", ":Service", ":ServiceAccount"):
        assert recording.one(kind, "app").object_name == "app/app"
    assert recording.one("core/v1:Namespace", "app").parent


def test_its_description_reaches_the_pods() -> None:
    recording = deployed(
        web_app(
            arguments=["serve"],
            environment={"MODE": "plain"},
            resources=Resources(cpu="50m", memory="512Mi"),
            replicas=2,
            user=65532,
            exemptions=[Exemption(rule="read-only-root-filesystem", reason="it patches itself")],
        )
    )
    made, spec = container(recording, "app"), recording.one(":Deployment", "app").spec
    assert (made["image"], made["args"]) == ("example/app:1.2.3", ["serve"])
    assert made["env"] == [{"name": "MODE", "value": "plain"}]
    assert made["ports"] == [{"name": "http", "containerPort": 8080}]
    assert made["readinessProbe"]["httpGet"]["path"] == "/healthz"
    assert made["resources"]["limits"] == {"memory": "512Mi"}
    assert made["securityContext"]["readOnlyRootFilesystem"] is False
    assert spec["replicas"] == 2
    assert spec["template"]["spec"]["securityContext"]["runAsUser"] == 65532


def test_its_image_comes_from_the_mirror_if_there_is_one() -> None:
    recording = deployed(web_app(), registry_mirror=MIRROR)
    assert container(recording, "app")["image"] == f"{MIRROR}/docker.io/example/app:1.2.3"


@pytest.mark.parametrize(
    "exposure",
    [
        Internal(),
        TraefikRoute(host=HOST, sign_in=ForwardAuth(group=USERS)),
        TunnelIngress(host=HOST, sign_in=Public(reason="it shows nothing")),
    ],
)
def test_it_hands_in_how_it_is_reached_and_where_its_pods_are(exposure: Exposure) -> None:
    (entry,) = deployed(web_app(exposure=exposure)).result.base.contributions.catalog.close()
    assert (entry.name, entry.title, entry.namespace.name, entry.exposure) == ("app", "App", "app", exposure)
    assert entry.endpoint is not None
    assert entry.endpoint.url == "http://app.app.svc:8080"


def test_its_namespace_is_protected_as_soon_as_one_thing_that_it_uses_holds_data() -> None:
    scratch, volume = Scratch(name="tmp", path="/tmp"), Volume(name="data", path="/data", size="1Gi")  # noqa: S108
    for uses, protected in (([], False), ([scratch], False), ([scratch, volume], True)):
        made = deployed(web_app(uses=uses)).one("core/v1:Namespace", "app")
        assert made.protect is protected
        assert ("homelab/holds-data" in made.inputs["metadata"]["annotations"]) is protected


def test_what_signs_its_users_in_has_to_be_told_its_credentials() -> None:
    for exposure in (TraefikRoute(host=HOST, sign_in=OIDC), TunnelIngress(host=HOST, sign_in=OIDC)):
        with pytest.raises(ValueError, match="nothing of `uses` hands the client's credentials on: OidcCredentials"):
            web_app(exposure=exposure)
        credentials = OidcCredentials(issuer="ISSUER", client_id="ID", client_secret="SECRET")
        assert web_app(exposure=exposure, uses=[credentials])


def test_a_variable_that_is_given_twice_is_refused_by_name() -> None:
    credentials = OidcCredentials(issuer="ISSUER", client_id="ID", client_secret="SECRET")
    app = web_app(exposure=TraefikRoute(host=HOST, sign_in=OIDC), environment={"SECRET": "mine"}, uses=[credentials])
    with pytest.raises(ValueError, match="app: SECRET is given twice, by its environment or by what it uses"):
        deployed(app)
