"""Switching things off, on again, away and elsewhere in a running home: nothing is lost, and every update is green."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from policy import verdict
from policy.stack import declared
from sandbox.errors import SandboxError
from sandbox.plugins.accounts.cloudflare.tunnels import Tunnel
from sandbox.plugins.interface import ProviderError
from tests.support import runbooks, tunnels
from tests.support.in_cluster import make_certificate
from tests.support.world import World, needed

OTHER_CLASS = "other-disks"
VOLSYNC = ("app.kubernetes.io/created-by", "volsync")
VERIFIED, UNVERIFIED = "nas.harvestasya.org", "printer.harvestasya.org"


def claims(world: World) -> dict[str, str]:
    """Identity of each claim of Navidrome, by its name; but for those that VolSync makes for itself, and anew."""
    found = [item["metadata"] for item in world.cluster.list("v1", "PersistentVolumeClaim", "navidrome")]
    return {meta["name"]: meta["uid"] for meta in found if VOLSYNC not in (meta.get("labels") or {}).items()}


def volumes(world: World) -> list[dict[str, Any]]:
    return [item for item in world.cluster.list("v1", "PersistentVolume") if "navidrome" in str(item["spec"])]


@pytest.fixture(scope="module")
def before(world: World) -> dict[str, str]:
    """The claims of a platform that has just come up."""
    world.up()
    return claims(world)


def test_an_application_that_is_off_keeps_its_data_and_nothing_else(world: World, before: dict[str, str]) -> None:
    world.settle(apps__filebrowser__enabled="false", apps__navidrome__enabled="false")
    assert claims(world) == before
    assert world.cluster.list("apps/v1", "Deployment", "navidrome") == []
    assert world.cluster.get("traefik.io/v1alpha1", "IngressRoute", "navidrome", "navidrome") is None
    assert world.cluster.get("v1", "Namespace", "filebrowser") is None
    records = world.account("cloudflare").read()["objects"]["DnsRecord"].values()
    assert "navidrome.harvestasya.org" not in {record["name"] for record in records}


def test_on_again_it_finds_its_data(world: World, before: dict[str, str]) -> None:
    world.settle(apps__navidrome__enabled="true", apps__filebrowser__enabled="true")
    assert claims(world) == before
    assert world.cluster.get("apps/v1", "Deployment", "navidrome", "navidrome") is not None


@pytest.mark.usefixtures("before")
def test_the_last_access_host_goes_with_all_of_flow_4_and_comes_back(world: World) -> None:
    access = world.engine.read("config", "get", "homelab:access").strip()
    world.engine.read("config", "rm", "homelab:access")
    world.up()
    assert tunnels.names(world) == {"tunnel-ingress"}
    assert not world.account("cloudflare").read()["objects"].get("ZeroTrustAccessApplication")
    world.engine.read("config", "set", "homelab:access", access)
    world.up()
    assert tunnels.names(world) == {"access-tunnel", "tunnel-ingress"}
    assert tunnels.statuses(world) == {"healthy"}


@pytest.mark.usefixtures("before")
def test_a_connected_tunnel_cannot_be_deleted_by_hand(world: World) -> None:
    kind = Tunnel()
    with world.account("cloudflare").edit() as data:
        for own, tunnel in data["objects"]["ZeroTrustTunnelCloudflared"].items():
            if not tunnel.get("deletedAt"):
                with pytest.raises(ProviderError, match="1022"):
                    kind.delete(data, own, tunnel)


@pytest.mark.usefixtures("before")
def test_hosts_behind_access_bring_their_own_authority_or_a_reason_to_have_none(world: World, tmp_path: Path) -> None:
    before = world.engine.read("config", "get", "homelab:access").strip()
    authority = make_certificate(tmp_path, [VERIFIED]).decode()
    hosts = {
        VERIFIED: {"target": "https://192.168.1.20:8006", "group": "homelab-admins", "ca": authority},
        UNVERIFIED: {
            "target": "https://192.168.1.21",
            "group": "homelab-admins",
            "verifyTls": False,
            "reason": "its certificate has run out",
        },
    }
    world.engine.read("config", "set", "homelab:access", json.dumps(json.loads(before) | hosts))
    world.up()
    (pods,) = world.cluster.list("apps/v1", "Deployment", "access-tunnel")
    assert pods["status"]["readyReplicas"] == pods["spec"]["replicas"]
    template = pods["spec"]["template"]["spec"]
    folders = {mount["name"]: mount["mountPath"] for mount in template["containers"][0]["volumeMounts"]}
    maps = {item["name"]: item["configMap"]["name"] for item in template["volumes"] if "configMap" in item}
    files = {
        f"{folders[volume]}/{name}": text
        for volume, config_map in maps.items()
        for name, text in needed(world.cluster.get("v1", "ConfigMap", config_map, "access-tunnel"))["data"].items()
    }
    configs = world.account("cloudflare").read()["objects"]["ZeroTrustTunnelCloudflaredConfig"].values()
    rules = {rule.get("hostname"): rule for config in configs for rule in config["config"]["ingresses"]}
    assert files[rules[VERIFIED]["originRequest"]["caPool"]].strip() == authority.strip()
    assert rules[VERIFIED]["originRequest"].get("noTlsVerify") is None
    assert rules[UNVERIFIED]["originRequest"]["noTlsVerify"] is True
    excepted = verdict.judge(declared(world.engine.state())).exceptions
    assert [item.reason for item in excepted if item.rule == "verified TLS"] == [
        f"{UNVERIFIED}: its certificate has run out"
    ]
    assert world.broken() == []
    world.engine.read("config", "set", "homelab:access", before)
    world.up()


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
    world.settle(apps__navidrome__data="kept", apps__navidrome__enabled="true", apps__filebrowser__enabled="true")
    assert claims(world) == before


def refused(world: World, setting: str, value: str) -> str:
    """What `pulumi up` says to a setting in its preview; nothing was touched, and the setting is as before."""
    old = world.engine.read("config", "get", "--path", f"homelab:{setting}").strip()
    world.engine.read("config", "set", "--path", f"homelab:{setting}", value)
    state, objects = world.engine.state()["deployment"]["resources"], claims(world)
    with pytest.raises(SandboxError) as refusal:
        world.engine.read("up", "--yes", "--suppress-outputs")
    assert world.engine.state()["deployment"]["resources"] == state
    assert claims(world) == objects
    world.engine.read("config", "set", "--path", f"homelab:{setting}", old)
    assert "Traceback" not in str(refusal.value)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_a_claim_grows_in_place_where_its_class_allows_it(world: World, before: dict[str, str], tmp_path: Path) -> None:
    said = refused(world, "apps.navidrome.dataSize", "6Gi")
    assert "navidrome-data" in said
    assert "the storageclass that provisions the pvc must support resize" in said
    runbooks.follow(
        world,
        "docs/runbooks/volumes.md",
        "## A claim on a node's disk grows",
        home=tmp_path,
        **{"class": "local-path", "size": "6Gi"},
    )
    assert claims(world) == before
    end = time.monotonic() + 20
    while capacity(world) != ("6Gi", "6Gi"):
        assert time.monotonic() < end, capacity(world)
        time.sleep(0.5)
    world.up("--expect-no-changes")


def capacity(world: World) -> tuple[str, str]:
    """What claim and volume of Navidrome's data have."""
    claim = needed(world.cluster.get("v1", "PersistentVolumeClaim", "navidrome-data", "navidrome"))
    volume = needed(world.cluster.get("v1", "PersistentVolume", claim["spec"]["volumeName"]))
    return claim["status"]["capacity"]["storage"], volume["spec"]["capacity"]["storage"]


