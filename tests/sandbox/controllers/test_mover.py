from __future__ import annotations

from typing import Any

import pytest

from sandbox.controllers import mover

SOURCE: dict[str, Any] = {
    "kind": "ReplicationSource",
    "metadata": {"name": "music-data"},
    "spec": {
        "sourcePVC": "music-data",
        "restic": {
            "repository": "secret-music",
            "retain": {"daily": 7, "monthly": 2},
            "moverSecurityContext": {"runAsUser": 1000},
            "moverVolumes": [
                {"mountPath": "repository", "volumeSource": {"persistentVolumeClaim": {"claimName": "backup"}}}
            ],
        },
    },
}
DESTINATION: dict[str, Any] = {
    "kind": "ReplicationDestination",
    "metadata": {"name": "music-old"},
    "spec": {
        "restic": {"repository": "secret-music", "destinationPVC": "music-old", "restoreAsOf": "2026-11-20T03:15:00Z"}
    },
}


def test_a_source_backs_up_and_forgets_by_its_retention() -> None:
    assert mover.steps(SOURCE, prune=False) == ["backup"]
    assert mover.steps(SOURCE, prune=True) == ["backup", "prune"]
    assert mover.environment(SOURCE)["FORGET_OPTIONS"].split() == ["--keep-daily", "7", "--keep-monthly", "2"]


def test_a_destination_restores_to_its_moment() -> None:
    assert mover.steps(DESTINATION, prune=True) == ["restore"]
    assert mover.environment(DESTINATION)["RESTORE_AS_OF"] == "2026-11-20T03:15:00Z"
    assert mover.environment(DESTINATION)["FORGET_OPTIONS"] == "--keep-last 1"


@pytest.mark.parametrize(("done", "expected"), [("", ["unlock", "backup"]), ("once", ["backup"])])
def test_it_unlocks_once_for_each_word(done: str, expected: list[str]) -> None:
    spec = {**SOURCE["spec"], "restic": {**SOURCE["spec"]["restic"], "unlock": "once"}}
    status = {"restic": {"lastUnlocked": done}}
    assert mover.steps({**SOURCE, "spec": spec, "status": status}, prune=False) == expected


def test_its_pod_mounts_the_volume_the_cache_and_what_was_asked_for() -> None:
    pod = mover.pod(SOURCE, "mover:1", ["backup"])
    claims = {item["name"]: (item.get("persistentVolumeClaim") or {}).get("claimName") for item in pod["volumes"]}
    assert claims == {
        "data": "music-data",
        "cache": "volsync-src-music-data-cache",
        "tempdir": None,
        "u-repository": "backup",
    }
    (container,) = pod["containers"]
    assert {"name": "u-repository", "mountPath": "/mnt/repository"} in container["volumeMounts"]
    optional = {
        item["name"]: item["valueFrom"]["secretKeyRef"]["optional"] for item in container["env"] if "valueFrom" in item
    }
    assert [name for name, may_be_missing in optional.items() if not may_be_missing] == list(mover.NEEDED)
