"""Figures come of several runs, and what slows the machine down slows both sides."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sandbox.bench.measure import Sample, alternately, measure, of_runs
from sandbox.errors import SandboxError


def sample(seconds: float) -> Sample:
    return Sample(seconds=seconds, megabytes=10)


def test_a_figure_is_the_median_and_says_between_what_its_runs_lie() -> None:
    found = of_runs([sample(2), sample(9), sample(3)])
    assert (found.seconds, str(found)) == (3, "3.0 s (2.0-9.0)")


def test_a_single_run_has_no_spread() -> None:
    assert str(of_runs([sample(2)])) == "2.0 s"


def test_things_are_measured_by_turns() -> None:
    turns: list[str] = []

    def thing(name: str) -> Sample:
        turns.append(name)
        return sample(len(turns))

    found = alternately({"ours": lambda: thing("ours"), "floor": lambda: thing("floor")}, 3)
    assert turns == ["ours", "floor"] * 3
    assert (found["ours"].runs, found["floor"].runs) == ((1, 3, 5), (2, 4, 6))


def test_a_command_is_timed_with_the_memory_of_its_largest_process(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import time; x = 'x' * (50 << 20); time.sleep(0.2)"]
    found = measure(command, tmp_path, {"HOMELAB_SANDBOX": str(tmp_path)}, runs=2)
    assert len(found.runs) == 2
    assert found.seconds >= 0.2
    assert found.megabytes > 50


def test_a_command_that_fails_is_no_figure(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such thing')"]
    with pytest.raises(SandboxError, match="ended with code 1: no such thing"):
        measure(command, tmp_path, {"HOMELAB_SANDBOX": str(tmp_path)})


def test_the_work_of_what_a_command_starts_counts_and_its_waits_do_not(tmp_path: Path) -> None:
    works = "import time; begun = time.process_time()\nwhile time.process_time() - begun < 0.3: pass"
    waits = "import time; time.sleep(0.3)"
    worked, waited = (
        measure(["bash", "-c", f"{sys.executable} -c '{code}'; true"], tmp_path, {"HOMELAB_SANDBOX": str(tmp_path)})
        for code in (works, waits)
    )
    assert worked.processor >= 0.3
    assert worked.processor - waited.processor >= 0.2
