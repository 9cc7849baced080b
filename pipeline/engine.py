"""The real stack's `pulumi`: the one that is installed if it will do, or the one that the sandbox is built with."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.errors import PipelineError
from sandbox import tools
from sandbox.paths import ENV, REPOSITORY
from sandbox.steps import Steps
from telling import terminal

KUBECONFIG: Final = "HOMELAB_KUBECONFIG"
"""Environment variable with the text of a kubeconfig, for machines that have none of their own."""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """The command line, on one stack."""

    pulumi: Path
    stack: str
    environment: Mapping[str, str]

    def preview(self, *arguments: str) -> str:
        """What a preview prints as JSON, whether it went well or not; what it says besides goes to the caller's log."""
        command = [str(self.pulumi), "preview", "--json", "--stack", self.stack, *arguments]
        done = subprocess.run(
            command, cwd=REPOSITORY, env=self.environment, stdout=subprocess.PIPE, text=True, check=False
        )
        return done.stdout

    def up(self) -> int:
        """Update, on the caller's terminal; its exit code."""
        command = [str(self.pulumi), "up", "--yes", "--skip-preview", "--suppress-outputs", "--stack", self.stack]
        return subprocess.run(command, cwd=REPOSITORY, env=self.environment, check=False).returncode


@contextmanager
def opened() -> Iterator[Engine]:
    """The engine, with the kubeconfig that the environment holds, if it does; nothing of it is left behind.

    Raises:
        PipelineError: no stack is named.
        SandboxError: no engine is installed, and it cannot be built.
    """
    environment = dict(os.environ)
    stack = environment.get("PULUMI_STACK", "")
    if not stack:
        message = "PULUMI_STACK: not set; expected the name of the stack, as in PULUMI_STACK=homelab"
        raise PipelineError(message)
    pulumi = _pulumi(environment)
    # The Python that has the program's packages, as a virtual environment's activation would have it.
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment.get("PATH", "")])
    with tempfile.TemporaryDirectory(prefix="homelab-") as home:
        text = environment.pop(KUBECONFIG, "")
        if text:
            _give(environment, Path(home), text)
        yield Engine(pulumi=pulumi, stack=stack, environment=environment)


def _pulumi(environment: Mapping[str, str]) -> Path:
    # In a sandbox's shell, `pulumi` is that sandbox's.
    inside = shutil.which("pulumi", path=environment.get("PATH")) if ENV in environment else None
    return Path(inside) if inside else tools.engine(Steps(terminal.console(stderr=True)))


def _give(environment: dict[str, str], home: Path, kubeconfig: str) -> None:
    """Put a kubeconfig where clients look for one by themselves.

    Not by KUBECONFIG: the engine takes that for an argument of the provider, and each path for a change of it.
    """
    file = home / ".kube" / "config"
    file.parent.mkdir(mode=0o700)
    file.touch(mode=0o600)
    file.write_text(kubeconfig)
    environment.pop("KUBECONFIG", None)
    environment.setdefault("PULUMI_HOME", str(Path.home() / ".pulumi"))
    environment["HOME"] = str(home)
