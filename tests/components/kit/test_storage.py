"""Volumes outlive the program that asked for them."""

from __future__ import annotations

from components.kit import Claim, ClaimArgs, NfsVolume, NfsVolumeArgs
from components.settings import Nfs
from components.vocabulary import EXEMPT
from tests.support.parts import namespace, storage, waits_for
from tests.support.recorder import Recording, record


def data(access_mode: str = "ReadWriteOnce") -> Recording[Claim]:
    return record(
        lambda: Claim(
            "data",
            ClaimArgs(namespace=namespace(), storage=storage(), size="5Gi", access_mode=access_mode),
        )
    )


def folder() -> Recording[NfsVolume]:
    return record(
        lambda: NfsVolume(
            "songs",
            NfsVolumeArgs(
                namespace=namespace(),
                nfs=Nfs(server="192.168.1.10", export="/export"),
                path="/export/music",
                size="200Gi",
            ),
        )
    )


def test_a_claim_asks_for_the_class_the_size_and_one_node() -> None:
    recording = data()
    claim = recording.one(":PersistentVolumeClaim", "data")
    assert claim.object_name == "music/data"
    assert claim.spec == {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "local-path-retain",
        "resources": {"requests": {"storage": "5Gi"}},
    }
    assert recording.result.claim_name == "data"


def test_a_claim_is_protected_and_stays_when_it_leaves_the_program() -> None:
    recording = record(lambda: Claim("data", ClaimArgs(namespace=namespace(), storage=storage(), size="5Gi")))
    claim = recording.one(":PersistentVolumeClaim", "data")
    assert claim.protect
    assert claim.retain_on_delete
    assert waits_for(recording, claim, "core/v1:Namespace", "music")


def test_the_access_mode_is_the_callers_to_choose() -> None:
    assert data("ReadWriteMany").one(":PersistentVolumeClaim", "data").spec["accessModes"] == ["ReadWriteMany"]


def test_a_folder_is_a_volume_whose_deletion_leaves_the_files() -> None:
    (volume,) = folder().of(":PersistentVolume")
    assert volume.inputs["metadata"]["name"].startswith("music-songs-")
    assert volume.spec == {
        "capacity": {"storage": "200Gi"},
        "accessModes": ["ReadWriteMany"],
        "persistentVolumeReclaimPolicy": "Retain",
        "storageClassName": "",
        "mountOptions": ["nfsvers=4.2", "hard"],
        "nfs": {"server": "192.168.1.10", "path": "/export/music"},
    }


def test_its_claim_is_bound_to_that_very_volume_and_no_class_provisions_another() -> None:
    recording = folder()
    (claim,) = recording.of(":PersistentVolumeClaim")
    (volume,) = recording.of(":PersistentVolume")
    assert claim.spec == {
        "accessModes": ["ReadWriteMany"],
        "storageClassName": "",
        "volumeName": volume.inputs["metadata"]["name"],
        # The claim of a static volume cannot grow: it asks for what never has to.
        "resources": {"requests": {"storage": "1Mi"}},
    }
    assert recording.result.claim_name == claim.inputs["metadata"]["name"]
    assert volume.urn in recording.before(claim)


def test_both_are_protected_and_stay_when_they_leave_the_program() -> None:
    kept = [item for item in folder().objects() if "PersistentVolume" in item.type]
    assert len(kept) == 2
    assert all(item.protect and item.retain_on_delete for item in kept)


def test_a_folder_elsewhere_is_another_volume_and_another_claim() -> None:
    def names(**changes: str) -> set[str]:
        place = {"server": "192.168.1.10", "path": "/export/music", "size": "200Gi", **changes}
        return {item.urn for item in record(lambda: NfsVolume("songs", volume_args(**place))).objects()}

    def volume_args(**place: str) -> NfsVolumeArgs:
        return NfsVolumeArgs(
            namespace=namespace(),
            nfs=Nfs(server=place["server"], export="/export"),
            path=place["path"],
            size=place["size"],
        )

    assert names(size="300Gi") == names()
    for moved in (names(server="192.168.1.99"), names(path="/export/songs")):
        assert {urn for urn in moved & names() if "PersistentVolume" in urn} == set()


def test_with_a_reason_neither_is_protected_and_both_say_it() -> None:
    def program() -> None:
        args = NfsVolumeArgs(
            namespace=namespace(),
            nfs=Nfs(server="nas", export="/export"),
            path="/music",
            size="1Gi",
            unprotected_reason="it is to go",
        )
        NfsVolume("songs", args)

    for item in record(program).objects():
        if "PersistentVolume" in item.type:
            assert not item.protect
            assert not item.retain_on_delete
            assert item.inputs["metadata"]["annotations"] == {f"{EXEMPT}data-protected": "it is to go"}
