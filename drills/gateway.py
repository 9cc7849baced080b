"""The real S3 gateway, as its live workload starts it, over folders that stand for its volumes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import urllib3

from drills import users
from drills.errors import DrillError
from drills.pods import Container, containers, user_of
from sandbox import kube
from sandbox.paths import Sandbox
from sandbox.processes import Process

PROGRAM: Final = "versitygw"
SYSTEM: Final = "/usr/bin:/bin"
GONE_SECONDS: Final = 10.0


@dataclass(kw_only=True)
class Gateway:
    """The gateway in front of one archive."""

    sandbox: Sandbox
    place: Path
    """Holds a folder for each volume."""
    cluster: kube.Client
    workload: kube.Object
    program: Path
    port: int
    name: str = "gateway"
    changes: Mapping[str, str] = field(default_factory=dict)
    """Environment that is another than the live one."""

    @property
    def endpoint(self) -> str:
        """Where it is called."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def process(self) -> Process:
        """Its process."""
        return Process(sandbox=self.sandbox, name=self.name)

    @property
    def user(self) -> int:
        """The id that it runs under."""
        found = user_of(self.workload)
        return os.geteuid() if found is None else found

    @property
    def store(self) -> Path:
        """The folder of whose folders it makes buckets."""
        container = self._container()
        return Path(self._words(container)[-1])

    def start(self) -> None:
        """Start it, and wait until its own probe finds it ready.

        Raises:
            SandboxError: a step before it fails, it ends, or it is not ready within two minutes.
        """
        container = self._container()
        for folder in container.folders():
            users.give(folder, self.user)
        for before in containers(self.cluster, self.workload, "initContainers", self.place):
            self._run(before)
        environment = {**container.environment, **self._redirected(container), **self.changes}
        words = [PROGRAM, *self._words(container)]
        if container.spec.get("command"):
            words = self._words(container)
        self.process.start([*users.prefix(self.user), "/usr/bin/env", *words], environment)
        probe = container.spec.get("readinessProbe") or container.spec.get("livenessProbe") or {}
        path = (probe.get("httpGet") or {}).get("path") or container.environment.get("VGW_HEALTH", "/")
        self.process.wait_for(lambda: self.answers(path))

    def kill(self) -> None:
        """End it as a machine without power does.

        Raises:
            DrillError: it does not run, or does not go.
        """
        pid = self.process.pid()
        if pid is None:
            message = f"{self.name}: does not run"
            raise DrillError(message)
        os.kill(pid, signal.SIGKILL)
        end = time.monotonic() + GONE_SECONDS
        while self.process.pid() is not None and time.monotonic() < end:
            time.sleep(0.02)

    def answers(self, path: str) -> bool:
        """Whether it answers at a path that it is well."""
        try:
            return urllib3.request("GET", f"{self.endpoint}{path}", timeout=2.0, retries=False).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def _container(self) -> Container:
        return containers(self.cluster, self.workload, "containers", self.place)[0]

    def _words(self, container: Container) -> list[str]:
        """What is said to the program; without arguments, what the image's entry point makes of the environment."""
        if container.words:
            return container.words
        environment = {**container.environment, **self._redirected(container)}
        return [environment.get("VGW_BACKEND", "posix"), environment.get("VGW_BACKEND_ARG", "")]

    def _redirected(self, container: Container) -> dict[str, str]:
        """The environment that names addresses and paths."""
        paths = {name: container.here(value) for name, value in container.environment.items()}
        moved = {name: path for name, path in paths.items() if path != container.environment[name]}
        return {**moved, "VGW_PORT": f"127.0.0.1:{self.port}", "PATH": f"{self._bin()}:{SYSTEM}"}

    def _bin(self) -> Path:
        """A folder with the program: where it was built, its user may not look."""
        folder = self.place / "bin"
        if not (folder / PROGRAM).exists():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.program, folder / PROGRAM)
        return folder

    def _run(self, container: Container) -> None:
        environment = {**container.environment, **self._redirected(container)}
        command = [*users.prefix(self.user), *container.words]
        done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            message = f"{container.spec['name']}: exit code {done.returncode}: {done.stderr.strip()[-300:]}"
            raise DrillError(message)
