"""A plugin that kills its engine at the call that it was told of."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from drills.chaos import plugin
from drills.chaos.plugin import Order, Striking
from sandbox.plugins import server

Calls = list[str]


class EndedError(Exception):
    """The plugin's process ends here."""


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Calls:
    """What happens, in order."""
    happened: Calls = []

    def kill(pid: int, number: int) -> None:
        assert (pid, number) == (os.getppid(), signal.SIGKILL)
        happened.append("killed")

    def end(code: int) -> None:
        raise EndedError(code)

    def does(name: str) -> Callable[..., str]:
        def work(_self: Striking, request: Any, _context: Any) -> str:
            happened.append(f"{name} {request.urn}")
            return name

        return work

    monkeypatch.setattr(os, "kill", kill)
    monkeypatch.setattr(os, "_exit", end)
    for name in ("Create", "Update", "Delete"):
        monkeypatch.setattr(server.Servicer, name, does(name))
    monkeypatch.setenv(plugin.ENV, str(tmp_path / "order.json"))
    return happened


def call(method: str, urn: str = "a", **more: Any) -> Any:
    servicer = Striking.__new__(Striking)
    return getattr(servicer, method)(SimpleNamespace(urn=urn, **more), None)


def ordered(tmp_path: Path) -> Order:
    return Order.read(tmp_path / "order.json")


def test_before_the_work_nothing_is_done(calls: Calls, tmp_path: Path) -> None:
    Order(at=2, when="before").write(tmp_path / "order.json")
    assert call("Create") == "Create"
    with pytest.raises(EndedError):
        call("Update", "b")
    assert calls == ["Create a", "killed"]
    assert ordered(tmp_path) == Order(at=2, when="before", count=2, struck="b")


def test_after_the_work_it_is_done_and_nobody_hears_of_it(calls: Calls, tmp_path: Path) -> None:
    Order(at=1, when="after").write(tmp_path / "order.json")
    call("Delete")
    assert calls == ["Delete a", "killed"]


def test_the_engine_is_killed_even_if_the_work_fails(
    calls: Calls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> None:
        raise ValueError

    monkeypatch.setattr(server.Servicer, "Create", fails)
    Order(at=1, when="after").write(tmp_path / "order.json")
    with pytest.raises(ValueError):  # noqa: PT011
        call("Create")
    assert calls == ["killed"]


def test_previews_do_not_count(calls: Calls, tmp_path: Path) -> None:
    Order(at=1, when="before").write(tmp_path / "order.json")
    call("Create", preview=True)
    assert calls == ["Create a"]
    assert ordered(tmp_path).count == 0


def test_without_a_number_calls_are_only_counted(calls: Calls, tmp_path: Path) -> None:
    Order(at=0, when="before").write(tmp_path / "order.json")
    for method in ("Create", "Update", "Delete"):
        call(method)
    assert "killed" not in calls
    assert ordered(tmp_path) == Order(at=0, when="before", count=3)
