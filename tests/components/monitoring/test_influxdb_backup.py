"""InfluxDB's backup: what its script leaves on the NFS server, with a stand-in for InfluxDB's program."""

from __future__ import annotations

import gzip
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from components.kit import NfsVolume, NfsVolumeArgs, SecretKey
from components.monitoring.influx_cli import Operator
from components.monitoring.influxdb_backup import BACKUPS, KEPT, SCRIPT, InfluxDbBackup, InfluxDbBackupArgs
from components.settings import Nfs
from tests.support.parts import done, endpoint, namespace, waits_for
from tests.support.recorder import Recording, record

FAKE = '#!/bin/bash\nset -eu\n[ "$1" = backup ]\nmkdir "$2"\ncp "$WRITES"/* "$2"\n'


@pytest.fixture(scope="module")
def recording() -> Recording[InfluxDbBackup]:
    def build() -> InfluxDbBackup:
        place = namespace("temporis")
        nfs = Nfs(server="192.168.1.10", export="/export")
        args = InfluxDbBackupArgs(
            namespace=place,
            operator=Operator(
                endpoint=endpoint("influxdb", 8086),
                image="docker.io/library/influxdb:1.2.3",
                token=SecretKey(secret="secret-influxdb", key="admin-token", synced=done("operator-token")),
            ),
            folder=NfsVolume("folder", NfsVolumeArgs(namespace=place, nfs=nfs, path="/export/influxdb", size="1Gi")),
        )
        return InfluxDbBackup("backup", args)

    return record(build)


def test_it_runs_before_the_copy_outside_and_one_at_a_time(recording: Recording[Any]) -> None:
    spec = recording.one(":CronJob", "backup").spec
    hour = int(spec["schedule"].split()[1])
    assert hour < 5
    assert spec["timeZone"] == "Etc/UTC"
    assert spec["concurrencyPolicy"] == "Forbid"


def test_it_writes_into_the_folder_and_keeps_to_the_standard(recording: Recording[Any]) -> None:
    pod = recording.one(":CronJob", "backup").spec["jobTemplate"]["spec"]["template"]["spec"]
    (container,), (volume,) = pod["containers"], pod["volumes"]
    claim = recording.of(":PersistentVolumeClaim")[0].inputs["metadata"]["name"]
    assert volume["persistentVolumeClaim"] == {"claimName": claim}
    assert container["volumeMounts"] == [{"name": volume["name"], "mountPath": BACKUPS}]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["automountServiceAccountToken"] is False


@pytest.mark.parametrize(
    ("kind", "name"), [(":ConfigMap", "operator-token"), (":NetworkPolicy", "backup-to-influxdb-egress")]
)
def test_it_comes_after_what_it_needs(recording: Recording[Any], kind: str, name: str) -> None:
    assert waits_for(recording, recording.one(":CronJob", "backup"), kind, name)


class Nights:
    """Runs the script in a folder, once for each night."""

    def __init__(self, folder: Path) -> None:
        self.backups, self.writes = folder / "backups", folder / "writes"
        for made in (self.backups, self.writes, folder / "bin"):
            made.mkdir()
        (self.writes / "20261120T033000Z.1.tar.gz").write_bytes(gzip.compress(b"points"))
        (self.writes / "20261120T033000Z.manifest").write_text("{}", encoding="utf-8")
        self._program(folder / "bin" / "influx", FAKE)
        self._clock = folder / "bin" / "date"
        self._path = f"{folder / 'bin'}:{os.environ['PATH']}"

    def __call__(self, day: int) -> None:
        self._program(self._clock, f"#!/bin/sh\necho 202611{day:02}T033000Z\n")
        environment = {"PATH": self._path, "WRITES": str(self.writes)}
        script = SCRIPT.replace(BACKUPS, str(self.backups))
        subprocess.run(["bash", "-c", script], env=environment, check=True, capture_output=True, timeout=60)

    @property
    def found(self) -> list[str]:
        return sorted(item.name for item in self.backups.iterdir())

    @staticmethod
    def _program(file: Path, text: str) -> None:
        file.write_text(text, encoding="utf-8")
        file.chmod(0o755)


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    return Nights(tmp_path)


def moment(day: int) -> str:
    return f"202611{day:02}T033000Z"


def test_each_night_has_a_folder_of_its_own_and_the_newest_stay(nights: Nights) -> None:
    for day in range(1, KEPT + 3):
        nights(day)
    assert nights.found == [moment(day) for day in range(3, KEPT + 3)]
    assert {item.name for item in (nights.backups / moment(KEPT + 2)).iterdir()} == {
        item.name for item in nights.writes.iterdir()
    }


def test_what_was_left_unfinished_goes_and_does_not_count(nights: Nights) -> None:
    (nights.backups / "unfinished").mkdir()
    nights(1)
    assert nights.found == [moment(1)]


def test_a_backup_that_cannot_be_read_does_not_count_and_takes_none_away(nights: Nights) -> None:
    for day in range(1, KEPT + 1):
        nights(day)
    broken = nights.writes / "20261120T033000Z.1.tar.gz"
    broken.write_bytes(broken.read_bytes()[:-5])
    with pytest.raises(subprocess.CalledProcessError):
        nights(KEPT + 1)
    assert [name for name in nights.found if name != "unfinished"] == [moment(day) for day in range(1, KEPT + 1)]
