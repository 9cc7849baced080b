"""Switching things off, on again, away and elsewhere in a running home: nothing is lost, and every update is green."""

from __future__ import annotations

from typing import Any

import pytest

from doctor import examination
from sandbox.errors import SandboxError
from tests.support.world import World

NAVIDROME = "homelab:apps.navidrome"


def settle(world: World, **settings: str) -> None:
    """Set keys, `__` between the parts of their paths, and update."""
    for path, value in settings.items():
        world.engine.read("config", "set", "--path", f"homelab:{path.replace('__', '.')}", value)
    world.up()
    assert examination.run(world.sandbox.kubeconfig, None, world.engine.state()).broken == []


def claims(world: World) -> dict[str, str]:
    """Identity of each claim of Navidrome, by its name."""
    found = world.cluster.list("v1", "PersistentVolumeClaim", "navidrome")
    return {item["metadata"]["name"]: item["metadata"]["uid"] for item in found}


def volumes(world: World) -> list[dict[str, Any]]:
    return [item for item in world.cluster.list("v1", "PersistentVolume") if "navidrome" in str(item["spec"])]


@pytest.fixture(scope="module")
def before(world: World) -> dict[str, str]:
    """The claims of a platform that has just come up."""
    world.up()
    return claims(world)


def test_an_application_that_is_off_keeps_its_data_and_nothing_else(world: World, before: dict[str, str]) -> None:
    settle(world, apps__filebrowser__enabled="false", apps__navidrome__enabled="false")
    assert claims(world) == before
    assert world.cluster.list("apps/v1", "Deployment", "navidrome") == []
    assert world.cluster.get("traefik.io/v1alpha1", "IngressRoute", "navidrome", "navidrome") is None
    assert world.cluster.get("v1", "Namespace", "filebrowser") is None
    records = world.account("cloudflare").read()["objects"]["DnsRecord"].values()
    assert "navidrome.harvestasya.org" not in {record["name"] for record in records}


def test_on_again_it_finds_its_data(world: World, before: dict[str, str]) -> None:
    settle(world, apps__navidrome__enabled="true", apps__filebrowser__enabled="true")
    assert claims(world) == before
    assert world.cluster.get("apps/v1", "Deployment", "navidrome", "navidrome") is not None


def tunnels(world: World) -> set[str]:
    """Names of the tunnels that are there; Cloudflare keeps those that were deleted."""
    found = world.account("cloudflare").read()["objects"]["ZeroTrustTunnelCloudflared"].values()
    return {item["name"] for item in found if not item.get("deletedAt")}


@pytest.mark.usefixtures("before")
def test_the_last_access_host_goes_with_all_of_flow_4_and_comes_back(world: World) -> None:
    access = world.engine.read("config", "get", "homelab:access").strip()
    world.engine.read("config", "rm", "homelab:access")
    world.up()
    assert tunnels(world) == {"tunnel-ingress"}
    assert not world.account("cloudflare").read()["objects"].get("ZeroTrustAccessApplication")
    world.engine.read("config", "set", "homelab:access", access)
    world.up()
    assert tunnels(world) == {"access-tunnel", "tunnel-ingress"}


def test_a_volume_claim_is_not_deleted_because_somebody_skips_a_word(world: World, before: dict[str, str]) -> None:
    for path, value in (
        ("filebrowser.enabled", "false"),
        ("navidrome.enabled", "false"),
        ("navidrome.data", "removed"),
    ):
        world.engine.read("config", "set", "--path", f"homelab:apps.{path}", value)
    with pytest.raises(SandboxError, match="cannot be deleted"):
        world.up()
    assert claims(world) == before
    settle(world, apps__navidrome__data="kept", apps__navidrome__enabled="true", apps__filebrowser__enabled="true")
    assert claims(world) == before


def test_an_nfs_server_that_moves_is_followed(world: World, before: dict[str, str]) -> None:
    settle(world, apps__navidrome__data="removable")
    settle(world, cluster__nfs__server="192.168.1.99")
    servers = {
        item["spec"]["nfs"]["server"] for item in world.cluster.list("v1", "PersistentVolume") if "nfs" in item["spec"]
    }
    assert servers == {"192.168.1.99"}
    after = claims(world)
    assert after["navidrome-data"] == before["navidrome-data"]
    settle(world, apps__navidrome__data="kept")
    world.up("--expect-no-changes")


def test_gone_its_objects_go_and_the_volume_on_the_disk_stays(world: World, before: dict[str, str]) -> None:
    (data,) = [item for item in volumes(world) if item["spec"]["claimRef"]["name"] == "navidrome-data"]
    assert data["spec"]["claimRef"]["uid"] == before["navidrome-data"]
    settle(
        world, apps__filebrowser__enabled="false", apps__navidrome__enabled="false", apps__navidrome__data="removable"
    )
    settle(world, apps__navidrome__data="removed")
    assert world.cluster.get("v1", "Namespace", "navidrome") is None
    left = world.cluster.get("v1", "PersistentVolume", data["metadata"]["name"])
    assert left is not None
    assert (left["spec"]["persistentVolumeReclaimPolicy"], left["status"]["phase"]) == ("Retain", "Released")