def test_a_claim_that_would_shrink_is_refused_before_anything_is_touched(world: World, before: dict[str, str]) -> None:
    said = refused(world, "apps.navidrome.dataSize", "4Gi")
    assert "navidrome-data" in said
    assert "field can not be less than" in said
    assert claims(world) == before


def test_a_folder_on_the_nfs_server_grows_in_place(world: World, before: dict[str, str]) -> None:
    def folders() -> dict[str, str]:
        return {
            item["metadata"]["uid"]: item["spec"]["capacity"]["storage"]
            for item in volumes(world)
            if item["spec"].get("nfs", {}).get("path", "").endswith("/media/music")
        }

    old = folders()
    assert old
    world.settle(apps__navidrome__musicSize="300Gi")
    assert folders() == dict.fromkeys(old, "300Gi")
    assert claims(world) == before


def test_another_storage_class_is_refused_while_there_is_data_in_the_old_one(
    world: World, before: dict[str, str]
) -> None:
    given = needed(world.cluster.get("storage.k8s.io/v1", "StorageClass", "local-path"))
    kept = {key: given[key] for key in ("apiVersion", "kind", "provisioner", "reclaimPolicy")}
    world.cluster.apply({**kept, "metadata": {"name": OTHER_CLASS}}, "somebody")
    said = refused(world, "cluster.storageClasses.local", OTHER_CLASS)
    assert "unable to replace resource" in said
    assert "navidrome-data" in said
    assert claims(world) == before


