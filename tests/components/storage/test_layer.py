"""Storage classes: those whose volumes outlive their claims, and who makes volumes on NFS."""

from __future__ import annotations

from typing import Any

import pytest

from components.kit import Contributions, Folder
from components.settings import StorageClasses
from components.storage import Storage, StorageArgs
from tests.support.parts import project, site
from tests.support.recorder import Recording, Registered, record


def stored(**classes: str) -> Recording[tuple[Storage, Contributions]]:
    def program() -> tuple[Storage, Contributions]:
        contributions = Contributions()
        home = site(storage_classes=StorageClasses(**classes))
        return Storage("storage", StorageArgs(site=home, contributions=contributions, project=project())), contributions

    return record(program)


def retaining(recording: Recording[Any], name: str) -> Registered:
    (found,) = [item for item in recording.of(":StorageClass") if item.inputs.get("metadata", {}).get("name") == name]
    assert found.inputs["reclaimPolicy"] == "Retain"
    return found


@pytest.fixture(scope="module")
def recording() -> Recording[tuple[Storage, Contributions]]:
    return stored()


def test_it_is_the_clusters_own_class_but_for_the_reclaim_policy(recording: Recording[Any]) -> None:
    made = retaining(recording, "local-path-retain")
    assert made.inputs["provisioner"] == "rancher.io/local-path"
    assert made.inputs["volumeBindingMode"] == "WaitForFirstConsumer"
    assert recording.reads == ["local-path"]


def test_claims_name_it_and_come_after_it(recording: Recording[Any]) -> None:
    local = recording.result[0].local
    assert local.class_name == "local-path-retain"
    assert retaining(recording, local.class_name).name == "storage-local-path-retain"


def test_without_a_class_for_nfs_a_driver_makes_its_volumes(recording: Recording[Any]) -> None:
    shared = recording.result[0].shared
    assert (shared.retained.class_name, shared.scratch.class_name) == ("nfs", "nfs-scratch")
    assert [item.name for item in recording.of(":Application")] == ["csi-driver-nfs"]
    assert recording.result[1].folders.close() == (Folder(path="/export/volumes", user=0),)


def test_a_class_for_nfs_that_is_there_already_is_taken_and_one_like_it_keeps_its_volumes() -> None:
    recording = stored(shared="nfs-client")
    shared = recording.result[0].shared
    assert (shared.retained.class_name, shared.scratch.class_name) == ("nfs-client-retain", "nfs-client")
    assert retaining(recording, "nfs-client-retain").inputs["provisioner"]
    assert recording.reads == ["local-path", "nfs-client"]
    assert recording.of(":Application") == []
    assert recording.result[1].folders.close() == ()
