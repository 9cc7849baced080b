"""The pulumi command line, as far as it is needed here."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from recovery.errors import LockedError, RecoveryError
from recovery.state import Resource, State

ERROR: Final = re.compile(r"^\s*error: ?", re.MULTILINE)
LOCKED: Final = re.compile(r"currently locked by|unexpected end of JSON input")
"""What a backend with lock files says of one, or of one that was being written when the disk was full."""
DAMAGED: Final = "docs/runbooks/state-damaged.md says how to go on"


class Pulumi(Protocol):
    """A pulumi that knows its stack."""

    def said(self, *arguments: str) -> tuple[int, str, str]:
        """Run a command to its end: its exit code, and what it wrote."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """The `pulumi` of this shell, in the folder of the program."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    """On top of the shell's."""

    def said(self, *arguments: str) -> tuple[int, str, str]:
        """Run a command to its end: its exit code, and what it wrote."""
        try:
            done = subprocess.run(
                ["pulumi", *arguments],
                cwd=self.folder,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        except FileNotFoundError:
            message = "pulumi is not found: in the sandbox, `. .sandbox/env` first; elsewhere, install it"
            raise RecoveryError(message) from None
        return done.returncode, done.stdout, done.stderr

    def folders(self) -> Iterator[Path]:
        """The folder that the state is in, if it is in one on this machine."""
        _, stdout, _ = self.said("whoami", "--json")
        try:
            url = urlsplit(json.loads(stdout)["url"])
        except (ValueError, KeyError, TypeError):  # not logged in: the next command says so
            return
        if url.scheme == "file":
            yield Path.home() if url.netloc == "~" else Path(url.path)


@dataclass(frozen=True)
class Engine:
    """What is asked of it."""

    pulumi: Pulumi

    def export(self) -> State:
        """The state as it is.

        Raises:
            RecoveryError: it cannot be read.
        """
        text = self.read("stack", "export")
        try:
            return State.of(json.loads(text))
        except (ValueError, KeyError, TypeError) as error:
            message = f"the state cannot be read ({type(error).__name__}: {error}): nothing was changed; {DAMAGED}"
            raise RecoveryError(message) from None

    def put(self, state: State, before: State) -> None:
        """Write the state back, in the place of the one that was read; its notes are lost by that.

        Raises:
            LockedError: the stack is locked.
            RecoveryError: the state has changed meanwhile, or cannot be written.
        """
        if self.export().whole != before.whole:
            message = "the state has changed meanwhile: wait for the update that runs, then try again"
            raise RecoveryError(message)
        with _file(state.text()) as path:
            code, stdout, stderr = self.pulumi.said("stack", "import", "--file", path)
        if code:
            said = reason(stdout, stderr)
            if LOCKED.search(said):
                raise LockedError(said)
            message = f"the state cannot be written: {said}"
            raise RecoveryError(message)

    def cancel(self) -> None:
        """Take the stack's locks away."""
        self.read("cancel", "--yes")

    def refresh(self, urns: Sequence[str]) -> None:
        """Have the state say of these resources what is there."""
        targets = [word for urn in urns for word in ("--target", urn)]
        if targets:
            self.read("refresh", "--yes", "--skip-preview", "--suppress-outputs", *targets)

    def creates(self) -> tuple[list[Resource], str]:
        """What an update would make, as the program declares it, parents first and without secrets; and what is wrong.

        A preview that fails, as that of a platform which is half there may, tells what it had found out before.
        """
        code, stdout, stderr = self.pulumi.said("preview", "--json")
        try:
            steps = json.loads(stdout).get("steps", [])
        except ValueError:
            steps = []
        made = [step["newState"] for step in steps if step["op"] in ("create", "create-replacement")]
        return made, f"pulumi preview: {reason(stdout, stderr)}" if code else ""

    def settings(self) -> dict[str, Any]:
        """The plain stack configuration, decrypted: kept in memory only."""
        found = json.loads(self.read("config", "--json", "--show-secrets"))
        return {key.partition(":")[2]: entry.get("value") for key, entry in found.items()}

    def read(self, *arguments: str) -> str:
        """Run a command that has to work; what it printed.

        Raises:
            RecoveryError: it failed, with the reason that it gave.
        """
        code, stdout, stderr = self.pulumi.said(*arguments)
        if code:
            message = f"pulumi {' '.join(arguments[:2])}: {reason(stdout, stderr) or f'ended with code {code}'}"
            raise RecoveryError(message)
        return stdout


def reason(stdout: str, stderr: str) -> str:
    """The errors among what pulumi wrote, or its last words; on one line."""
    try:
        diagnostics = json.loads(stdout).get("diagnostics", [])
        told = [item["message"] for item in diagnostics if item.get("severity") == "error"]
    except (ValueError, AttributeError):
        _, *told = ERROR.split(f"{stdout}\n{stderr}")
    text = "; ".join(dict.fromkeys(" ".join(each.split()) for each in told))
    return text or " ".join(stderr.split())


@contextmanager
def _file(text: str) -> Iterator[str]:
    """A file that nobody else may read: its secrets are encrypted, its names are not."""
    with tempfile.TemporaryDirectory(prefix="homelab-recovery-") as folder:
        path = Path(folder) / "state.json"
        path.touch(mode=0o600)
        path.write_text(text)
        yield str(path)
