"""A control plane of fake programs, and an API server that answers as a real one would when all is well."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox import kube
from sandbox.cluster import NODES, STOPPING_ORDER, STORAGE_CLASSES, Cluster
from sandbox.paths import Sandbox
from sandbox.processes import Process
from tests.support.kubernetes_api import FakeApi

READY: Final = "/readyz"
NAMESPACE: Final = "/api/v1/namespaces/kube-system"
NODE_LIST: Final = "/api/v1/nodes"
ACCOUNT: Final = "/api/v1/namespaces/default/serviceaccounts/default"
PROGRAM: Final = '#!/bin/sh\nprintf "%s\\n" "$@" > "$0.arguments"\necho "$0" started\nexec sleep 60\n'
FAILING: Final = "#!/bin/sh\necho starting\necho no room left on disk >&2\nexit 1\n"


def write_programs(folder: Path) -> dict[str, Path]:
    """Fake programs that note their arguments and run until they are ended."""
    folder.mkdir()
    programs = {name: folder / name for name in STOPPING_ORDER}
    for path in programs.values():
        path.write_text(PROGRAM)
        path.chmod(0o755)
    return programs


@dataclass(frozen=True, kw_only=True)
class ControlPlane:
    """A cluster of fake programs, and the API server that its client talks to."""

    cluster: Cluster
    api: FakeApi

    @property
    def sandbox(self) -> Sandbox:
        return self.cluster.sandbox

    def process(self, name: str) -> Process:
        return Process(sandbox=self.sandbox, name=name)

    def pids(self) -> dict[str, int | None]:
        return {name: self.process(name).pid() for name in STOPPING_ORDER}

    def arguments(self, name: str) -> list[str]:
        """What the fake program was started with, once it has said so."""
        file = self.cluster.tools[name].with_name(f"{name}.arguments")
        deadline = time.monotonic() + 10
        while not (file.exists() and "started" in self.process(name).last_line()):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return file.read_text().splitlines()

    def flag(self, name: str, flag: str) -> str:
        """The value of a flag that is given exactly once."""
        values = [given.partition("=")[2] for given in self.arguments(name) if given.startswith(f"--{flag}=")]
        (value,) = values
        return value

    def fail(self, name: str) -> None:
        self.cluster.tools[name].write_text(FAILING)

    def kill(self, name: str) -> None:
        pid = self.process(name).pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    def kubeconfig(self) -> dict[str, Any]:
        content: dict[str, Any] = yaml.safe_load(self.sandbox.kubeconfig.read_text())
        return content

    def ports(self) -> dict[str, int]:
        ports: dict[str, int] = json.loads((self.sandbox.root / "ports.json").read_text())
        return ports


def node(name: str, ready: str = "True") -> kube.Object:
    return {"metadata": {"name": name}, "status": {"conditions": [{"type": "Ready", "status": ready}]}}


def answering() -> FakeApi:
    """An API server on which everything is ready at once."""
    api = FakeApi()
    discovery = {
        "/api/v1": [("Node", False), ("Namespace", False), ("ServiceAccount", True)],
        "/apis/storage.k8s.io/v1": [("StorageClass", False)],
    }
    for path, kinds in discovery.items():
        api.answers.pop(("GET", path), None)
        resources = [
            {"kind": kind, "name": f"{kind.lower()}{'es' if kind.endswith('s') else 's'}", "namespaced": namespaced}
            for kind, namespaced in kinds
        ]
        api.answer("GET", path, {"resources": [{**resource, "verbs": ["get"]} for resource in resources]})
    for name in NODES:
        api.answer("PATCH", f"{NODE_LIST}/{name}", {})
    for name in STORAGE_CLASSES:
        api.answer("PATCH", f"/apis/storage.k8s.io/v1/storageclasses/{name}", {})
    return api


def make_ready(api: FakeApi) -> None:
    api.answer("GET", READY, {})
    api.answer("GET", NAMESPACE, {})
    api.answer("GET", NODE_LIST, {"items": [node(name) for name in NODES]})
    api.answer("GET", ACCOUNT, {})
