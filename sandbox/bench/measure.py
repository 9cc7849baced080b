"""Measures whole commands from outside: wall time, processor time, and the largest of the processes that they start."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from sandbox.engine import Engine
from sandbox.errors import SandboxError


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One command's cost: the medians of its runs."""

    seconds: float
    megabytes: float
    """Resident memory of the largest process."""
    processor: float = 0.0
    """Seconds of a processor, of all processes together: it stays the same beside other work."""
    runs: tuple[float, ...] = ()
    """Seconds of each run."""

    def __str__(self) -> str:
        """The median, and between what the runs lie."""
        if len(self.runs) < 2:
            return f"{self.seconds:.1f} s"
        return f"{self.seconds:.1f} s ({min(self.runs):.1f}-{max(self.runs):.1f})"


def of_runs(samples: Sequence[Sample]) -> Sample:
    """What several runs of one thing come to."""
    return Sample(
        seconds=statistics.median(sample.seconds for sample in samples),
        megabytes=statistics.median(sample.megabytes for sample in samples),
        processor=statistics.median(sample.processor for sample in samples),
        runs=tuple(sample.seconds for sample in samples),
    )


def alternately(things: Mapping[str, Callable[[], Sample]], runs: int) -> dict[str, Sample]:
    """Measure things some times, one after the other in each round: what slows the machine down, slows all of them."""
    found: dict[str, list[Sample]] = {name: [] for name in things}
    for _ in range(runs):
        for name, thing in things.items():
            found[name].append(thing())
    return {name: of_runs(samples) for name, samples in found.items()}


def measure(
    command: Sequence[str | Path],
    folder: Path,
    environment: Mapping[str, str],
    *,
    runs: int = 1,
    accept: Sequence[int] = (0,),
) -> Sample:
    """Run a command some times, one after the other.

    Raises:
        SandboxError: it ended with a code that is not accepted; with the end of what it printed.
    """
    words = list(map(str, command))
    return of_runs([_once(words, folder, {**os.environ, **environment}, accept) for _ in range(runs)])


def pulumi(
    engine: Engine, *arguments: str, runs: int = 1, environment: Mapping[str, str] = MappingProxyType({})
) -> Sample:
    """Measure the pulumi of a sandbox; `environment` is what it is given beside the engine's own."""
    command = [str(engine.sandbox.bin / "pulumi"), *arguments]
    return measure(command, engine.program, {**engine.environment(), **environment}, runs=runs)


def _once(command: list[str], folder: Path, environment: dict[str, str], accept: Sequence[int]) -> Sample:
    log = Path(environment["HOMELAB_SANDBOX"]) / "bench.log"
    start = time.perf_counter()
    with log.open("wb") as output:
        child = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
        _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in accept:
        lines = log.read_text(errors="replace").strip().splitlines()
        message = f"{' '.join(command[:3])}: ended with code {child.returncode}: {' '.join(lines[-3:])[:400]}"
        raise SandboxError(message)
    processor = usage.ru_utime + usage.ru_stime
    return Sample(seconds=seconds, megabytes=usage.ru_maxrss / 1024, processor=processor)
