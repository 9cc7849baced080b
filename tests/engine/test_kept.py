"""What outlives the platform: a destroy keeps all data and the next update adopts it; so does one after the cluster was
lost, of what is left. Between the two, runbooks of the NFS server, of full disks and of files.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from sandbox.errors import SandboxError
from sandbox.lifecycle import Lifecycle
from tests.support import runbooks
from tests.support.world import World, needed

TAKEN_DOWN, MOVE = "docs/runbooks/taken-down.md", "docs/runbooks/move-to-a-new-cluster.md"
DISK_FULL, NFS_LOST = "docs/runbooks/disk-full.md", "docs/runbooks/nfs-server-lost.md"
FILES, VOLUMES = "docs/runbooks/files-of-an-application.md", "docs/runbooks/volumes.md"
NOT_NEEDED = ("archisteamfarm", "echoserver", "filebrowser", "freshrss", "immich")
CLAIM, CLUSTER = ("v1", "PersistentVolumeClaim"), ("postgresql.cnpg.io/v1", "Cluster")
DATABASES = {"authentik": "authentik.database", "n8n": "apps.n8n.database"}
"""Key in the stack file, by the namespace."""
OPENING = ("authentik-bootstrap-password", "n8n-encryption-N8N_ENCRYPTION_KEY", "navidrome-data-backup-RESTIC_PASSWORD")
"""Passwords that are set in something that is kept."""
SECONDS = 180.0


def name_of(obj: dict[str, Any]) -> str:
    return f"{obj['metadata'].get('namespace', '')}/{obj['metadata']['name']}"


def identities(world: World) -> dict[str, str]:
    """Uid of all that data is in, by kind and name: clusters, claims but for movers' caches, and volumes."""
    claims = {
        item["metadata"]["uid"]: item
        for item in world.cluster.list(*CLAIM)
        if item["metadata"].get("labels", {}).get("app.kubernetes.io/created-by") != "volsync"
    }
    volumes = [
        item
        for item in world.cluster.list("v1", "PersistentVolume")
        if (item["spec"].get("claimRef") or {}).get("uid") in claims
    ]
    found = {"Cluster": world.cluster.list(*CLUSTER), "Claim": claims.values(), "Volume": volumes}
    return {f"{kind} {name_of(item)}": item["metadata"]["uid"] for kind, items in found.items() for item in items}


def passwords(world: World) -> dict[str, str]:
    """What opens the data: that of each database's Secret, and those of the vault that must not be made anew."""
    secrets = {name_of(item): item["data"]["password"] for item in world.cluster.list("v1", "Secret") if is_app(item)}
    ids = {
        item["urn"].rpartition("::")[2]: item["id"]
        for item in world.engine.state()["deployment"]["resources"]
        if "id" in item
    }
    return {**secrets, **{name: ids[name] for name in OPENING}}


def is_app(secret: dict[str, Any]) -> bool:
    return secret["metadata"]["name"].endswith("-app") and "cnpg.io/cluster" in secret["metadata"].get("labels", {})


@pytest.fixture(scope="module")
def platform(world: World) -> World:
    """The platform with two databases, two volumes on nodes' disks and a folder of music."""
    for app in NOT_NEEDED:
        world.engine.read("config", "set", "--path", f"homelab:apps.{app}.enabled", "false")
        world.engine.read("config", "set", "--path", f"homelab:apps.{app}.data", "removed")
    world.engine.read("config", "set", "homelab:availability", "single")
    world.up()
    return world


def test_a_plain_destroy_is_refused_before_anything_is_touched(platform: World) -> None:
    before = platform.engine.state()["deployment"]["resources"]
    with pytest.raises(SandboxError, match="protect"):
        platform.engine.read("destroy", "--yes", "--suppress-outputs")
    assert platform.engine.state()["deployment"]["resources"] == before


def test_a_destroy_keeps_all_data_and_says_so_and_the_next_update_adopts_it(platform: World, tmp_path: Path) -> None:
    before = identities(platform), passwords(platform)
    assert any(name.startswith("Cluster ") for name in before[0])
    destroying, listing, adopting = runbooks.commands(TAKEN_DOWN)
    runbooks.run(platform, destroying, home=tmp_path)
    assert platform.cluster.get("v1", "Namespace", "traefik") is None
    assert platform.cluster.list("apps/v1", "Deployment", "navidrome") == []
    assert (identities(platform), passwords(platform)) == before
    said = runbooks.run(platform, listing, home=tmp_path)
    for line in ("  navidrome", "  navidrome/navidrome-data", "  n8n/n8n-db", *(f"  {name}" for name in OPENING)):
        assert line in said.splitlines()
    assert "192.168.1.10:/export/homelab/media/music" in said
    runbooks.run(platform, adopting, home=tmp_path)
    assert (identities(platform), passwords(platform)) == before
    assert platform.broken() == []
    platform.up("--expect-no-changes")


