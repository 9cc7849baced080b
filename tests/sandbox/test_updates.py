"""An update on a terminal and in a file: what the engine is told, what it is waiting for, what it came to."""

from __future__ import annotations

import io
import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from sandbox import processes, updates
from sandbox.engine import Engine
from sandbox.errors import SandboxError
from sandbox.paths import Sandbox
from sandbox.processes import Process

URN = "urn:pulumi:home::homelab::homelab:apps:Applications$kubernetes:core/v1:Service::web"
STATE = {"parent": "urn:pulumi:home::homelab::homelab:apps:Applications::apps"}
DONE = {"resOutputsEvent": {"metadata": {"op": "create", "urn": URN, "new": STATE}}}
END = {"summaryEvent": {"resourceChanges": {"same": 2, "create": 1}}}


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An engine whose pulumi notes its arguments, logs the events that it is given and ends as it is told."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    sandbox = Sandbox(root=tmp_path / ".sandbox")
    sandbox.bin.mkdir(parents=True)
    (tmp_path / "Pulumi.yaml").write_text("name: homelab\n")
    pulumi = sandbox.bin / "pulumi"
    pulumi.write_text(
        f"#!{sys.executable}\nimport shutil, sys, time\nfrom pathlib import Path\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "(folder / 'arguments').write_text(' '.join(sys.argv[1:]))\n"
        "shutil.copyfile(folder / 'events', sys.argv[sys.argv.index('--event-log') + 1])\n"
        "time.sleep(float((folder / 'seconds').read_text()))\n"
        "sys.exit(int((folder / 'code').read_text()))\n"
    )
    pulumi.chmod(0o755)
    return Engine(sandbox=sandbox, program=tmp_path, pulumi=pulumi)


def happens(engine: Engine, *events: dict[str, Any], code: int = 0, seconds: float = 0) -> None:
    (engine.program / "events").write_text("".join(f"{json.dumps(event)}\n" for event in events))
    (engine.program / "code").write_text(str(code))
    (engine.program / "seconds").write_text(str(seconds))


def run(engine: Engine, command: str = "up", *, terminal: bool = False) -> tuple[str, list[str]]:
    """What was printed, and pulumi's arguments."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=100, color_system=None)
    try:
        updates.run(engine, console, command, "--yes", then="go on")
    finally:
        arguments = (engine.program / "arguments").read_text().split()
    return out.getvalue(), arguments


def test_it_ends_with_what_was_changed_and_how_long_it_took(engine: Engine) -> None:
    happens(engine, DONE, END)
    text, _ = run(engine)
    assert "apps: Service web" in text
    assert "0 replaced, 0 deleted, 1 created, 0 updated, 2 unchanged." in text
    assert "pulumi up took " in text.splitlines()[-1]
    assert list(engine.sandbox.root.glob("events*")) == []


@pytest.mark.parametrize(("terminal", "wanted"), [(True, set()), (False, {"--color", "never", "--suppress-progress"})])
def test_a_file_gets_neither_colours_nor_dots(engine: Engine, *, terminal: bool, wanted: set[str]) -> None:
    happens(engine, END)
    _, arguments = run(engine, terminal=terminal)
    assert wanted == {"--color", "never", "--suppress-progress"} & set(arguments)


def test_no_color_is_pulumis_too(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    happens(engine, END)
    _, arguments = run(engine, terminal=True)
    assert "--color never" in " ".join(arguments)
    assert "--suppress-progress" not in arguments


def test_a_long_wait_says_what_is_waited_for(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates, "BEAT_SECONDS", 0.2)
    waited = f"{URN}-2"
    begun = [{"timestamp": time.time() - 70, "resourcePreEvent": {"metadata": {"urn": urn}}} for urn in (URN, waited)]
    component = {"timestamp": 0, "resourcePreEvent": {"metadata": {"urn": STATE["parent"]}}}
    happens(engine, component, *begun, DONE, END, seconds=1)
    text, _ = run(engine)
    assert "1 done; waiting for Service web-2 (1 min 1" in text
    assert "Applications apps" not in text


def test_a_failed_update_tells_what_it_did(engine: Engine) -> None:
    happens(engine, DONE, code=1)
    out = io.StringIO()
    with pytest.raises(SandboxError, match="ended with code 1"):
        updates.run(engine, Console(file=out, width=100), "up", then="go on")
    assert "apps: Service web" in out.getvalue()


def test_a_failed_preview_tells_nothing(engine: Engine) -> None:
    happens(engine, DONE, code=1)
    out = io.StringIO()
    with pytest.raises(SandboxError):
        updates.run(engine, Console(file=out, width=100), "preview", then="go on")
    assert "Service web" not in out.getvalue()


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("code", [0, 255])
def test_an_update_does_not_wait_for_a_part_that_has_ended(
    engine: Engine, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(updates, "WATCH_SECONDS", 0.05)
    scheduler = Process(sandbox=engine.sandbox, name="kube-scheduler")
    scheduler.start(["/bin/sh", "-c", "sleep 0.3; echo no memory left; exit 1"])
    happens(engine, DONE, code=code, seconds=30)
    start = time.monotonic()
    with pytest.raises(SandboxError, match=r"^kube-scheduler: ended unexpectedly: no memory left .*: `make up` starts"):
        run(engine)
    assert time.monotonic() - start < 10
    assert processes.marked(processes.mark(engine.sandbox)) == {}


def test_one_that_is_stopped_or_runs_is_no_reason_to_end_it(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates, "WATCH_SECONDS", 0.05)
    kwok, scheduler, old = (Process(sandbox=engine.sandbox, name=name) for name in ("kwok", "kube-scheduler", "old"))
    for process in (kwok, scheduler):
        process.start(["/bin/sleep", "30"])
    kwok.stop()
    old.pid_file.write_text("4194304 1")  # of a part that the sandbox had before, and that nobody starts any more
    happens(engine, DONE, END, seconds=0.5)
    text, _ = run(engine)
    scheduler.stop()
    assert "1 created" in text
