from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from doctor import kept

NFS = {"spec": {"nfs": {"server": "10.0.0.1", "path": "/export/music"}}}


def resource(token: str, name: str, **more: Any) -> dict[str, Any]:
    urn = f"urn:pulumi:homelab::homelab::{token}::{name}"
    return {"urn": urn, "type": token, "custom": True, "protect": True, "id": name, **more}


EXPORT = {
    "deployment": {
        "resources": [
            resource("kubernetes:core/v1:Namespace", "music"),
            resource("kubernetes:core/v1:Namespace", "traefik", protect=False),
            resource("kubernetes:core/v1:PersistentVolume", "music-files", inputs=NFS),
            resource("kubernetes:core/v1:PersistentVolumeClaim", "data", id="music/data"),
            resource("kubernetes:postgresql.cnpg.io/v1:Cluster", "music-db", id="music/music-db"),
            resource("kubernetes:postgresql.cnpg.io/v1:Cluster", "old-db", delete=True),
            resource("onepassword:index/item:Item", "music-data-backup-RESTIC_PASSWORD", id="vaults/a/items/b"),
        ]
    }
}


def shown(export: dict[str, Any]) -> str:
    out = io.StringIO()
    kept.show(export, Console(file=out, width=40))
    return out.getvalue()


def test_everything_protected_that_holds_data_or_opens_it_is_named() -> None:
    assert [name for names in kept.kept(EXPORT).values() for name in names] == [
        "music",
        "music-files: 10.0.0.1:/export/music",
        "music/data",
        "music/music-db",
        "music-data-backup-RESTIC_PASSWORD",
    ]


def test_it_says_how_all_of_it_is_adopted() -> None:
    said = shown(EXPORT)
    assert "\n  music-files: 10.0.0.1:/export/music\n" in said
    assert "`pulumi up` adopts" in said


def test_a_stack_without_data_keeps_nothing() -> None:
    assert shown({"deployment": {}}) == "Nothing is kept: the stack has nothing that holds data.\n"


def test_it_reads_an_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "state.json"
    file.write_text(json.dumps(EXPORT))
    assert kept.main(["--export", str(file)]) == 0
    assert "music/music-db" in capsys.readouterr().out
    file.write_text("none")
    assert kept.main(["--export", str(file)]) == kept.UNREADABLE
