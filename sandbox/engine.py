"""The literal pulumi command line, at work in a sandbox.

The program and its stack file are the committed ones. The stack file is copied, because the engine writes to the one it
uses, and in the copy every secret has a stand-in: a random value that the simulated accounts accept.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import secrets
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox import choice
from sandbox.choice import Plugin
from sandbox.cluster import CONTEXT
from sandbox.errors import SandboxError
from sandbox.paths import ENV, REPOSITORY, Sandbox
from sandbox.wrapper import wrapper

STACK: Final = "homelab"
PASSPHRASE: Final = "sandbox"  # noqa: S105
"""Encrypts stand-ins only."""

PLUGINS: Final = {
    "kubernetes": ("pulumi_kubernetes", "sandbox.plugins.kubernetes"),
    "cloudflare": ("pulumi_cloudflare", "sandbox.plugins.accounts cloudflare"),
    "onepassword": ("pulumi_onepassword", "sandbox.plugins.accounts onepassword"),
    "terraform-provider": ("pulumi_authentik", "sandbox.plugins.accounts terraform-provider"),
}
"""By the name that the engine looks for: the SDK that asks for the plugin, and what serves it here."""

EXECUTABLE: Final = 0o755
HELM_FOLDERS: Final = ("CACHE", "CONFIG", "DATA")


def stand_ins(keys: Sequence[str]) -> dict[str, str]:
    """A random value for each secret key; Connect's credentials are a JSON file in real life, so here too."""
    values = {key: f"sandbox-{secrets.token_hex(16)}" for key in keys}
    if "onepasswordConnectCredentials" in values:
        credentials = {"version": "2", "deviceUuid": values["onepasswordConnectCredentials"]}
        values["onepasswordConnectCredentials"] = json.dumps(credentials)
    return values


@dataclass(frozen=True, kw_only=True)
class Engine:
    """The pulumi CLI of one sandbox."""

    sandbox: Sandbox
    program: Path
    """Folder of `Pulumi.yaml`."""
    pulumi: Path
    """The real executable; the language host is beside it."""

    @property
    def stack_file(self) -> Path:
        """The stack file that the sandbox runs with."""
        return self.sandbox.project / f"Pulumi.{STACK}.yaml"

    def environment(self) -> dict[str, str]:
        """What makes a plain `pulumi` talk to the sandbox, on top of the caller's environment."""
        path = [self.sandbox.bin, Path(sys.executable).parent, os.environ.get("PATH", "")]
        return {
            "PATH": os.pathsep.join(map(str, path)),
            ENV: str(self.sandbox.root),
            "KUBECONFIG": str(self.sandbox.kubeconfig),
            "PULUMI_HOME": str(self.sandbox.root / "pulumi"),
            # The caller's may name a file of the caller's own, in which `pulumi login` would then write.
            "PULUMI_CREDENTIALS_PATH": str(self.sandbox.root / "pulumi"),
            # The published Kubernetes plugin keeps Helm's repositories and charts where these say.
            **{f"HELM_{kind}_HOME": str(self.sandbox.root / "helm" / kind.lower()) for kind in HELM_FOLDERS},
            "PULUMI_BACKEND_URL": self.sandbox.state.as_uri(),
            "PULUMI_STACK": STACK,
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            # Everything that is needed is here: nothing is to be fetched.
            "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
        }

    def run(self, *arguments: str, check: bool = True) -> int:
        """Run pulumi as its user would, on the caller's terminal; its exit code."""
        code = subprocess.run(self._command(arguments), cwd=self.program, env=self._env(), check=False).returncode
        if check and code != 0:
            message = f"pulumi {arguments[0]}: ended with code {code}; what it printed above says why"
            raise SandboxError(message)
        return code

    def read(self, *arguments: str) -> str:
        """Run pulumi and return what it printed.

        Raises:
            SandboxError: it failed; with what it gave as the reason.
        """
        done = subprocess.run(
            self._command(arguments), cwd=self.program, env=self._env(), check=False, capture_output=True, text=True
        )
        if done.returncode != 0:
            message = (
                f"pulumi {arguments[0]}: {_reason(done.stdout, done.stderr) or f'ended with code {done.returncode}'}"
            )
            raise SandboxError(message)
        return done.stdout

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs; those that are secret are hidden."""
        values: dict[str, Any] = json.loads(self.read("stack", "output", "--json"))
        return values

    def state(self) -> dict[str, Any]:
        """The stack's state, its secrets encrypted."""
        exported: dict[str, Any] = json.loads(self.read("stack", "export"))
        return exported

    def _command(self, arguments: Sequence[str]) -> list[str]:
        return [str(self.sandbox.bin / "pulumi"), *arguments]

    def _env(self) -> dict[str, str]:
        return {**os.environ, **self.environment()}

    def install(self) -> None:
        """Write the executables and the shell file."""
        for folder in (self.sandbox.bin, self.sandbox.state, self.sandbox.project):
            folder.mkdir(parents=True, exist_ok=True)
        _executable(self.sandbox.bin / "pulumi", wrapper(self.pulumi, self.stack_file))
        plugin = choice.settle(self.sandbox)
        for name, (sdk, module) in PLUGINS.items():
            place = f"resource-{name}-v{plugin_version(sdk)}"
            if name == "kubernetes" and plugin is Plugin.REAL:
                choice.copy_published(self.sandbox, place)
            else:
                self._install_plugin(choice.plugins(self.sandbox) / place, f"pulumi-resource-{name}", module)
        exports = "".join(f"export {key}={shlex.quote(value)}\n" for key, value in self.environment().items())
        self.sandbox.env.write_text(f"# Source this: `. {self.sandbox.env}`\n{exports}")

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

    def plain(self, key: str) -> Any:
        """A plain value of the committed stack file."""
        return yaml.safe_load((self.program / f"Pulumi.{STACK}.yaml").read_text())["config"][f"{STACK}:{key}"]

    def unlock(self) -> None:
        """Forget locks that a killed pulumi has left: the caller makes sure that no other is at work here."""
        for lock in (self.sandbox.state / ".pulumi" / "locks").rglob("*.json"):
            lock.unlink()

    def configure(self, secret_keys: Sequence[str]) -> dict[str, str]:
        """Bring the copied stack file up to date and make the stack; the stand-ins that were made anew.

        Stand-ins that are there already stay: the accounts know them.
        """
        committed = yaml.safe_load((self.program / f"Pulumi.{STACK}.yaml").read_text())
        old = yaml.safe_load(self.stack_file.read_text()) if self.stack_file.exists() else {}
        project = self.sandbox.project / "Pulumi.yaml"
        project.write_text((self.program / "Pulumi.yaml").read_text())
        kept = _secrets(old.get("config") or {})
        plain = {key: value for key, value in (committed.get("config") or {}).items() if not _is_secret(value)}
        merged = {"config": {**_in_the_sandbox(plain), **kept}}
        if "encryptionsalt" in old:
            merged["encryptionsalt"] = old["encryptionsalt"]
        self.stack_file.write_text(yaml.safe_dump(merged, sort_keys=False))
        if "encryptionsalt" not in old:
            # In the copy's folder, or the salt would be written to the committed stack file.
            self.read("stack", "init", STACK, "--cwd", str(self.sandbox.project))
        missing = [key for key in secret_keys if f"{STACK}:{key}" not in kept]
        made = stand_ins(missing)
        if made:
            pairs = [part for key, value in made.items() for part in ("--secret", f"{STACK}:{key}={value}")]
            self.read("config", "set-all", *pairs)
        return made


