"""The driver of volumes on the NFS server, and its storage classes."""

from __future__ import annotations

from typing import Any

import pytest

from components.settings import Nfs
from components.storage.nfs import NfsDriver, NfsDriverArgs
from components.vocabulary import POD_SECURITY_REASON
from tests.support.parts import MIRROR, chart_values, project, site, waits_for
from tests.support.recorder import Recording, record


def driver(**changes: Any) -> Recording[NfsDriver]:
    return record(lambda: NfsDriver("csi-driver-nfs", NfsDriverArgs(site=site(**changes), project=project())))


@pytest.fixture(scope="module")
def recording() -> Recording[NfsDriver]:
    return driver()


def test_each_volume_is_a_folder_that_a_person_finds_again(recording: Recording[NfsDriver]) -> None:
    for made in recording.of(":StorageClass"):
        parameters = made.inputs["parameters"]
        assert (parameters["server"], parameters["share"]) == ("192.168.1.10", "/export/volumes")
        assert parameters["subDir"] == "${pvc.metadata.namespace}/${pvc.metadata.name}"
        assert parameters["mountPermissions"] == "0"
        assert made.inputs["mountOptions"] == ["nfsvers=4.2", "hard"]
        assert waits_for(recording, made, ":Application", "csi-driver-nfs")


def test_what_is_retained_stays_as_a_volume_and_as_a_folder(recording: Recording[NfsDriver]) -> None:
    kept = {
        made.inputs["metadata"]["name"]: (made.inputs["reclaimPolicy"], made.inputs["parameters"]["onDelete"])
        for made in recording.of(":StorageClass")
    }
    assert kept == {"nfs": ("Retain", "retain"), "nfs-scratch": ("Delete", "delete")}


def test_neither_is_anybodys_default(recording: Recording[NfsDriver]) -> None:
    assert not any(made.inputs["metadata"].get("annotations") for made in recording.of(":StorageClass"))


def test_its_namespace_is_privileged_and_says_why(recording: Recording[NfsDriver]) -> None:
    metadata = recording.one("core/v1:Namespace", "csi-driver-nfs").inputs["metadata"]
    assert metadata["labels"]["pod-security.kubernetes.io/enforce"] == "privileged"
    assert "nodes" in metadata["annotations"][POD_SECURITY_REASON]


def test_options_and_place_are_those_of_the_home() -> None:
    nfs = Nfs(server="nas.lan", export="/volume1", version="4.1", mount_options=("hard", "noatime"), volumes="k8s")
    moved = driver(nfs=nfs)
    for made in moved.of(":StorageClass"):
        assert made.inputs["parameters"]["share"] == "/volume1/k8s"
        assert made.inputs["mountOptions"] == ["nfsvers=4.1", "hard", "noatime"]
    assert moved.result.storage.retained.place != driver().result.storage.retained.place


def test_no_snapshots_are_asked_for_and_images_come_from_the_mirror() -> None:
    values = chart_values(driver(registry_mirror=MIRROR), "csi-driver-nfs")
    assert values["controller"]["enableSnapshotter"] is False
    base = values["image"].pop("baseRepo")
    images: list[dict[str, Any]] = list(values["image"].values())
    assert base == f"{MIRROR}/registry.k8s.io"
    assert all(image["repository"].startswith("/") for image in images)
