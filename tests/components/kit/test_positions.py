"""What is noted of where a resource is declared: the place, and not how the program came there."""

from __future__ import annotations

from pathlib import Path

import pytest
from pulumi.runtime import resource

from components.kit import positions


def trace() -> list[str]:
    """What is noted of a resource that is declared here."""

    class Inner:
        def __init__(self) -> None:
            self.noted = resource._get_stack_trace()

    class Middle(Inner):
        def __init__(self) -> None:
            super().__init__()

    class Outer(Middle):
        def __init__(self) -> None:
            super().__init__()

    return [frame.pc.uri for frame in Outer().noted.frames]


def test_the_place_is_noted_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, positions.TRACE, getattr(resource, positions.TRACE))
    whole = trace()
    positions.keep_short()
    positions.keep_short()
    assert trace() == whole[:1] == [Path(__file__).as_uri()]
    assert len(whole) > 1


def test_an_sdk_that_notes_it_in_another_way_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(resource, positions.TRACE)
    positions.keep_short()
    assert not hasattr(resource, positions.TRACE)
