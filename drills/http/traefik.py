"""The real Traefik, with the arguments of its live Deployment and the rights of its own account."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import urllib3

from drills.errors import DrillError
from drills.identity import account_of
from drills.pods import containers
from sandbox import kube
from sandbox.paths import Sandbox
from sandbox.processes import Process

ROUTES: Final = ("traefik.io/v1alpha1", "IngressRoute")
PROVIDER: Final = "@kubernetescrd"
API: Final = ("--api.insecure=true",)
"""So that it can be asked what it has made of the objects: in a home, its API is behind a route of its own."""
LISTENS: Final = re.compile(r"^(--entryPoints\.[^.=]+\.address=)(:\d+)", re.IGNORECASE)
"""An argument that says where it listens, without an address."""
ENABLED: Final = "enabled"
PAGE: Final = 1000
SECONDS: Final = 5.0


@dataclass(frozen=True, kw_only=True)
class Traefik:
    """One pod of Traefik's as a process."""

    sandbox: Sandbox
    cluster: kube.Client
    program: Path
    folder: Path
    deployment: kube.Object
    pod: kube.Object
    """The one whose place it takes."""

    @property
    def process(self) -> Process:
        """Its process."""
        return Process(sandbox=self.sandbox, name="traefik")

    @property
    def address(self) -> str:
        """That of its pod."""
        return str(self.pod["status"]["podIP"])

    @property
    def namespace(self) -> str:
        """Where it is."""
        return str(self.pod["metadata"]["namespace"])

    def port(self, name: str) -> int:
        """The number of a port of its pod.

        Raises:
            DrillError: the pod has none of that name.
        """
        for port in self.pod["spec"]["containers"][0].get("ports") or []:
            if port.get("name") == name:
                return int(port["containerPort"])
        message = f"{kube.name_of(self.pod)}: has no port {name}"
        raise DrillError(message)

    def words(self) -> list[str]:
        """Its arguments: those of the Deployment, at its pod's address alone, and that its API may be asked."""
        (container,) = containers(self.cluster, self.deployment, "containers", self.folder)
        # In a pod all addresses are its own; here there are others, whose ports are others' too.
        return [*(LISTENS.sub(rf"\g<1>{self.address}\g<2>", word) for word in container.words), *API]

    def start(self) -> None:
        """Start it, and wait until it says that it is well.

        Raises:
            SandboxError: it ends, or is not well within two minutes.
        """
        account = account_of(self.deployment, self.folder / "account")
        account.write(self.sandbox, self.cluster)
        self.process.start([self.program, *self.words()], {"KUBECONFIG": str(account.kubeconfig)})
        self.process.wait_for(self._is_well)

    def _is_well(self) -> bool:
        try:
            return urllib3.request("GET", self._url("/ping"), timeout=SECONDS, retries=False).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def _url(self, path: str) -> str:
        return f"http://{self.address}:{self.port('traefik')}{path}"

    def told(self, what: str) -> list[dict[str, Any]]:
        """All `routers`, `services` or `middlewares` that it has made of the cluster's objects."""
        url = self._url(f"/api/http/{what}?per_page={PAGE}")
        answer = urllib3.request("GET", url, timeout=SECONDS, retries=False)
        if answer.status != 200:
            message = f"{url}: {answer.status}"
            raise DrillError(message)
        found: list[dict[str, Any]] = json.loads(answer.data)
        return [each for each in found if each["name"].endswith(PROVIDER)]

    def faults(self) -> list[str]:
        """Rules that it has made no router of, and whatever is in error, each in a line."""
        routers = self.told("routers")
        missing = [
            f"{owner}: no router for {rule['match']}"
            for owner, rule in rules(self.cluster)
            if not any(_is_of(each, owner, rule) for each in routers)
        ]
        return [*missing, *self.errors()]

    def errors(self) -> list[str]:
        """What is in error, as it says itself, each in a line."""
        found = []
        for what in ("routers", "services", "middlewares"):
            for each in self.told(what):
                if each.get("status") != ENABLED:
                    why = each.get("error") or each.get("errors") or each.get("status")
                    found.append(f"{each['name']}: {'; '.join(why) if isinstance(why, list) else why}")
        return found


def rules(cluster: kube.Client) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every rule of every live IngressRoute, with the route's `namespace/name`."""
    for route in cluster.list(*ROUTES):
        for rule in route["spec"].get("routes") or []:
            yield kube.name_of(route), rule


def _is_of(router: Mapping[str, Any], owner: str, rule: Mapping[str, Any]) -> bool:
    return bool(router["rule"] == rule["match"]) and str(router["name"]).startswith(f"{owner.replace('/', '-')}-")


def argument(words: list[str], name: str) -> str:
    """The value of an argument, whatever case its name is written in; empty if there is none."""
    for word in words:
        key, _, value = word.partition("=")
        if key.lower() == f"--{name}".lower():
            return value
    return ""
