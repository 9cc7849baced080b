"""Who listens where: nobody answers at the addresses of live pods, and processes of this machine take their place."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from drills.errors import DrillError
from sandbox import kube

LOOPBACK: Final = "127.0.0.1"
SERVICE: Final = re.compile(r"\b([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.cluster\.local)?:(\d+)\b")
"""Address of a port of a Service, as parts of the platform call each other."""
DISCOVERED: Final = re.compile(r"dnssrv\+_([a-z0-9-]+)\._tcp\.([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.cluster\.local)?")
"""All addresses of a port of a Service, by the port's name."""

KNOWN_SECONDS: Final = 5.0
"""For so long pods are taken to have the addresses that they had: every scrape asks."""


@dataclass(frozen=True, kw_only=True)
class Listener:
    """A process that takes the place of pods."""

    namespace: str
    labels: Mapping[str, str]
    """Of the pods."""
    ports: Mapping[int, int]
    """The port here by the pods' own."""


@dataclass(kw_only=True)
class Network:
    """All processes of the drill that somebody calls."""

    cluster: kube.Client
    listeners: list[Listener] = field(default_factory=list)
    _pods: list[kube.Object] = field(default_factory=list)
    _known_until: float = 0.0

    def of_service(self, name: str, namespace: str, port: str | int) -> list[str]:
        """`host:port` here of everybody behind a port of a Service, by its number or its name.

        Raises:
            DrillError: there is no such Service or port, or nobody listens.
        """
        service = self.cluster.get("v1", "Service", name, namespace)
        ports = (service or {}).get("spec", {}).get("ports", [])
        found = next((each for each in ports if port in (each["port"], each.get("name"))), None)
        if service is None or found is None:
            message = f"Service {namespace}/{name}: has no port {port}"
            raise DrillError(message)
        selector = service["spec"].get("selector") or {}
        target = self._number(found.get("targetPort", found["port"]), namespace, selector)
        here = [
            f"{LOOPBACK}:{listener.ports[target]}"
            for listener in self.listeners
            if listener.namespace == namespace and selector.items() <= listener.labels.items()
            if target is not None and target in listener.ports
        ]
        if not here:
            message = f"Service {namespace}/{name}: nobody listens at its port {port}"
            raise DrillError(message)
        return here

    def of_pod(self, address: str, port: int) -> str | None:
        """`host:port` here of a port of a live pod, by the pod's address; None if no process is in its place."""
        for pod in self._live():
            if (pod.get("status") or {}).get("podIP") == address:
                labels = pod["metadata"].get("labels") or {}
                for listener in self.listeners:
                    same = listener.namespace == pod["metadata"]["namespace"]
                    if same and listener.labels.items() <= labels.items() and port in listener.ports:
                        return f"{LOOPBACK}:{listener.ports[port]}"
        return None

    def _live(self) -> list[kube.Object]:
        if time.monotonic() > self._known_until:
            self._pods = list(self.cluster.list("v1", "Pod"))
            self._known_until = time.monotonic() + KNOWN_SECONDS
        return self._pods

    def here(self, text: str) -> str:
        """A text with addresses of this machine in the place of the Services' own.

        Raises:
            DrillError: nobody listens at one of them.
        """
        return SERVICE.sub(lambda found: self.of_service(found[1], found[2], int(found[3]))[0], text)

    def discovered(self, word: str) -> list[str]:
        """A word that has all addresses of a Service looked up: one for each of them. Any other as it is.

        Raises:
            DrillError: nobody listens there.
        """
        found = DISCOVERED.search(word)
        if found is None:
            return [word]
        here = self.of_service(found[2], found[3], found[1])
        return [f"{word[: found.start()]}{address}{word[found.end() :]}" for address in here]

    def _number(self, port: str | int, namespace: str, selector: Mapping[str, str]) -> int | None:
        """The number of a port of pods that may be given by name."""
        if isinstance(port, int):
            return port
        for pod in self.cluster.list("v1", "Pod", namespace):
            if selector.items() <= (pod["metadata"].get("labels") or {}).items():
                return number_of(pod["spec"], port)
        return None


def number_of(pod: Mapping[str, Any], name: str) -> int | None:
    """The number of the port of that name in the spec of a pod."""
    ports = (port for container in pod["containers"] for port in container.get("ports") or [])
    return next((int(port["containerPort"]) for port in ports if port.get("name") == name), None)
