"""`python -m drills [FLOW ...]`: what `make drill` runs."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Final

from rich.console import Console
from rich.markup import escape

from drills import report, space
from drills.course import FAILURES, AbandonedError
from drills.flow import Bench, Flow
from drills.flows import FLOWS
from sandbox import interrupts
from sandbox.__main__ import told_by
from sandbox.errors import SandboxError
from sandbox.lifecycle import Lifecycle
from sandbox.paths import Sandbox
from sandbox.steps import Steps
from telling import terminal

FAILED: Final = "FAILED"
INTERRUPTED: Final = 130
"""Exit code of a command that was interrupted, as shells have it."""


def main(arguments: Sequence[str], flows: Mapping[str, Flow] = FLOWS) -> int:
    """Run drills; 0 if all that were begun came to what was expected."""
    given = _parser(flows).parse_args(arguments)
    console = terminal.console()
    interrupts.answer(_interrupted)
    try:
        return _main(given, flows, console)
    except KeyboardInterrupt:
        console.print("interrupted: what the drill had started is ended and removed")
        return INTERRUPTED
    except FAILURES as error:
        _complain(error, console)
        return 1


def _parser(flows: Mapping[str, Flow]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m drills", description="Flows with their real software.")
    parser.add_argument("flows", nargs="*", metavar="FLOW", help=f"{', '.join(flows)}; without one, all of them")
    parser.add_argument("--within", type=float, metavar="SECONDS", help="begin none that may not be done by then")
    parser.add_argument("--logs", type=Path, metavar="FOLDER", help="keep the logs of all that runs there")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="draw what people would see there")
    parser.add_argument("--whole", action="store_true", help="leave nothing out of what samples are taken of otherwise")
    parser.add_argument("--held", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--failures", type=Path, help=argparse.SUPPRESS)
    return parser


def _main(given: argparse.Namespace, flows: Mapping[str, Flow], console: Console) -> int:
    wanted = _wanted(given.flows, flows)
    if given.held is not None:
        (flow,) = wanted
        return _inside(flow, given, console)
    end = time.monotonic() + given.within if given.within is not None else None
    Lifecycle(sandbox=Sandbox.of_clone(), console=console).build()
    prefix = space.prefix()
    if not prefix:
        console.print("No namespaces can be had here: the drill runs on this machine's loopback.")
    results = {flow.name: _result(flow, prefix, end, given, console) for flow in wanted}
    console.print()
    for name, result in results.items():
        console.print(f"drill {name}: {result}", markup=False, highlight=False, soft_wrap=True)
    return 1 if any(result.startswith(FAILED) for result in results.values()) else 0


def _inside(flow: Flow, given: argparse.Namespace, console: Console) -> int:
    """Run one drill in the namespaces that this process is the first in."""
    os.set_inheritable(given.held, False)
    space.furnish()
    failures = _drill(flow, flow.ensure(Steps(console)), console, given)
    if given.failures:
        given.failures.write_text("\n".join(failures))
    return 1 if failures else 0


def _result(flow: Flow, prefix: Sequence[str], end: float | None, given: argparse.Namespace, console: Console) -> str:
    """What came of a flow. Its programs are built, and it is begun, only while there is time for the drill."""
    if flow.own_network and not prefix:
        # Whoever asks for this one is told by the exit code too.
        return _failed(["it needs a network of its own"]) if given.flows else "NOT POSSIBLE HERE"
    if not _in_time(flow, end):
        return "NOT REACHED"
    # Builds need the network, which there is none of inside.
    built = flow.ensure(Steps(console))
    if not _in_time(flow, end):
        return "NOT REACHED"
    if not prefix:
        failures = _drill(flow, built, console, given)
        return _failed(failures) if failures else "ok"
    options = [*_option("--logs", given.logs), *_option("--pictures", given.pictures), *(["--whole"] * given.whole)]
    with tempfile.NamedTemporaryFile(mode="r", prefix=f"homelab-drill-{flow.name}-", suffix=".failures") as said:
        options += _option("--failures", Path(said.name))
        code = space.run([*prefix, sys.executable, "-m", "drills", *options, flow.name])
        failures = said.read().splitlines()
    if code == INTERRUPTED:
        raise KeyboardInterrupt
    return "ok" if code == 0 else _failed(failures)


def _failed(failures: Sequence[str]) -> str:
    """What the last lines say of a drill: whoever keeps only them of a long run has to know why."""
    return "\n  ".join([FAILED, *failures])


def _in_time(flow: Flow, end: float | None) -> bool:
    """Whether a drill that is begun now is done by then."""
    return end is None or time.monotonic() + flow.minutes * 60 <= end


def _wanted(names: Sequence[str], flows: Mapping[str, Flow]) -> list[Flow]:
    unknown = [name for name in names if name not in flows]
    if unknown:
        message = f"FLOW={unknown[0]}: expected one of {', '.join(flows)}"
        raise SandboxError(message)
    return [flows[name] for name in names or flows]


def _option(name: str, folder: Path | None) -> list[str]:
    """The words by which a folder is handed on."""
    return [] if folder is None else [name, str(folder.absolute())]


def _drill(flow: Flow, built: Mapping[str, Path], console: Console, given: argparse.Namespace) -> list[str]:
    """Run one drill in a folder of its own, and print its table; what failed, in a line each."""
    console.print(f"\n[bold]Drill {flow.name}[/]: {flow.title}", highlight=False)
    with tempfile.TemporaryDirectory(prefix=f"homelab-drill-{flow.name}-") as name:
        bench = Bench(
            folder=Path(name),
            tools=built,
            console=console,
            steps=Steps(console),
            pictures=given.pictures,
            whole=given.whole,
        )
        ended_by: list[str] = []
        try:
            flow.run(bench)
        except AbandonedError:
            console.print("The other steps make no sense without this one.")
        except FAILURES as error:
            ended_by = [_complain(error, console)]
        finally:
            report.show(f"Drill {flow.name}", bench.courses, console)
            if given.logs:
                _keep(bench.folder, given.logs / flow.name)
    return [*ended_by, *report.failures(bench.courses)]


def _complain(error: Exception, console: Console) -> str:
    """Print the one line that an error is told in; what it says."""
    why = " ".join(str(told_by(error)).split())
    console.print(f"[red]error:[/] {escape(why)}", highlight=False, soft_wrap=True)
    return f"error: {why}"


def _keep(folder: Path, logs: Path) -> None:
    """Copy every log below a folder."""
    for log in folder.rglob("*.log"):
        kept = logs / log.relative_to(folder)
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(log, kept)


def _interrupted(_number: int, _frame: FrameType | None) -> None:
    """End what is under way, once: nothing interrupts what ends it."""
    interrupts.ignore()
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
