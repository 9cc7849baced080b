"""A volume that is backed up: its repository, its backup, its check, and what was restored of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.backups.layer import Backups, BackupsArgs
from components.kit import Claim, ClaimArgs, VolumeBackup
from components.kit.mounts import provided
from components.settings import Backups as BackupSettings
from components.settings import FileRestore, FileSettings, Retention
from tests.support.parts import base, namespace
from tests.support.recorder import Recording, Secret, record

MOMENT, OTHER = "2026-11-20T03:15:00Z", "2026-11-21T03:15:00Z"
RESTORED = "music-data-20261120031500"


def recorded(files: FileSettings, **settings: Any) -> Recording[Claim]:
    def build() -> Claim:
        found = base()
        backups = Backups("backups", BackupsArgs(base=found, settings=BackupSettings(**settings)))
        args = ClaimArgs(namespace=namespace("music"), storage=found.storage, size="5Gi")
        claim = Claim("music-data", args)
        backup = VolumeBackup(app="music", volume="data", claim=claim, args=args, user=1234, files=files)
        return backups.back_up(backup, backups)

    return record(build)


@pytest.fixture(scope="module")
def plain() -> Recording[Claim]:
    return recorded(FileSettings(), keep=Retention(daily=3, weekly=0, monthly=2))


@pytest.fixture(scope="module")
def restored() -> Recording[Claim]:
    return recorded(
        FileSettings(restores={MOMENT: FileRestore(), OTHER: FileRestore(data="removable")}, serving=MOMENT)
    )


def source(recording: Recording[Claim]) -> Any:
    return recording.one(":ReplicationSource", "music-data").spec


def test_it_is_read_where_it_is_and_written_to_the_nfs_server(plain: Recording[Claim]) -> None:
    spec = source(plain)
    volume = plain.of(":PersistentVolume")[0].spec
    claim = plain.one(
        ":PersistentVolumeClaim",
        next(item.name for item in plain.of(":PersistentVolumeClaim") if "backup" in item.name),
    )
    assert spec["sourcePVC"] == "music-data"
    assert spec["restic"]["copyMethod"] == "Direct"
    assert volume["nfs"]["path"] == "/export/backups/files/music"
    (mount,) = spec["restic"]["moverVolumes"]
    assert mount["volumeSource"]["persistentVolumeClaim"]["claimName"] == claim.inputs["metadata"]["name"]
    assert (claim.protect, claim.retain_on_delete) == (True, True)


def test_its_repository_and_password_come_from_the_vault(plain: Recording[Claim]) -> None:
    item = plain.one("onepassword:index/item:Item", "music-data-backup").inputs
    fields = {field["label"]: field["value"] for field in secretless(item["sections"])[0]["fields"]}
    assert secretless(fields["RESTIC_REPOSITORY"]) == "/mnt/repository/data"
    assert plain.one("onepassword:index/item:Item", "music-data-backup-RESTIC_PASSWORD").inputs["passwordRecipe"]
    assert source(plain)["restic"]["repository"] == "secret-music-data-backup"


def secretless(value: Any) -> Any:
    return value.value if isinstance(value, Secret) else value


def test_what_is_kept_is_what_the_settings_say(plain: Recording[Claim]) -> None:
    assert source(plain)["restic"]["retain"] == {"daily": 3, "monthly": 2}


def test_the_check_reads_the_same_repository_as_the_same_user(plain: Recording[Claim]) -> None:
    pod = plain.one(":CronJob", "music-data-check").spec["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    mounted = source(plain)["restic"]["moverVolumes"][0]
    assert pod["securityContext"]["runAsUser"] == source(plain)["restic"]["moverSecurityContext"]["runAsUser"] == 1234
    assert "/mnt/repository" in {item["mountPath"] for item in container["volumeMounts"]}
    claims = [item["persistentVolumeClaim"] for item in pod["volumes"] if "persistentVolumeClaim" in item]
    assert claims == [mounted["volumeSource"]["persistentVolumeClaim"]]
    references = {item["name"]: item["valueFrom"]["secretKeyRef"] for item in container["env"] if "valueFrom" in item}
    for key in ("RESTIC_REPOSITORY", "RESTIC_PASSWORD"):
        assert references[key] == {"name": "secret-music-data-backup", "key": key}


def test_the_folder_and_its_user_are_handed_in() -> None:
    def build() -> Any:
        found = base()
        backups = Backups("backups", BackupsArgs(base=found, settings=BackupSettings()))
        args = ClaimArgs(namespace=namespace("music"), storage=found.storage, size="5Gi")
        claim = Claim("music-data", args)
        backups.back_up(
            VolumeBackup(app="music", volume="data", claim=claim, args=args, user=1234, files=FileSettings()), backups
        )
        return [(folder.path, folder.user) for folder in found.contributions.folders.close()]

    assert record(build).result == [("/export/backups/files/music", 1234)]


def test_a_restored_volume_is_beside_the_original_and_waited_for(restored: Recording[Claim]) -> None:
    made = restored.one(":ReplicationDestination", RESTORED)
    assert made.spec["trigger"] == {"manual": MOMENT}
    assert made.spec["restic"]["restoreAsOf"] == MOMENT
    assert made.spec["restic"]["destinationPVC"] == RESTORED
    note = made.inputs["metadata"]["annotations"]["pulumi.com/waitFor"]
    assert note == f"jsonpath={{.status.lastManualSync}}={MOMENT}"
    for claim in ("music-data", RESTORED):
        kept = restored.one(":PersistentVolumeClaim", claim)
        assert (kept.protect, kept.retain_on_delete) == (True, True), claim


def test_only_what_the_stack_file_calls_removable_is_unprotected(restored: Recording[Claim]) -> None:
    removable = restored.one(":PersistentVolumeClaim", "music-data-20261121031500")
    assert (removable.protect, removable.retain_on_delete) == (False, False)
    assert "removable" in json.dumps(removable.inputs["metadata"]["annotations"])


def test_what_serves_is_used_and_backed_up_by_the_same_name(restored: Recording[Claim]) -> None:
    assert restored.result.claim_name == RESTORED
    assert source(restored)["sourcePVC"] == RESTORED


def test_what_is_restored_is_there_before_anybody_uses_it_or_backs_it_up(restored: Recording[Claim]) -> None:
    destination = restored.one(":ReplicationDestination", RESTORED)
    assert provided(restored.result) is restored.result.filled
    assert destination.urn in restored.before(restored.one(":ReplicationSource", "music-data"))


def test_the_password_stays_as_long_as_what_it_opens(plain: Recording[Claim]) -> None:
    password = plain.one(":Item", "music-data-backup-RESTIC_PASSWORD")
    assert (password.protect, password.retain_on_delete) == (True, True)


def test_both_directions_wait_for_the_operator_the_secret_and_the_repository(restored: Recording[Claim]) -> None:
    operator = restored.one(":Application", "volsync")
    secret = restored.one(":OnePasswordItem", "music-data-backup")
    for kind, name in ((":ReplicationSource", "music-data"), (":ReplicationDestination", RESTORED)):
        before = restored.before(restored.one(kind, name))
        assert {operator.urn, secret.urn} <= before, kind
