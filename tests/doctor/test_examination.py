"""A cluster is examined once, or until what an update leaves to controllers is done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from doctor import examination
from doctor.report import Report
from doctor.snapshot import Snapshot
from tests.support.healthy import Healthy

LATE = "ak-outpost-forward-auth"
"""A Service that Authentik deploys when the update has ended."""


@pytest.fixture
def looks(healthy_platform: Healthy, monkeypatch: pytest.MonkeyPatch) -> list[Snapshot]:
    """What is seen one after the other: the Service is there at the third look."""
    whole = healthy_platform.snapshot()
    healthy_platform.drop("Service", LATE, "authentik")
    looks = [healthy_platform.snapshot(), healthy_platform.snapshot(), whole]
    monkeypatch.setattr(examination, "connected", lambda *_: None)
    monkeypatch.setattr(Snapshot, "read", lambda *_: looks.pop(0))
    monkeypatch.setattr(examination, "POLL", 0.01)
    return looks


def examined(**options: Any) -> Report:
    return examination.run(Path("kubeconfig"), None, {}, **options)


def test_it_looks_once(looks: list[Snapshot]) -> None:
    assert LATE in " ".join(item.target for _, item in examined().broken)
    assert len(looks) == 2


def test_after_an_update_it_looks_until_all_is_there(looks: list[Snapshot]) -> None:
    assert examined(settling=60.0).healthy
    assert looks == []


def test_what_stays_broken_is_told_when_the_time_is_over(looks: list[Snapshot]) -> None:
    looks[2:] = looks[:1] * 100
    assert not examined(settling=0.05).healthy
