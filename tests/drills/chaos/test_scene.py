"""A platform is remembered as it is when its controllers are done, not in the middle of their work."""

from __future__ import annotations

import time
from typing import Any

import pytest

from drills.chaos.scene import Scene
from drills.chaos.worlds import World


def test_the_undisturbed_platform_is_that_of_which_nothing_changes_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([["a"], ["a", "b"], ["a", "b", "c"], ["a", "b", "c"]])

    def now(_: Scene) -> World:
        made = next(looks)
        return World(things=dict.fromkeys(made), counts=dict.fromkeys(made, 1), values={})

    monkeypatch.setattr(Scene, "now", now)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    engine: Any = None
    scene = Scene(engine=engine)
    scene.remember()
    assert list(scene.undisturbed.things) == ["a", "b", "c"]
