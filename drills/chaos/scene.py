"""A platform that trouble comes over, and how to tell whether it has survived."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from doctor import examination
from doctor.errors import DoctorError
from drills.chaos.seen import read
from drills.chaos.worlds import Difference, World, compare
from drills.errors import DrillError
from drills.home import UP
from recovery.errors import RecoveryError
from sandbox import complaints, foreground, kube, mending, processes
from sandbox.engine import Engine
from sandbox.errors import SandboxError
from sandbox.plugins.accounts.account import NAMES, Account

RECOVER: Final = "make recover"
"""The command that brings an interrupted update back."""
ADOPT: Final = "make recover ADOPT=1"
"""The same, which also takes over what is there without a note."""
SETTLING_SECONDS: Final = 45.0
"""How long controllers may take after an update until everything is in its place."""
STILL_SECONDS: Final = 5.0
"""How long nothing changes where they are done."""
UNCHANGED: Final = ("same", "read", "refresh")


@dataclass(frozen=True, kw_only=True)
class Done:
    """A command that has ended."""

    code: int
    text: str
    """All that it printed."""

    @property
    def errors(self) -> list[str]:
        """What it says went wrong, each in one line that names the resource it is about."""
        return list(complaints.errors(self.text))

    @property
    def why(self) -> str:
        """Why it failed, in one line."""
        return "; ".join(self.errors) or self.text[-500:]

    def works(self) -> None:
        """See that it has not failed.

        Raises:
            DrillError: it has, with what it said.
        """
        if self.code != 0:
            raise DrillError(self.why)


@dataclass(kw_only=True)
class Scene:
    """One platform and its engine."""

    engine: Engine
    undisturbed: World = field(default_factory=lambda: World(things={}, counts={}, values={}))
    """What it is like when nothing disturbs it."""
    begun: int = 0

    @property
    def cluster(self) -> kube.Client:
        """A client of its API server."""
        return kube.Client.from_kubeconfig(self.engine.sandbox.kubeconfig)

    def account(self, name: str) -> Account:
        """One of its accounts."""
        return Account(self.engine.sandbox.account(name))

    def up(self, *arguments: str) -> Done:
        """Update; it may fail."""
        return self.pulumi(*UP, *arguments)

    def pulumi(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Done:
        """Run pulumi, which may fail."""
        given = {**os.environ, **self.engine.environment(), **(environment or {})}
        sandbox = self.engine.sandbox
        done = foreground.run(
            sandbox, self._command(arguments), folder=self.engine.program, environment=given, capture=True
        )
        self.begun += 1
        self.log.write_text(text := f"{done.stdout}\n{done.stderr}")
        return Done(code=done.returncode, text=text)

    def recover(self, *, adopt: bool = True) -> Done:
        """Give the command ADOPT, or RECOVER."""
        try:
            trouble = mending.recover(self.engine, adopt=adopt).trouble
        except (RecoveryError, SandboxError) as error:
            trouble = str(error)
        return Done(code=1, text=f"error: {trouble}") if trouble else Done(code=0, text="")

    def start_up(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Begin an update in a session of its own."""
        return self.start(*UP, *arguments)

    def start(self, *arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Begin a pulumi in a session of its own, which belongs to the sandbox; its output is in `log`."""
        given = {**os.environ, **self.engine.environment(), **(environment or {})}
        self.begun += 1
        with self.log.open("wb") as log:
            return subprocess.Popen(
                self._command(arguments),
                cwd=self.engine.program,
                env={**given, processes.MARK: processes.mark(self.engine.sandbox, ENGINE)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def log(self) -> Path:
        """What the pulumi printed that was begun last."""
        return self.engine.sandbox.logs / f"pulumi-{self.begun}.log"

    def _command(self, arguments: Sequence[str]) -> list[str]:
        return [str(self.engine.sandbox.bin / "pulumi"), *arguments]

    def now(self) -> World:
        """The platform as it is."""
        return read(self.cluster, {name: self.account(name) for name in NAMES})

    def remember(self) -> None:
        """Have the platform as it is be the undisturbed one, once its controllers have done what is theirs to do."""
        end = time.monotonic() + SETTLING_SECONDS
        self.undisturbed, before = self.now(), None
        while before is None or (compare(before, self.undisturbed, values=True) and time.monotonic() < end):
            time.sleep(STILL_SECONDS)
            before, self.undisturbed = self.undisturbed, self.now()

    def whole(self, *, rotated: bool = False) -> Difference:
        """How the platform differs from the undisturbed one, once its controllers have had their time.

        Secrets are the same values as before, unless they were `rotated`: then it is those of now from here on.
        """
        end = time.monotonic() + SETTLING_SECONDS
        while True:
            seen = self.now()
            found = replace(compare(self.undisturbed, seen, values=not rotated), left=tuple(self._left()))
            if not found or time.monotonic() > end:
                break
            time.sleep(1)
        if rotated:
            self.undisturbed = replace(self.undisturbed, values=seen.values)
        return found

    def unchanged(self) -> Difference:
        """What a preview would still change."""
        try:
            steps: list[dict[str, Any]] = json.loads(self.engine.read("preview", "--json")).get("steps", [])
        except SandboxError as error:
            return Difference(left=(f"preview: {error}",))
        return Difference(
            left=tuple(f"preview: {step['op']} {step['urn']}" for step in steps if step["op"] not in UNCHANGED)
        )

    def _left(self) -> Iterator[str]:
        yield from traces(self.engine)
        try:
            report = examination.run(
                self.engine.sandbox.kubeconfig, None, self.engine.state(), settling=examination.SETTLING
            )
        except (DoctorError, SandboxError) as error:
            yield f"wiring check: {error}"
        else:
            yield from (f"wiring check: {reference}" for reference in report.broken)


ENGINE: Final = "chaos"
"""The part of the sandbox that a pulumi of these is."""


def traces(engine: Engine) -> Iterator[str]:
    """What a killed engine leaves: locks, notes of what it was about to do, and processes."""
    locks = engine.sandbox.state / ".pulumi" / "locks"
    yield from (f"lock: {path.name}" for path in locks.rglob("*.json"))
    try:
        notes = engine.state()["deployment"].get("pending_operations") or []
    except SandboxError as error:
        yield f"state: {error}"
    else:
        yield from (f"pending: {note['type']} {note['resource']['urn']}" for note in notes)
    left = {
        **processes.marked(processes.mark(engine.sandbox, ENGINE)),
        **processes.marked(processes.mark(engine.sandbox, foreground.PART)),
    }
    yield from (f"process: {pid}" for pid in left)
