"""An update or a preview on a terminal: the engine's own words, signs of life while it waits, and what it comes to.

The engine writes its events into a file of the sandbox while it works. They name what it waits for, and tell in the end
what was changed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console

from sandbox import foreground, processes
from sandbox.engine import Engine
from sandbox.errors import SandboxError
from sandbox.paths import Sandbox
from sandbox.steps import lasted
from telling import model, reading, summary
from telling.model import Preview
from telling.terminal import without_colours

BEAT_SECONDS: Final = 30.0
"""Where the engine cannot draw what goes on, so often it is said."""
WATCH_SECONDS: Final = 1.0
"""So often it is seen whether all parts of the sandbox run."""
NAMED: Final = 3
"""Of what is under way, so many are named: those that began first."""


def run(engine: Engine, console: Console, *arguments: str, then: str) -> Preview:
    """Run pulumi, and print what was changed; or of a preview, what would be.

    Raises:
        SandboxError: it failed, and has said why itself; with `then`, how to go on.
    """
    log = engine.sandbox.root / "events.jsonl"
    log.unlink(missing_ok=True)
    command = arguments[0]
    console.print(f"\n[bold]pulumi {command}[/]", highlight=False)
    start = time.monotonic()
    try:
        with _signs_of_life(log, console, f"pulumi {command}"), _only_while_all_runs(engine.sandbox):
            engine.run(*arguments, *_plain(console), then=then, log=log)
    except SandboxError:
        # Of a preview that failed nothing is certain; what an update has done is.
        if command != "preview" and (found := _read(log)).changed:
            summary.show(found, console, done=True)
        raise
    finally:
        took = lasted(time.monotonic() - start)
        found = _read(log)
        log.unlink(missing_ok=True)
    summary.show(found, console, done=command != "preview")
    console.print(f"  pulumi {command} took {took}.", highlight=False)
    return found


def _plain(console: Console) -> list[str]:
    """What keeps escape codes, and rows of dots in the place of what is drawn anew, out of a file."""
    colours = [] if console.is_terminal and not without_colours() else ["--color", "never"]
    return colours if console.is_terminal else [*colours, "--suppress-progress"]


def _read(log: Path) -> Preview:
    try:
        with log.open(encoding="utf-8") as lines:
            return reading.of_events(lines)
    except FileNotFoundError:
        return reading.of_events([])


@contextmanager
def _signs_of_life(log: Path, console: Console, title: str) -> Iterator[None]:
    """Where nothing is drawn, say now and then what is under way: in a file a wait looks like an end."""
    if console.is_terminal:
        yield
        return
    with _beside(lambda done: _beat(log, console, title, done)):
        yield


@contextmanager
def _beside(work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Have a thread do this during the block; it is told when that is done, and waited for."""
    done = threading.Event()
    thread = threading.Thread(target=work, args=(done,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@contextmanager
def _only_while_all_runs(sandbox: Sandbox) -> Iterator[None]:
    """Interrupt the engine when a part of the sandbox ends: it would wait for it until its own deadlines, in minutes.

    Raises:
        SandboxError: one has; in the place of what the interrupted engine failed with.
    """
    found: list[str] = []
    parts = processes.running(sandbox)

    def watch(done: threading.Event) -> None:
        while not done.wait(WATCH_SECONDS):
            if lost := [part for part in parts if part.has_ended()]:
                found.append(lost[0].obituary())
                foreground.interrupt(sandbox)
                return

    try:
        with _beside(watch):
            yield
    except SandboxError as error:
        if not found:
            raise
        message = f"{found[0]}: `make up` starts it again, and goes on from here"
        raise SandboxError(message) from error


def _beat(log: Path, console: Console, title: str, done: threading.Event) -> None:
    start = time.monotonic()
    while not done.wait(BEAT_SECONDS):
        so_far = f"{lasted(time.monotonic() - start)}: {_under_way(log)}"
        console.print(f"  {title}: {so_far}", highlight=False, markup=False, soft_wrap=True)


def _under_way(log: Path) -> str:
    """How far it is, and what it waits for."""
    begun: dict[str, float] = {}
    finished = 0
    try:
        lines = log.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        lines = []
    for event in reading.events(lines):
        if metadata := (event.get("resourcePreEvent") or {}).get("metadata"):
            begun[metadata["urn"]] = event["timestamp"]
        for kind in ("resOutputsEvent", "resOpFailedEvent"):
            if metadata := (event.get(kind) or {}).get("metadata"):
                finished += begun.pop(metadata["urn"], None) is not None
    # Components are under way for as long as what is in them.
    waits = [(urn, since) for urn, since in begun.items() if not model.groups(urn)]
    named = [f"{model.title_of(urn)} ({lasted(time.time() - since)})" for urn, since in waits[:NAMED]]
    more = f" and {len(waits) - NAMED} more" if len(waits) > NAMED else ""
    return f"{finished} done; waiting for {', '.join(named)}{more}" if named else f"{finished} done"
