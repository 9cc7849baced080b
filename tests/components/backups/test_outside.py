"""The copy outside the house."""

from __future__ import annotations

from typing import Any

import pytest

from components.backups import Backups, BackupsArgs
from components.settings import Backups as BackupSettings
from tests.support.parts import base, policies
from tests.support.recorder import Recording, record

OUTSIDE = {
    "endpoint": "https://s3.example.net",
    "bucket": "homelab-backup",
    "region": "eu-central-1",
    "item": "abcdefghijklmnopqrstuvwxyz",
    "exclude": ["media/music"],
    "keep": {"daily": 7, "weekly": 0, "monthly": 3},
}


def recorded(**changes: Any) -> Recording[Backups]:
    settings = BackupSettings.model_validate({"outside": {**OUTSIDE, **changes}})
    return record(lambda: Backups("backups", BackupsArgs(base=base(), settings=settings)))


@pytest.fixture(scope="module")
def outside() -> Recording[Backups]:
    return recorded()


def container(recording: Recording[Backups], job: str) -> Any:
    (found,) = recording.one(":CronJob", job).spec["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    return found


def environment(recording: Recording[Backups], job: str) -> dict[str, Any]:
    return {
        item["name"]: item.get("value") or item["valueFrom"]["secretKeyRef"]
        for item in container(recording, job)["env"]
    }


def test_without_the_block_nothing_of_it_is_there() -> None:
    recording = record(lambda: Backups("backups", BackupsArgs(base=base(), settings=BackupSettings())))
    assert not [item for item in recording.resources if "outside" in item.name]


def test_it_goes_to_the_bucket_with_the_persons_keys_and_a_password_of_its_own(outside: Recording[Backups]) -> None:
    for job in ("outside-copy", "outside-check"):
        found = environment(outside, job)
        assert found["RESTIC_REPOSITORY"] == "s3:https://s3.example.net/homelab-backup"
        assert found["RESTIC_PASSWORD"] == {"name": "secret-outside", "key": "password"}
        assert found["AWS_ACCESS_KEY_ID"] == {"name": "secret-outside-access", "key": "access-key"}
        assert found["AWS_SECRET_ACCESS_KEY"] == {"name": "secret-outside-access", "key": "secret-key"}
        assert found["AWS_DEFAULT_REGION"] == "eu-central-1"


def test_the_whole_export_is_read_and_never_written(outside: Recording[Backups]) -> None:
    copy = container(outside, "outside-copy")
    assert copy["args"] == ["--exclude=/export/media/music", "/export"]
    (mount,) = [item for item in copy["volumeMounts"] if item["mountPath"] == "/export"]
    assert mount["readOnly"] is True
    (volume,) = outside.of(":PersistentVolume")
    assert volume.spec["nfs"]["path"] == "/export"
    assert not volume.protect


def test_what_is_kept_is_what_the_settings_say(outside: Recording[Backups]) -> None:
    assert environment(outside, "outside-copy")["KEEP"] == "--keep-daily 7 --keep-monthly 3"


@pytest.mark.parametrize(
    ("endpoint", "cidr", "port"),
    [
        ("https://s3.example.net", "0.0.0.0/0", 443),
        ("http://s3.example.net:9000", "0.0.0.0/0", 9000),
        ("https://192.168.7.2:9000", "192.168.7.2/32", 9000),
    ],
)
def test_its_pods_may_call_the_bucket_and_nothing_else(endpoint: str, cidr: str, port: int) -> None:
    found = policies(recorded(endpoint=endpoint))
    (rule,) = found["outside/outside-to-bucket-egress"]["egress"]
    assert rule["ports"] == [{"port": port, "protocol": "TCP"}]
    assert rule["to"][0]["ipBlock"]["cidr"] == cidr
    assert set(found) == {"outside/outside-to-bucket-egress", "volsync/volsync-to-api-server-egress"}
