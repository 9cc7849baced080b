"""On, off, and gone: what is there of an application in each of its states."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import pulumi
import pytest

from components.kit import (
    Generated,
    HostedApp,
    NfsFolder,
    Public,
    Scratch,
    Site,
    TraefikRoute,
    Use,
    VaultSecret,
    Volume,
    WebApp,
)
from components.versions import Image
from tests.support.parts import app_platform
from tests.support.recorder import Recording, record

DATA = Volume(name="data", path="/data", size="1Gi")
FOLDER = NfsFolder(name="photos", path="/photos", folder="media/photos", size="1Gi")
BORROWED = NfsFolder(name="music", path="/music", folder="media/music", size="1Gi", borrowed=True)
KEYS = VaultSecret(name="keys", environment={"ENCRYPTION_KEY": Generated(length=32)})
SCRATCH = Scratch(name="temporary", path="/temporary")


class Notes(HostedApp):
    name: ClassVar = "notes"
    title: ClassVar = "Notes"
    uses: ClassVar[list[Use]] = [DATA, FOLDER, BORROWED, KEYS, SCRATCH]

    def describe(self, site: Site) -> WebApp:  # noqa: ARG002
        sign_in = Public(reason="a test")
        exposure = TraefikRoute(host="notes.example.org", sign_in=sign_in)
        return WebApp(image=Image("example/notes", "1"), port=80, health_path="/", exposure=exposure, uses=self.uses)


class Stateless(Notes):
    uses: ClassVar[list[Use]] = [BORROWED, SCRATCH]


def deployed(app: HostedApp) -> Recording[Any]:
    def program() -> Any:
        platform = app_platform()
        app.deploy(platform, opts=pulumi.ResourceOptions())
        return platform.base.contributions.catalog.close()

    return record(program)


def kinds(recording: Recording[Any]) -> set[str]:
    own = [item for item in recording.resources if "DeployedApp" in item.urn and item.custom]
    return {item.type.rsplit(":", 1)[-1] for item in own}


@pytest.fixture(scope="module")
def off() -> Recording[Any]:
    return deployed(Notes(enabled=False))


def test_off_nothing_runs_and_nobody_gets_in(off: Recording[Any]) -> None:
    assert kinds(off).isdisjoint({"Deployment", "Service", "ServiceAccount", "IngressRoute", "DnsRecord"})
    assert off.result == ()


def test_off_its_namespace_is_still_closed_and_protected(off: Recording[Any]) -> None:
    assert off.one("core/v1:Namespace", "notes").protect
    (policy,) = [item for item in off.of(":NetworkPolicy") if "DeployedApp" in item.urn]
    assert policy.spec["policyTypes"] == ["Ingress", "Egress"]


def test_off_its_data_and_what_opens_it_are_as_they_were(off: Recording[Any]) -> None:
    on = {item.urn: item.inputs for item in deployed(Notes()).resources}
    kept = [item for item in off.resources if item.custom and "DeployedApp" in item.urn]
    assert all(on[item.urn] == item.inputs for item in kept)
    for kind in ("PersistentVolume", "PersistentVolumeClaim", "Item", "OnePasswordItem"):
        assert kind in kinds(off)
    assert not any("music" in item.name for item in kept), "a borrowed folder is another application's to keep"


def test_off_an_application_without_data_leaves_nothing() -> None:
    assert kinds(deployed(Stateless(enabled=False))) == set()


@pytest.mark.parametrize("enabled", [True, False])
def test_removable_data_is_there_and_unprotected_and_says_why(*, enabled: bool) -> None:
    recording = deployed(Notes(enabled=enabled, data="removable"))
    own = [item for item in recording.resources if "DeployedApp" in item.urn]
    assert not any(item.protect or item.retain_on_delete for item in own)
    notes = recording.one("core/v1:Namespace", "notes").inputs["metadata"]["annotations"]
    assert "removable" in notes["homelab/exempt-data-protected"]


@pytest.mark.parametrize("data", ["kept", "removable"])
def test_each_state_has_the_identities_of_the_one_before(data: Literal["kept", "removable"]) -> None:
    def urns(app: HostedApp) -> set[str]:
        return {item.urn for item in deployed(app).resources if "DeployedApp" in item.urn}

    assert urns(Notes(enabled=False, data=data)) < urns(Notes(data=data)) == urns(Notes())