def test_the_nfs_server_comes_back(platform: World, tmp_path: Path) -> None:
    before = {item["metadata"]["uid"] for item in platform.cluster.list("v1", "Pod", "navidrome")}
    runbooks.follow(
        platform, NFS_LOST, "## The same server comes back with its files", home=tmp_path, namespace="navidrome"
    )
    wait_for(lambda: ready(platform, "navidrome", "navidrome"))
    assert before.isdisjoint({item["metadata"]["uid"] for item in platform.cluster.list("v1", "Pod", "navidrome")})


def ready(world: World, namespace: str, name: str) -> bool:
    found = needed(world.cluster.get("apps/v1", "Deployment", name, namespace))
    return bool((found.get("status") or {}).get("availableReplicas"))


def wait_for(done: Any) -> None:
    end = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < end
        time.sleep(0.5)


def backups(world: World, namespace: str) -> set[str]:
    """Base backups of a namespace that are complete."""
    found = world.cluster.list("postgresql.cnpg.io/v1", "Backup", namespace)
    return {item["metadata"]["name"] for item in found if (item.get("status") or {}).get("phase") == "completed"}


def test_an_empty_nfs_server_gets_its_folders_and_base_backups(platform: World, tmp_path: Path) -> None:
    """No server is there to log in to: what would be run on it is caught."""
    script = tmp_path / "bin" / "ssh"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/ssh; cat >> {tmp_path}/ssh\n')
    script.chmod(0o755)
    wait_for(lambda: backups(platform, "n8n"))
    before = backups(platform, "n8n")
    runbooks.follow(
        platform,
        NFS_LOST,
        "## Another server, or an empty one",
        home=tmp_path,
        nfs_server="192.168.1.10",
        namespace="n8n",
        name="n8n",
        cluster="n8n-db",
    )
    called, *made = (tmp_path / "ssh").read_text().splitlines()
    assert called == "root@192.168.1.10 sh"
    paths = {
        item["spec"]["nfs"]["path"] for item in platform.cluster.list("v1", "PersistentVolume") if "nfs" in item["spec"]
    }
    assert paths <= {line.split()[-1] for line in made}
    wait_for(lambda: backups(platform, "n8n") - before)
    assert platform.broken() == []


def test_a_full_nfs_server_is_seen_and_keeps_fewer_days(platform: World, tmp_path: Path) -> None:
    """Without `kubectl logs`: no container runs."""
    *looking, logs, setting, updating = runbooks.commands(DISK_FULL, "## The NFS server: nothing can be archived")
    assert " logs " in logs
    values = {"namespace": "n8n", "cluster": "n8n-db", "key": DATABASES["n8n"], "days": "7"}
    clusters, conditions = [runbooks.run(platform, runbooks.filled(line, values), home=tmp_path) for line in looking]
    assert "n8n-db" in clusters
    assert "ContinuousArchiving" in conditions
    for command in (setting, updating):
        runbooks.run(platform, runbooks.filled(command, values), home=tmp_path)
    store = needed(platform.cluster.get("barmancloud.cnpg.io/v1", "ObjectStore", "n8n-archive", "n8n"))
    assert store["spec"]["retentionPolicy"] == "7d"


