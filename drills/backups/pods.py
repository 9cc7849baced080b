"""Containers of live objects as processes: their words and environment, with folders in the place of their volumes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from drills.errors import DrillError
from drills.pods import resolved
from sandbox import kube
from sandbox.controllers import mover

SYSTEM: Final = "/usr/local/bin:/usr/bin:/bin"
SECONDS: Final = 120.0


@dataclass(frozen=True, kw_only=True)
class Container:
    """What a container runs, and where its volumes are here."""

    words: Sequence[str]
    environment: Mapping[str, str]
    folders: Mapping[str, Path]
    """By the path at which the container sees them."""
    programs: Path
    """A folder with the programs that it calls, before those of the system."""
    addresses: Mapping[str, str] = field(default_factory=dict)
    """Where what it calls is here, by the address that it knows."""

    def changed(self, **environment: str) -> Container:
        """The same with another environment."""
        return replace(self, environment={**self.environment, **environment})

    def start(self) -> subprocess.Popen[str]:
        """Run it; both of its outputs are one."""
        tmp = self.programs / "tmp"
        tmp.mkdir(exist_ok=True)
        own = {"PATH": f"{self.programs}:{SYSTEM}", "HOME": str(tmp), "TMPDIR": str(tmp), "LC_ALL": "C.UTF-8"}
        return subprocess.Popen(
            [self.here(word) for word in self.words],
            env={**own, **{key: self.here(value) for key, value in self.environment.items()}},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self) -> tuple[int, str]:
        """Run it to its end: its exit code and all that it said."""
        with self.start() as process:
            try:
                said, _ = process.communicate(timeout=SECONDS)
            except BaseException:
                os.killpg(process.pid, 9)
                raise
        return process.returncode, said

    def here(self, text: str) -> str:
        """A text with this machine's folders and addresses in the place of the container's."""
        for path, folder in self.folders.items():
            option, sign, rest = text.partition("=") if text.startswith("--") else ("", "", text)
            if rest == path or rest.startswith(f"{path}/"):
                text = f"{option}{sign}{folder}{rest.removeprefix(path)}"
                break
        for address, ours in self.addresses.items():
            text = text.replace(address, ours)
        return text


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Reads containers of live objects."""

    client: kube.Client
    programs: Path
    script: Path
    """VolSync's script for its mover."""
    addresses: Mapping[str, str]

    def mover(self, kind: str, name: str, folders: Mapping[str, Path]) -> Container:
        """The container by which VolSync moves the files of a source or a destination."""
        obj = self._get("volsync.backube/v1alpha1", kind, name)
        (container,) = mover.pod(obj, "", mover.steps(obj, prune=True))["containers"]
        return self._container({**container, "command": ["bash", str(self.script)]}, obj, folders)

    def job(self, name: str, folders: Mapping[str, Path]) -> Container:
        """The container of a CronJob."""
        obj = self._get("batch/v1", "CronJob", name)
        (container,) = obj["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
        return self._container(container, obj, folders)

    def _get(self, version: str, kind: str, name: str) -> kube.Object:
        for obj in self.client.list(version, kind):
            if obj["metadata"]["name"] == name:
                return obj
        message = f"{kind} {name}: not in the cluster"
        raise DrillError(message)

    def _container(self, spec: Mapping[str, Any], obj: kube.Object, folders: Mapping[str, Path]) -> Container:
        environment = dict(resolved(self.client, obj["metadata"]["namespace"], spec))
        if missing := sorted(name for name in map(_needed, spec["env"]) if name and name not in environment):
            message = f"{kube.name_of(obj)}: no Secret has {', '.join(missing)}"
            raise DrillError(message)
        return Container(
            words=[*spec["command"], *(spec.get("args") or [])],
            environment=environment,
            folders=folders,
            programs=self.programs,
            addresses=self.addresses,
        )


def _needed(variable: Mapping[str, Any]) -> str:
    """Name of a variable without which the container would not start; empty for others."""
    reference = (variable.get("valueFrom") or {}).get("secretKeyRef")
    return str(variable["name"]) if reference and not reference.get("optional") else ""