def test_gone_its_objects_go_and_the_volume_on_the_disk_stays(world: World, before: dict[str, str]) -> None:
    (data,) = [item for item in volumes(world) if item["spec"]["claimRef"]["name"] == "navidrome-data"]
    assert data["spec"]["claimRef"]["uid"] == before["navidrome-data"]
    world.settle(
        apps__filebrowser__enabled="false", apps__navidrome__enabled="false", apps__navidrome__data="removable"
    )
    world.settle(apps__navidrome__data="removed")
    assert world.cluster.get("v1", "Namespace", "navidrome") is None
    left = world.cluster.get("v1", "PersistentVolume", data["metadata"]["name"])
    assert left is not None
    assert (left["spec"]["persistentVolumeReclaimPolicy"], left["status"]["phase"]) == ("Retain", "Released")


def test_without_data_in_it_the_storage_class_changes(world: World, tmp_path: Path) -> None:
    commands = runbooks.commands("docs/runbooks/volumes.md", "## The storage class changes")
    setting, updating, _anew, *switching_on = [line.replace("<class>", OTHER_CLASS) for line in commands]
    database = database_claims(world)
    runbooks.run(world, setting, home=tmp_path)
    runbooks.run(world, updating, home=tmp_path)
    for command in switching_on:
        runbooks.run(world, command, home=tmp_path)
    world.settle(apps__filebrowser__enabled="true")
    claim = needed(world.cluster.get("v1", "PersistentVolumeClaim", "navidrome-data", "navidrome"))
    assert claim["spec"]["storageClassName"] == f"{OTHER_CLASS}-retain"
    assert database
    assert database_claims(world) == database
    world.up("--expect-no-changes")


def database_claims(world: World) -> dict[str, str]:
    """The uid of each claim of Authentik's database."""
    return {
        item["metadata"]["name"]: item["metadata"]["uid"]
        for item in world.cluster.list("v1", "PersistentVolumeClaim", "authentik")
        if item["metadata"].get("labels", {}).get("cnpg.io/cluster") == "authentik-db"
    }


@pytest.mark.usefixtures("before")
def test_an_application_has_its_database_in_the_shared_cluster_and_leaves_it(world: World) -> None:
    world.settle(
        apps__n8n__enabled="true",
        apps__n8n__data="removable",
        apps__n8n__database__where="shared",
        databases__shared__data="removable",
    )
    (database,) = world.cluster.list("postgresql.cnpg.io/v1", "Database")
    assert (database["spec"]["owner"], database["status"]["applied"]) == ("n8n", True)
    cluster = needed(world.cluster.get("postgresql.cnpg.io/v1", "Cluster", "shared-db", "databases"))
    assert [role["name"] for role in cluster["spec"]["managed"]["roles"]] == ["n8n"]
    password = needed(world.cluster.get("v1", "Secret", "secret-n8n-db", "n8n"))["data"]["password"]
    assert (
        needed(world.cluster.get("v1", "Secret", "secret-shared-db-n8n", "databases"))["data"]["password"] == password
    )
    world.up("--expect-no-changes")
    world.settle(apps__n8n__enabled="false")
    assert needed(world.cluster.get("postgresql.cnpg.io/v1", "Cluster", "shared-db", "databases"))
    world.settle(apps__n8n__data="removed")
    assert world.cluster.get("v1", "Namespace", "databases") is None