def test_volumes_of_databases_grow_where_the_class_allows_it(platform: World, tmp_path: Path) -> None:
    """Then into a new cluster, which is how they grow where it does not."""
    allowing, following, *_ = runbooks.commands(VOLUMES, "## A claim on a node's disk grows")
    for command in (allowing.replace("<class>", "local-path"), following):
        runbooks.run(platform, command, home=tmp_path)
    growing, updating, *anew = runbooks.commands(DISK_FULL, "## The volume for the log")
    values = {"key": DATABASES["n8n"], "size": "3Gi", "now": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
    for command in (growing, updating):
        runbooks.run(platform, runbooks.filled(command, values), home=tmp_path)
    wait_for(lambda: capacity(platform, "n8n", "n8n-db-1-wal") == "3Gi")
    for command in anew:
        runbooks.run(platform, runbooks.filled(command, values), home=tmp_path)
    restored = f"n8n-db-{''.join(filter(str.isdigit, values['now']))}"
    assert capacity(platform, "n8n", f"{restored}-1") == "3Gi"
    assert platform.broken() == []
    platform.engine.read("config", "rm", "--path", f"homelab:{DATABASES['n8n']}.restores")


def capacity(world: World, namespace: str, claim: str) -> str:
    found = needed(world.cluster.get(*CLAIM, claim, namespace))
    return str((found.get("status") or {}).get("capacity", {}).get("storage"))


def test_a_full_disk_of_a_node_is_looked_at(platform: World, tmp_path: Path) -> None:
    conditions, volumes = runbooks.follow(platform, DISK_FULL, "## The node's disk", home=tmp_path)
    assert "DiskPressure" in conditions
    assert "Bound" in volumes


def test_files_are_restored_beside_and_then_used(platform: World, tmp_path: Path) -> None:
    """Without restic and `kubectl cp`: there is no repository, and no container runs. The drill of backups has them."""
    for command in runbooks.commands(FILES, "## What is there"):
        if command.startswith("kubectl "):
            runbooks.run(platform, command, home=tmp_path)
    runbooks.follow(platform, FILES, "## All of them, as they were at a moment", home=tmp_path)
    assert claim_of_navidrome(platform) == "navidrome-data-20261120031500"
    runbooks.follow(platform, FILES, "## A backup fails", home=tmp_path)
    assert platform.broken() == []


def claim_of_navidrome(world: World) -> str:
    found = needed(world.cluster.get("apps/v1", "Deployment", "navidrome", "navidrome"))
    volumes = {item["name"]: item for item in found["spec"]["template"]["spec"]["volumes"]}
    return str(volumes["data"]["persistentVolumeClaim"]["claimName"])


def accounts(world: World) -> dict[str, Any]:
    """Every id in the accounts, by account and kind."""
    found: dict[str, Any] = {"onepassword": sorted(world.account("onepassword").read()["items"])}
    for name in ("cloudflare", "authentik"):
        found[name] = {kind: sorted(items) for kind, items in world.account(name).read()["objects"].items() if items}
    return found


def folders(world: World) -> dict[str, tuple[str, str]]:
    """Server and path of each folder on NFS, by its volume."""
    return {
        item["metadata"]["name"]: (item["spec"]["nfs"]["server"], item["spec"]["nfs"]["path"])
        for item in world.cluster.list("v1", "PersistentVolume")
        if "nfs" in item["spec"]
    }


@pytest.fixture(scope="module")
def before_the_loss(platform: World) -> tuple[dict[str, Any], dict[str, tuple[str, str]]]:
    return accounts(platform), folders(platform)


@pytest.fixture(scope="module")
def empty(platform: World, before_the_loss: Any) -> Iterator[World]:
    """Another cluster, with a context, an authority and tokens of its own; state, stack file and accounts are old."""
    assert before_the_loss
    lifecycle = Lifecycle(sandbox=platform.sandbox, console=Console(), bound=True)
    lifecycle.stop_all()
    for folder in (platform.sandbox.etcd, platform.sandbox.pki):
        shutil.rmtree(folder)
    with lifecycle.started(reread=False) as engine:
        yield World(sandbox=platform.sandbox, engine=engine)


@pytest.fixture(scope="module")
def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_of_a_lost_cluster_the_platform_comes_back(
    empty: World, before_the_loss: tuple[dict[str, Any], dict[str, tuple[str, str]]], now: str, tmp_path: Path
) -> None:
    assert empty.cluster.list("v1", "PersistentVolume") == []
    for key in DATABASES.values():
        runbooks.follow(empty, MOVE, "## Databases", home=tmp_path, key=key, now=now)
    empty.engine.read("config", "rm", "--path", "homelab:apps.navidrome.files.restores")
    for app in ("navidrome", "n8n"):
        runbooks.follow(empty, MOVE, "## Volumes on nodes' disks", home=tmp_path, app=app, now=now)
    # As a kubeconfig is that knows both.
    for command in ("rename-context homelab new", "set-context homelab --cluster=gone"):
        runbooks.run(empty, f"kubectl config {command}", home=tmp_path)
    runbooks.follow(
        empty,
        MOVE,
        "## The new cluster in the place of the old one",
        home=tmp_path,
        context="homelab",
        context_of_the_new_cluster="new",
        address="192.168.1.11",
    )
    runbooks.follow(empty, MOVE, "## The update", home=tmp_path)
    assert empty.broken() == []
    empty.up("--expect-no-changes")
    in_accounts, on_nfs = before_the_loss
    assert folders(empty) == on_nfs
    assert accounts(empty) == in_accounts


@pytest.mark.parametrize("app", sorted(DATABASES))
def test_a_database_comes_back_from_its_archive_and_writes_into_a_history_of_its_own(
    empty: World, app: str, now: str
) -> None:
    restored = f"{app}-db-{''.join(filter(str.isdigit, now))}"
    (cluster,) = empty.cluster.list(*CLUSTER, app)
    assert cluster["metadata"]["name"] == restored
    recovery = cluster["spec"]["bootstrap"]["recovery"]
    assert "recoveryTarget" not in recovery
    (origin,) = [item for item in cluster["spec"]["externalClusters"] if item["name"] == recovery["source"]]
    assert origin["plugin"]["parameters"] == {"barmanObjectName": f"{app}-archive", "serverName": f"{app}-db"}
    (own,) = cluster["spec"]["plugins"]
    assert own["parameters"] == {"barmanObjectName": f"{app}-archive", "serverName": restored}
    readers = str(empty.cluster.list("apps/v1", "Deployment", app))
    assert f"'{restored}-app'" in readers
    assert f"'{app}-db-app'" not in readers


def test_files_come_back_from_their_backups(empty: World, now: str) -> None:
    restored = f"navidrome-data-{''.join(filter(str.isdigit, now))}"
    assert claim_of_navidrome(empty) == restored
    filled = needed(empty.cluster.get("volsync.backube/v1alpha1", "ReplicationDestination", restored, "navidrome"))
    assert filled["spec"]["restic"]["restoreAsOf"] == now
    assert filled["status"]["lastManualSync"] == now
