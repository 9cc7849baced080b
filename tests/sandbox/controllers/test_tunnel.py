"""The tunnel's connector follows its controller's settings while both run."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
import urllib3

from sandbox import kube
from sandbox.controllers import tunnel
from sandbox.controllers.controller import Environment
from sandbox.controllers.hub import Hub
from sandbox.controllers.log import Log
from sandbox.controllers.tunnel import CONNECTOR, NAME
from sandbox.paths import Sandbox


def controller(version: int, *, replicas: int = 1, image: str = "cloudflare/cloudflared:1", ready: int = 1) -> Any:
    variables = {"CLOUDFLARED_IMAGE": image, "CLOUDFLARED_REPLICA_COUNT": str(replicas)}
    env = [{"name": name, "value": value} for name, value in variables.items()]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": NAME,
            "namespace": "edge",
            "labels": {"app.kubernetes.io/name": NAME},
            "resourceVersion": str(version),
        },
        "spec": {"template": {"spec": {"containers": [{"name": NAME, "command": [], "env": env}]}}},
        "status": {"readyReplicas": ready},
    }


class Client(kube.Client):
    applied: list[kube.Object]

    def apply(self, obj: Any, *_given: Any, **_more: Any) -> kube.Object:
        self.applied.append(obj)
        return dict(obj)


@pytest.fixture
def client() -> Client:
    made = Client(server="https://127.0.0.1:1", headers={}, pool=urllib3.PoolManager())
    made.applied = []
    return made


def test_replicas_and_image_are_followed_while_the_controller_runs_and_a_foreign_change_is_undone(
    client: Client, tmp_path: Path
) -> None:
    hub = Hub(client=client, log=Log(), stopping=threading.Event())
    tunnels = tunnel.TunnelIngress(Environment(client=client, hub=hub, log=Log()), Sandbox(root=tmp_path))
    tunnels.setup()
    tunnels._token = "token"

    def after(obj: Any) -> list[str]:
        """What is to be done after an event, having done what concerns the connector."""
        hub._event(tunnel.DEPLOYMENT, "MODIFIED", obj)
        keys = list(iter(lambda: tunnels.queue.take(0) or "", ""))
        if tunnel.CONNECT in keys:
            tunnels.reconcile(tunnel.CONNECT)
        return keys

    def connector() -> tuple[int, str]:
        made = client.applied[-1]
        return made["spec"]["replicas"], made["spec"]["template"]["spec"]["containers"][0]["image"]

    assert after(controller(1)) == [tunnel.INGRESSES]
    assert after(controller(2, replicas=2)) == [tunnel.CONNECT]
    assert connector() == (2, "cloudflare/cloudflared:1")
    after(controller(3, replicas=2, image="mirror.lan/cloudflare/cloudflared:1"))
    assert connector() == (2, "mirror.lan/cloudflare/cloudflared:1")
    live = {**client.applied[-1], "metadata": {**client.applied[-1]["metadata"], "resourceVersion": "4"}}
    count = len(client.applied)
    after(live)
    assert len(client.applied) == count
    scaled = {**live, "metadata": {**live["metadata"], "resourceVersion": "5"}, "spec": {**live["spec"], "replicas": 7}}
    assert scaled["metadata"]["name"] == CONNECTOR
    after(scaled)
    assert connector()[0] == 2