def _reason(stdout: str, stderr: str) -> str:
    """The errors among what pulumi printed, or its last line."""
    try:
        diagnostics = json.loads(stdout).get("diagnostics", [])
    except ValueError:
        lines = [line.strip() for line in f"{stdout}\n{stderr}".splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("error:")]
        return "; ".join(dict.fromkeys(errors)) or "".join(lines[-1:])
    return "; ".join(item["message"].strip() for item in diagnostics if item.get("severity") == "error")


def plugin_version(sdk: str) -> str:
    """The version of the plugin that an SDK asks for: its own, or the one that its plugin file names."""
    package = importlib.util.find_spec(sdk)
    file = Path(str(package.origin)).with_name("pulumi-plugin.json") if package else Path()
    named: str | None = json.loads(file.read_text()).get("version")
    return named or importlib.metadata.version(sdk)


def _is_secret(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) == {"secure"}


def _in_the_sandbox(plain: Mapping[str, Any]) -> dict[str, Any]:
    """The plain keys with the sandbox's cluster in the place of the user's own.

    A kubeconfig that is named there goes before the environment's: the sandbox would work on somebody's real cluster.
    """
    key = f"{STACK}:cluster"
    cluster = plain.get(key)
    if not isinstance(cluster, Mapping):
        return dict(plain)
    return {**plain, key: {**{name: cluster[name] for name in cluster if name != "kubeconfig"}, "context": CONTEXT}}


def _secrets(config: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if _is_secret(value)}


def _executable(path: Path, script: str) -> None:
    """Write a script, in one step and never through a link: what it leads to is not the sandbox's."""
    made = path.with_name(f".{path.name}.new")
    made.write_text(f"#!/bin/sh\n{script}\n")
    made.chmod(EXECUTABLE)
    made.replace(path)
