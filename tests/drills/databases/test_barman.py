"""The tools get the options that the plugin makes of an ObjectStore, and what they say becomes one line."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from drills.databases.barman import Archive
from drills.errors import DrillError

WHERE = ["--endpoint-url", "http://here", "--cloud-provider", "aws-s3", "s3://bucket/", "db"]
LISTED = {
    "backup_id": "20260102T030405",
    "status": "DONE",
    "begin_time": "Fri Jan  2 03:04:05 2026",
    "end_time": "Fri Jan  2 03:05:05 2026",
    "begin_wal": "000000010000000000000002",
}


def archive(**configuration: Any) -> Archive:
    store = {
        "configuration": {"destinationPath": "s3://bucket/", **configuration},
        "retentionPolicy": "30d",
        "instanceSidecarConfiguration": {"env": [{"name": "SETTING", "value": "when_required"}]},
    }
    return Archive(store=store, endpoint="http://here", credentials={"KEY": "the-key"})


def test_without_settings_there_are_no_options_but_where() -> None:
    assert archive().wal_archive("db") == ["barman-cloud-wal-archive", *WHERE]
    assert archive().wal_restore("db") == ["barman-cloud-wal-restore", *WHERE]
    assert archive().check("db") == ["barman-cloud-check-wal-archive", *WHERE]
    assert archive().backup("db", "one") == ["barman-cloud-backup", "-U", "postgres", "-n", "one", *WHERE]


def test_segments_are_compressed_encrypted_and_tagged_as_the_store_says() -> None:
    wal = {
        "compression": "gzip",
        "encryption": "AES256",
        "archiveAdditionalCommandArgs": ["--gzip", "--read-timeout=60"],
        "restoreAdditionalCommandArgs": ["--read-timeout=30"],
    }
    made = archive(wal=wal, tags={"home": "one"}, historyTags={"home": "two"})
    options = ["--gzip", "-e", "AES256", "--read-timeout=60", "--tags", "home,one", "--history-tags", "home,two"]
    assert made.wal_archive("db") == ["barman-cloud-wal-archive", *options, *WHERE]
    assert made.wal_restore("db") == ["barman-cloud-wal-restore", *WHERE, "--read-timeout=30"]


def test_base_backups_are_made_as_the_store_says() -> None:
    data = {"compression": "bzip2", "immediateCheckpoint": True, "jobs": 3, "additionalCommandArgs": ["--verbose"]}
    options = ["-U", "postgres", "-n", "one", "--bzip2", "--immediate-checkpoint", "--jobs", "3", "--verbose"]
    assert archive(data=data).backup("db", "one") == ["barman-cloud-backup", *options, *WHERE]
    restore = archive(data=data).restore("db", "20260102T030405", Path("/data"))
    assert restore[0] == "barman-cloud-restore"
    assert restore[-1] == "/data"


@pytest.mark.parametrize(
    ("policy", "said"), [("30d", "RECOVERY WINDOW OF 30 DAYS"), ("4w", "RECOVERY WINDOW OF 4 WEEKS")]
)
def test_retention_is_the_stores_policy(policy: str, said: str) -> None:
    made = archive()
    command = Archive(store={**made.store, "retentionPolicy": policy}, endpoint="http://here", credentials={})
    assert said in command.retention("db")


@pytest.mark.parametrize("policy", ["", "30", "0d", "a month", None])
def test_a_policy_that_the_plugin_refuses_is_refused(policy: str | None) -> None:
    made = Archive(store={**archive().store, "retentionPolicy": policy}, endpoint="http://here", credentials={})
    with pytest.raises(DrillError, match=r"retentionPolicy .*: expected one as in 30d"):
        made.retention("db")


def test_the_tools_have_the_sidecars_settings_and_the_credentials_which_nothing_prints() -> None:
    assert archive().environment() == {"SETTING": "when_required", "KEY": "the-key"}
    assert "the-key" not in repr(archive())
    assert archive().having({"KEY": "another"}).environment()["KEY"] == "another"


def test_backups_are_listed_by_their_end_and_half_ones_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    half = {**LISTED, "backup_id": "half", "status": "FAILED", "end_time": None}
    later = {**LISTED, "backup_id": "later", "end_time": "Sat Jan  3 03:05:05 2026"}
    listed = json.dumps({"backups_list": [later, LISTED, half]})
    monkeypatch.setattr(Archive, "run", lambda _self, _command: listed)
    backups = archive().backups("db")
    assert [(backup.id, backup.done) for backup in backups] == [
        ("half", False),
        ("20260102T030405", True),
        ("later", True),
    ]
    assert backups[1].ended - backups[1].begun == timedelta(minutes=1)


def test_a_tool_that_fails_says_why_in_one_line() -> None:
    error = "import sys; sys.exit('2026-01-02 03:04:05,006 [7] ERROR: Expected empty archive')"
    with pytest.raises(DrillError, match=r"python3: exit code 1: Expected empty archive$"):
        archive().run(["python3", "-c", error])


def test_a_tool_that_hangs_is_ended_with_what_it_has_started(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    script = f"(sleep 5; touch {mark}) & echo '[7] ERROR: InvalidPart' >&2; sleep 5"
    begun = time.monotonic()
    with pytest.raises(DrillError, match="sh: not done within 1 s: InvalidPart"):
        archive().attempt(["sh", "-c", script], seconds=1)
    assert time.monotonic() - begun < 4
    time.sleep(0.1)
    assert not mark.exists()


def test_a_tool_that_hangs_after_a_word_is_ended_with_what_it_said() -> None:
    script = "echo '[7] ERROR: InvalidPart, whatever that is' >&2; sleep 9"
    begun = time.monotonic()
    with pytest.raises(DrillError, match="sh: InvalidPart, whatever that is"):
        archive().run_unless(["sh", "-c", script], {}, "Invalid")
    assert time.monotonic() - begun < 5
    archive().run_unless(["true"], {}, "Invalid")
    with pytest.raises(DrillError, match="false: exit code 1"):
        archive().run_unless(["false"], {}, "Invalid")
