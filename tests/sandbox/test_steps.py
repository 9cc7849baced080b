"""The list of steps, where nothing can be redrawn."""

from __future__ import annotations

import io
import re
import time

import pytest
from rich.console import Console

from sandbox import steps
from sandbox.steps import Steps


def test_a_step_is_one_line_with_its_time() -> None:
    out = io.StringIO()
    with Steps(Console(file=out)).step("Start the thing"):
        pass
    assert re.fullmatch(r"✓ Start the thing \d+\.\d s\n", out.getvalue())


def test_a_failed_step_is_marked_and_the_error_goes_on() -> None:
    out = io.StringIO()
    with pytest.raises(ZeroDivisionError), Steps(Console(file=out)).step("Start the thing"):
        _ = 1 / 0
    assert out.getvalue().startswith("✗ Start the thing")


def test_a_long_step_says_that_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "HEARTBEAT_SECONDS", 0.02)
    out = io.StringIO()
    with Steps(Console(file=out)).step("Build the thing"):
        time.sleep(0.1)
    assert "Build the thing: still at it after" in out.getvalue()
