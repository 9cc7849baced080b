"""The program as the engine runs it, against mocks."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.configuration import SettingsError
from components.settings import SECRET_KEYS
from tests.conftest import SECRETS
from tests.support.recorder import Recording, record

MAIN = Path(__file__).parent.parent / "__main__.py"


@pytest.fixture
def config() -> dict[str, str]:
    """The committed stack file with stand-ins for its secrets, as the engine hands it over."""
    stack_file = MAIN.parent / "Pulumi.homelab.yaml"
    values: dict[str, Any] = yaml.safe_load(stack_file.read_text(encoding="utf-8"))["config"]
    values |= {f"homelab:{key}": value for key, value in SECRETS.items()}
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}


def run(config: dict[str, str], *, encrypted: list[str] | None = None) -> Recording[Any]:
    keys = list(SECRET_KEYS) if encrypted is None else encrypted
    return record(
        lambda: runpy.run_path(str(MAIN), run_name="__main__"),
        config=config,
        encrypted=[f"homelab:{key}" for key in keys],
    )


def inputs(recording: Recording[Any]) -> dict[str, Any]:
    """What each resource was given."""
    return {item.urn: item.inputs for item in recording.resources}


def test_it_is_short() -> None:
    assert len(MAIN.read_text(encoding="utf-8").splitlines()) < 40


def test_it_builds_the_committed_stack_and_exports_its_outputs(
    config: dict[str, str], homelab: Recording[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    exported: dict[str, Any] = {}
    monkeypatch.setattr("pulumi.export", exported.__setitem__)
    recording = run(config)
    # Built twice, from the same settings: whatever differed would show as a change in each preview.
    assert inputs(recording) == inputs(homelab)
    assert "argocd" in {service["name"] for service in exported["services"]}


def test_a_bad_setting_stops_it_before_anything_is_registered(config: dict[str, str]) -> None:
    config["homelab:availability"] = "perfect"
    with pytest.raises(SettingsError, match="homelab:availability"):
        run(config)


def test_a_secret_in_plain_text_stops_it(config: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="homelab:authentikToken: stored in plain text"):
        run(config, encrypted=[key for key in SECRET_KEYS if key != "authentikToken"])
