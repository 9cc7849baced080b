"""Connectors of tunnels: a Deployment of cloudflared whose pods run with a tunnel's token holds the tunnel open.

Each ready pod opens four connections, as cloudflared does. A tunnel with connections is `healthy`, one that has lost
all of them `down`, and one that never had any `inactive`. A token that is not the tunnel's own opens nothing.

Not covered: `degraded` tunnels, and what is sent through them.
"""

from __future__ import annotations

import base64
import itertools
import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.controllers import environment
from sandbox.controllers.controller import Controller, Environment
from sandbox.controllers.objects import now
from sandbox.paths import Sandbox
from sandbox.plugins.accounts.account import Account, Data, objects
from sandbox.plugins.accounts.cloudflare.tunnels import TUNNEL

DEPLOYMENT: Final = ("apps/v1", "Deployment")
TUNNELS: Final = "tunnels"
"""Key for all of them."""
TOKEN: Final = "TUNNEL_TOKEN"  # noqa: S105 the name of a variable
FLAG: Final = "--token"
EDGE_CONNECTIONS: Final = 4
"""How many a cloudflared opens to Cloudflare's edge."""
LOOK_AGAIN_SECONDS: Final = 5.0
"""Tunnels are made, and get other secrets, without an event in the cluster."""


class Connectors(Controller):
    """Reconciles the connections of all tunnels of the account at once."""

    name = "connectors"

    def __init__(self, environment_: Environment, sandbox: Sandbox) -> None:
        super().__init__(environment_)
        self.account = Account(sandbox.account("cloudflare"))

    def setup(self) -> None:
        """Look at Deployments, and at the Secrets that their tokens may be in."""
        self.hub.on(*DEPLOYMENT, lambda _event, _deployment: self.queue.add(TUNNELS))
        for kind in ("Secret", "ConfigMap"):
            self.hub.on("v1", kind)

    def reconcile(self, key: str) -> float | None:
        """Bring the account's tunnels in line with what runs."""
        del key
        running = list(self._running())
        if any(_wanted(own, tunnel, running) != _held(tunnel) for own, tunnel in _live(self.account.read())):
            with self.account.edit() as data:
                for own, tunnel in _live(data):
                    self._connect(own, tunnel, _wanted(own, tunnel, running))
        return LOOK_AGAIN_SECONDS

    def _running(self) -> Iterator[tuple[Mapping[str, Any], str]]:
        """What each connection that is tried proves itself with, and its id."""
        for deployment in self.hub.list(*DEPLOYMENT):
            ready = (deployment.get("status") or {}).get("readyReplicas", 0)
            if not ready or "deletionTimestamp" in deployment["metadata"]:
                continue
            for container in deployment["spec"]["template"]["spec"]["containers"]:
                variables = environment.of_container(self.hub, deployment, container)
                if proof := proof_of(_token(container, variables)):
                    for number in range(ready * EDGE_CONNECTIONS):
                        yield proof, str(uuid.uuid5(uuid.NAMESPACE_OID, f"{deployment['metadata']['uid']}/{number}"))

    def _connect(self, own: str, tunnel: Data, wanted: frozenset[str]) -> None:
        if wanted == _held(tunnel):
            return
        before = bool(tunnel.get("connections"))
        tunnel["connections"] = [{"id": each, "coloName": "sim01", "openedAt": now()} for each in sorted(wanted)]
        tunnel["status"] = "healthy" if wanted else "down"
        if before != bool(wanted):
            tunnel["connsActiveAt" if wanted else "connsInactiveAt"] = now()
            self.say(own, f"tunnel {tunnel['name']} is {tunnel['status']}")


def proof_of(token: str) -> Mapping[str, Any]:
    """Account, tunnel and secret in a connector's token; nothing if it is none."""
    try:
        found = json.loads(base64.b64decode(token, validate=True))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _token(container: Mapping[str, Any], variables: Mapping[str, str]) -> str:
    """The token that a container is started with: by flag, or by the variable that stands for it."""
    words = [*(container.get("command") or []), *(container.get("args") or [])]
    if "cloudflared" not in (container.get("image") or ""):
        return ""
    given = [value for word, value in itertools.pairwise(words) if word == FLAG]
    return given[0] if given else variables.get(TOKEN, "")


def _live(data: Data) -> list[tuple[str, Data]]:
    return [(own, tunnel) for own, tunnel in objects(data, TUNNEL).items() if not tunnel.get("deletedAt")]


def _wanted(own: str, tunnel: Mapping[str, Any], running: list[tuple[Mapping[str, Any], str]]) -> frozenset[str]:
    """Ids of the connections that a tunnel takes."""
    needed = {"a": tunnel["accountId"], "t": own, "s": tunnel["secret"]}
    return frozenset(each for proof, each in running if proof == needed)


def _held(tunnel: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(connection["id"] for connection in tunnel.get("connections") or [])
