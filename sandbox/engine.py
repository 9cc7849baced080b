"""The literal pulumi command line, at work in a sandbox.

The program and its stack file are the committed ones. The stack file is copied, because the engine writes to the one it
uses, and in the copy every secret has a stand-in: a random value that the simulated accounts accept.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox import choice, complaints, foreground, stacks
from sandbox.backend import Backend
from sandbox.choice import Plugin
from sandbox.errors import SandboxError
from sandbox.paths import ENV, REPOSITORY, Sandbox
from sandbox.stackfile import StackFile
from sandbox.wrapper import wrapper
from telling.terminal import without_colours

PASSPHRASE: Final = "sandbox"  # noqa: S105
"""Encrypts stand-ins only."""

PLUGINS: Final = {
    "kubernetes": ("pulumi_kubernetes", "sandbox.plugins.kubernetes"),
    "cloudflare": ("pulumi_cloudflare", "sandbox.plugins.accounts cloudflare"),
    "onepassword": ("pulumi_onepassword", "sandbox.plugins.accounts onepassword"),
    "terraform-provider": ("pulumi_authentik", "sandbox.plugins.accounts terraform-provider"),
}
"""By the name that the engine looks for: the SDK that asks for the plugin, and what serves it here."""

LAST_STATE_ONLY: Final = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
"""Keeps the engine from writing the whole state down before and after each resource, which takes most of its time."""

EXECUTABLE: Final = 0o755
HELM_FOLDERS: Final = ("CACHE", "CONFIG", "DATA")


@dataclass(frozen=True, kw_only=True)
class Engine:
    """The pulumi CLI of one sandbox."""

    sandbox: Sandbox
    program: Path
    """Folder of `Pulumi.yaml`."""
    pulumi: Path
    """The real executable; the language host is beside it."""
    commands: Mapping[str, Path] = field(default_factory=dict)
    """What else a shell of this sandbox has, by name."""
    checkpoints: bool = True
    """Whether a pulumi that is killed leaves a state that knows what it has done."""

    @property
    def stack(self) -> str:
        """Which of the program's stacks it is."""
        return stacks.of(self.sandbox)

    @property
    def backend(self) -> Backend:
        """Where the state is."""
        return Backend(folder=self.sandbox.state, project=self._project(), stack=self.stack)

    @property
    def stack_file(self) -> Path:
        """The stack file that the sandbox runs with."""
        return stacks.file_of(self.sandbox.project, self.stack)

    def environment(self) -> dict[str, str]:
        """What makes a plain `pulumi` talk to the sandbox, on top of the caller's environment."""
        path = [self.sandbox.bin, Path(sys.executable).parent, os.environ.get("PATH", "")]
        return {
            "PATH": os.pathsep.join(map(str, path)),
            ENV: str(self.sandbox.root),
            "KUBECONFIG": str(self.sandbox.kubeconfig),
            "KUBECACHEDIR": str(self.sandbox.root / "kubectl"),
            "PULUMI_HOME": str(self.sandbox.root / "pulumi"),
            # The caller's may name a file of the caller's own, in which `pulumi login` would then write.
            "PULUMI_CREDENTIALS_PATH": str(self.sandbox.root / "pulumi"),
            # The published Kubernetes plugin keeps Helm's repositories and charts where these say.
            **{f"HELM_{kind}_HOME": str(self.sandbox.root / "helm" / kind.lower()) for kind in HELM_FOLDERS},
            # Without files beside its files: a kill while one of them is written leaves a state that cannot be read.
            "PULUMI_BACKEND_URL": f"{self.sandbox.state.as_uri()}?metadata=skip",
            "PULUMI_STACK": self.stack,
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            # Without it, there is no `--event-log`.
            "PULUMI_DEBUG_COMMANDS": "true",
            # Everything that is needed is here: nothing is to be fetched.
            "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            # Each update's state is in its history already.
            "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
            # The state is read here, too.
            "PULUMI_DIY_BACKEND_GZIP": "false",
            "PULUMI_DIY_BACKEND_ZSTD": "false",
            **({} if self.checkpoints else LAST_STATE_ONLY),
        }

    def run(self, *arguments: str, then: str = "", log: Path | None = None) -> None:
        """Run pulumi as its user would, on the caller's terminal; `log` is where it is to write its events.

        Raises:
            SandboxError: it failed, and has said why itself; with `then`, how to go on.
        """
        logging = ("--event-log", str(log)) if log else ()
        code = self._run((*arguments, *logging), capture=False).returncode
        if code != 0:
            message = f"pulumi {arguments[0]}: ended with code {code}; above it says why, after `error:`"
            raise SandboxError(message, then=then)

    def read(self, *arguments: str) -> str:
        """Run pulumi and return what it printed.

        Raises:
            SandboxError: it failed; with what it gave as the reason.
        """
        code, stdout, stderr = self.said(*arguments)
        if code != 0:
            message = f"pulumi {arguments[0]}: {complaints.reason(stdout, stderr) or f'ended with code {code}'}"
            raise SandboxError(message)
        return stdout

    def said(self, *arguments: str) -> tuple[int, str, str]:
        """Run pulumi to its end, whatever that is: its exit code, and what it printed."""
        done = self._run(arguments, capture=True)
        return done.returncode, done.stdout, done.stderr

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs; those that are secret are hidden."""
        values: dict[str, Any] = json.loads(self.read("stack", "output", "--json"))
        return values

    def state(self) -> dict[str, Any]:
        """The stack's state, its secrets encrypted.

        Raises:
            SandboxError: it is gone, or cannot be read.
        """
        self.backend.examine()
        exported: dict[str, Any] = json.loads(self.read("stack", "export"))
        return exported

    def _run(self, arguments: Sequence[str], *, capture: bool) -> subprocess.CompletedProcess[str]:
        command = [str(self.sandbox.bin / "pulumi"), *arguments]
        # Pulumi asks a terminal for its colours even if it is to use none.
        asked = {"TERM": "dumb"} if without_colours() else {}
        environment = {**os.environ, **self.environment(), **asked}
        return foreground.run(self.sandbox, command, folder=self.program, environment=environment, capture=capture)

    def install(self) -> None:
        """Write the executables and the shell file."""
        for folder in (self.sandbox.bin, self.sandbox.state, self.sandbox.project):
            folder.mkdir(parents=True, exist_ok=True)
        _executable(self.sandbox.bin / "pulumi", wrapper(self.pulumi, self.stack_file))
        for name, path in self.commands.items():
            _executable(self.sandbox.bin / name, f'exec {shlex.quote(str(path))} "$@"')
        self.install_plugins()
        exports = "".join(f"export {key}={shlex.quote(value)}\n" for key, value in self.environment().items())
        self.sandbox.env.write_text(f"# Source this: `. {self.sandbox.env}`\n{exports}")

    def install_plugins(self, *, run_by: str = "") -> None:
        """Write the plugins' executables; `run_by` names a module that runs those of ours, and is given theirs."""
        plugin = choice.settle(self.sandbox)
        for name, (sdk, module) in PLUGINS.items():
            place = f"resource-{name}-v{plugin_version(sdk)}"
            if name == "kubernetes" and plugin is Plugin.REAL:
                choice.copy_published(self.sandbox, place)
            else:
                words = f"{run_by} {module}".strip()
                self._install_plugin(choice.plugins(self.sandbox) / place, f"pulumi-resource-{name}", words)

    @staticmethod
    def _install_plugin(folder: Path, executable: str, module: str) -> None:
        """Put a plugin of ours where the engine keeps them, in the place of whatever is there."""
        if folder.is_symlink() or {path.name for path in folder.glob("*")} - {executable}:
            choice.discard(folder)  # the published one, or a link to it: it is not to be written to
        folder.mkdir(parents=True, exist_ok=True)
        _executable(
            folder / executable,
            f"PYTHONPATH={shlex.quote(str(REPOSITORY))} exec {shlex.quote(sys.executable)} -m {module}",
        )

    def values(self) -> dict[str, Any]:
        """The plain values of the stack file that the sandbox runs with, by key."""
        return self._stack().values()

    def plain(self, key: str) -> Any:
        """One of them; None if there is no such key."""
        return self.values().get(key)

    def configure(self, secret_keys: Sequence[str]) -> dict[str, str]:
        """Make the stack, and bring the copied stack file up to date; the stand-ins that were made anew.

        Raises:
            SandboxError: the engine cannot read the committed stack file.
        """
        project = self.sandbox.project / "Pulumi.yaml"
        project.write_bytes((self.program / "Pulumi.yaml").read_bytes())
        if not self.configured:
            self._make_stack()
        return self._stack().bring_up_to_date(secret_keys)

    def _make_stack(self) -> None:
        """Make the stack; or go on with one whose copied stack file was lost, and gets new stand-ins."""
        try:
            # In the copy's folder, or the salt would be written to the committed stack file.
            self.read("stack", "init", self.stack, "--cwd", str(self.sandbox.project))
        except SandboxError as error:
            if "already exists" not in str(error):
                raise
            self.stack_file.touch(mode=0o600)

    @property
    def configured(self) -> bool:
        """Whether there is a copied stack file, which the sandbox can go on with."""
        return self.stack_file.exists()

    def _project(self) -> str:
        """The program's name, below which its keys are in a stack file."""
        named: str = yaml.safe_load((self.program / "Pulumi.yaml").read_text(encoding="utf-8"))["name"]
        return named

    def _stack(self) -> StackFile:
        return StackFile(
            committed=stacks.file_of(self.program, self.stack),
            copy=self.stack_file,
            namespace=self._project(),
            pulumi=self.read,
        )


def plugin_version(sdk: str) -> str:
    """The version of the plugin that an SDK asks for: its own, or the one that its plugin file names."""
    package = importlib.util.find_spec(sdk)
    file = Path(str(package.origin)).with_name("pulumi-plugin.json") if package else Path()
    named: str | None = json.loads(file.read_text()).get("version")
    return named or importlib.metadata.version(sdk)


def _executable(path: Path, script: str) -> None:
    """Write a script, in one step and never through a link: what it leads to is not the sandbox's."""
    made = path.with_name(f".{path.name}.new")
    made.write_text(f"#!/bin/sh\n{script}\n")
    made.chmod(EXECUTABLE)
    made.replace(path)
