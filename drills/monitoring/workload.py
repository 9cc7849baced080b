"""Containers of live workloads as processes: their arguments, environment and files, with addresses of this machine."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drills import probes
from drills.errors import DrillError
from drills.monitoring.network import LOOPBACK, Listener, Network
from drills.pods import Container, containers, expanded, with_flags
from sandbox import kube
from sandbox.cluster import free_ports
from sandbox.paths import Sandbox
from sandbox.processes import Process


@dataclass(kw_only=True)
class Part:
    """One container of a workload, as a process of this machine."""

    sandbox: Sandbox
    network: Network
    place: Path
    """Holds a folder for each of the pod's volumes."""
    workload: kube.Object
    program: Path
    name: str
    """Of the process, and of its log."""
    container: str = ""
    """Name of the container; without one, it is the first."""
    listens: Mapping[int, str] = field(default_factory=dict)
    """By port of the pod: the flag that says where the program listens; empty where that is in a file of it."""
    flags: Mapping[str, str] = field(default_factory=dict)
    """Flags that are others than the workload's, by their names with dashes."""
    without: Sequence[str] = ()
    """Flags that make no sense here, by their names with dashes."""
    words: Sequence[str] = ()
    """What the image would start the program with, where the workload does not say it."""
    address: str = f"{LOOPBACK}:{{}}"
    """How a flag takes the address to listen at; `{}` is the port."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables that are others than the workload's, or that it has none of."""
    ports: dict[int, int] = field(default_factory=dict)
    """The port here by the pod's own."""

    @property
    def process(self) -> Process:
        """Its process."""
        return Process(sandbox=self.sandbox, name=self.name)

    def url(self, port: int) -> str:
        """Where it answers here, by a port of the pod."""
        return f"http://{LOOPBACK}:{self.ports[port]}"

    def join(self) -> None:
        """Take the place of the pods, for whoever calls them from now on."""
        free = free_ports(len(self.listens))
        self.ports = dict(zip(self.listens, free, strict=True))
        meta = self.workload["metadata"]
        labels = self.workload["spec"]["template"]["metadata"].get("labels") or {}
        self.network.listeners.append(Listener(namespace=meta["namespace"], labels=labels, ports=self.ports))

    def start(self, ready: str = "", port: int = 0) -> None:
        """Start it on what `fill` has written; with a path and a port of the pod, wait until it is well there.

        Raises:
            SandboxError: what it refers to is not there, it ends, or it is not ready within two minutes.
        """
        container = self.found()
        environment = {name: self.here(value) for name, value in container.environment.items()}
        environment |= self.environment
        words = [expanded(word, environment) for word in container.words or self.words]
        self.process.start([self.program, *self.changed(words)], environment)
        if ready:
            self.process.wait_for(lambda: probes.answers(f"{self.url(port)}{ready}"))

    def restart(self, ready: str, port: int) -> None:
        """End it, and start it anew: it does then at once what it does by itself every some minutes.

        Raises:
            SandboxError: as `start` does.
        """
        self.process.stop()
        self.start(ready, port)

    def found(self) -> Container:
        """The container.

        Raises:
            DrillError: the workload has none of that name.
        """
        for each in containers(self.network.cluster, self.workload, "containers", self.place):
            if self.container in ("", each.spec["name"]):
                return each
        message = f"{kube.name_of(self.workload)}: has no container {self.container}"
        raise DrillError(message)

    def here(self, text: str) -> str:
        """A text of the container's with folders and addresses of this machine."""
        return self.network.here(self.found().here(text))

    def changed(self, words: Iterable[str]) -> list[str]:
        """Its arguments, but for where it listens and what else is another one here."""
        flags = {flag: self.address.format(self.ports[port]) for port, flag in self.listens.items() if flag}
        container = self.found()
        found = [each for word in words for each in self.network.discovered(container.here(word))]
        return with_flags(map(self.network.here, found), {**flags, **self.flags}, self.without)

    def fill(self) -> None:
        """Write what its volumes show of Secrets and ConfigMaps into their folders, and make the others.

        Raises:
            DrillError: one of them is not there.
        """
        for volume in self.workload["spec"]["template"]["spec"].get("volumes") or []:
            folder = self.place / str(volume["name"])
            folder.mkdir(parents=True, exist_ok=True)
            for name, content in self._files(volume).items():
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(self._redirected(content))
        for folder in self.found().folders():
            if not folder.exists():
                folder.mkdir(parents=True)

    def _redirected(self, content: bytes) -> bytes:
        """A file with addresses of this machine; what is no text has none."""
        try:
            return self.network.here(content.decode()).encode()
        except UnicodeDecodeError:
            return content

    def _files(self, volume: Mapping[str, Any]) -> dict[str, bytes]:
        sources = [volume, *((volume.get("projected") or {}).get("sources") or [])]
        return {name: content for source in sources for name, content in self._of_source(source).items()}

    def _of_source(self, source: Mapping[str, Any]) -> dict[str, bytes]:
        kinds = {"secret": "Secret", "configMap": "ConfigMap"}
        for key, kind in kinds.items():
            if reference := source.get(key):
                name = str(reference.get("secretName") or reference.get("name"))
                namespace = self.workload["metadata"]["namespace"]
                found = self.network.cluster.get("v1", kind, name, namespace)
                if found is None and not reference.get("optional"):
                    message = f"{kind} {namespace}/{name}: not found"
                    raise DrillError(message)
                return _chosen(contents(found or {}), reference.get("items") or [])
        return {}


def contents(obj: kube.Object) -> dict[str, bytes]:
    """What is in a Secret or a ConfigMap, by key."""
    data = obj.get("data") or {}
    if obj.get("kind") == "Secret":
        return {key: base64.b64decode(value) for key, value in data.items()}
    binary = {key: base64.b64decode(value) for key, value in (obj.get("binaryData") or {}).items()}
    return {**{key: str(value).encode() for key, value in data.items()}, **binary}


def _chosen(files: Mapping[str, bytes], items: Sequence[Mapping[str, str]]) -> dict[str, bytes]:
    """Those that a volume shows, under the names that it gives them; all without a choice."""
    return {item["path"]: files[item["key"]] for item in items} if items else dict(files)
