"""A tunnel is connected while a connector with its own token runs, and cannot be deleted as long."""

from __future__ import annotations

import base64
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import urllib3

from sandbox import kube
from sandbox.controllers import connectors, tunnel
from sandbox.controllers.connectors import DEPLOYMENT, TUNNELS, Connectors, proof_of
from sandbox.controllers.controller import Environment
from sandbox.controllers.hub import Hub
from sandbox.controllers.log import Log
from sandbox.paths import Sandbox
from sandbox.plugins.interface import ProviderError
from tests.support.accounts import ACCOUNT, Driver, cloudflare

KIND = "ZeroTrustTunnelCloudflared"
LOOKUP = "getZeroTrustTunnelCloudflaredToken"


@dataclass
class Running:
    """A tunnel of an account, and the controller that looks at who holds it open."""

    account: Driver
    own: str
    hub: Hub
    controller: Connectors
    version: int = 0

    @property
    def token(self) -> str:
        return str(self.account.look(LOOKUP, accountId=ACCOUNT, tunnelId=self.own)["token"])

    def after(self, event: str, kind: tuple[str, str], obj: dict[str, Any]) -> tuple[str, int]:
        """Status and number of connections of the tunnel after an event."""
        self.version += 1
        meta = {**obj["metadata"], "resourceVersion": str(self.version)}
        self.hub._event(kind, event, {**obj, "metadata": meta})
        self.controller.reconcile(TUNNELS)
        with self.account.provider.account.edit() as data:
            live = data["objects"][KIND][self.own]
        return live["status"], len(live.get("connections") or [])


@pytest.fixture
def running(tmp_path: Path) -> Running:
    account = cloudflare(tmp_path)
    own, _ = account.make(KIND, accountId=ACCOUNT, name="homelab", configSrc="cloudflare")
    client = kube.Client(server="https://127.0.0.1:1", headers={}, pool=urllib3.PoolManager())
    hub = Hub(client=client, log=Log(), stopping=threading.Event())
    controller = Connectors(Environment(client=client, hub=hub, log=Log()), Sandbox(root=tmp_path))
    controller.setup()
    return Running(account=account, own=own, hub=hub, controller=controller)


def by_flag(token: str, *, ready: int = 1) -> dict[str, Any]:
    """As the tunnel ingress controller starts it."""
    command = ["cloudflared", "tunnel", "run", "--token", token]
    made = tunnel.connector(namespace="edge", image="mirror.lan/cloudflare/cloudflared:1", replicas=1, command=command)
    meta = {**made["metadata"], "uid": "1"}
    return {**made, "metadata": meta, "status": {"readyReplicas": ready}}


def by_secret(*, ready: int = 1) -> dict[str, Any]:
    """As the tunnel of Access is started."""
    source = {"secretKeyRef": {"name": "access-tunnel", "key": "tunnel-token"}}
    container = {
        "name": "cloudflared",
        "image": "cloudflare/cloudflared:1",
        "args": ["tunnel", "run"],
        "env": [{"name": "TUNNEL_TOKEN", "valueFrom": source}],
    }
    return {
        "metadata": {"name": "access-tunnel", "namespace": "access-tunnel", "uid": "2"},
        "spec": {"template": {"spec": {"containers": [container]}}},
        "status": {"readyReplicas": ready},
    }


def test_a_tunnel_is_healthy_while_a_connector_is_ready(running: Running) -> None:
    token = running.token
    assert running.after("ADDED", DEPLOYMENT, by_flag(token, ready=0)) == ("inactive", 0)
    assert running.after("MODIFIED", DEPLOYMENT, by_flag(token)) == ("healthy", connectors.EDGE_CONNECTIONS)
    assert running.after("MODIFIED", DEPLOYMENT, by_flag(token, ready=2)) == (
        "healthy",
        2 * connectors.EDGE_CONNECTIONS,
    )
    assert running.after("DELETED", DEPLOYMENT, by_flag(token)) == ("down", 0)


def test_a_token_may_be_in_a_secret_that_comes_later(running: Running) -> None:
    assert running.after("ADDED", DEPLOYMENT, by_secret()) == ("inactive", 0)
    data = {"tunnel-token": base64.b64encode(running.token.encode()).decode()}
    secret = {"metadata": {"name": "access-tunnel", "namespace": "access-tunnel"}, "data": data}
    assert running.after("ADDED", ("v1", "Secret"), secret) == ("healthy", connectors.EDGE_CONNECTIONS)


@pytest.mark.parametrize("key", ["a", "t", "s"])
def test_a_token_of_anything_else_opens_nothing(running: Running, key: str) -> None:
    other = {**proof_of(running.token), key: "other"}
    token = base64.b64encode(str(other).replace("'", '"').encode()).decode()
    assert proof_of(token) == other
    assert running.after("ADDED", DEPLOYMENT, by_flag(token)) == ("inactive", 0)


@pytest.mark.parametrize("token", ["", "no token", base64.b64encode(b"[]").decode()])
def test_what_is_no_token_opens_nothing(running: Running, token: str) -> None:
    assert running.after("ADDED", DEPLOYMENT, by_flag(token)) == ("inactive", 0)


def test_a_connected_tunnel_is_not_deleted(running: Running) -> None:
    running.after("ADDED", DEPLOYMENT, by_flag(running.token))
    with pytest.raises(ProviderError, match=re.escape("active connections (1022)")):
        running.account.remove(KIND, running.own)
    ending = by_flag(running.token)
    ending["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    running.after("MODIFIED", DEPLOYMENT, ending)
    running.account.remove(KIND, running.own)
