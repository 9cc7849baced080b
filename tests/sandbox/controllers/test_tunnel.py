"""The controller of the tunnel's Ingresses: what it holds on to while its pod runs, and what it follows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.controllers import edge_account
from sandbox.controllers.controller import Environment
from sandbox.controllers.edge_account import Credentials
from sandbox.controllers.log import Log
from sandbox.controllers.tunnel import (
    CONNECT,
    CONNECTOR,
    FINALIZER,
    LOOK_AGAIN_SECONDS,
    NAME,
    STARTING,
    TUNNEL,
    TunnelIngress,
)
from sandbox.paths import Sandbox
from sandbox.plugins.accounts.account import Account
from sandbox.plugins.accounts.cloudflare.tunnels import Tunnel
from tests.sandbox.controllers.world import READY, SPACE, World, thing

CREDENTIALS = Credentials(token="good", account="acc", tunnel="home")
VARIABLES = {
    "CLOUDFLARE_API_TOKEN": CREDENTIALS.token,
    "CLOUDFLARE_ACCOUNT_ID": CREDENTIALS.account,
    "CLOUDFLARE_TUNNEL_NAME": CREDENTIALS.tunnel,
}
OWN = {"labels": {"app.kubernetes.io/name": NAME}}
HOST = "echo.example.net"


class Home:
    """A cluster in memory, a simulated account, and the controller between them."""

    def __init__(self, world: World, root: Path) -> None:
        self.world = world
        sandbox = Sandbox(root=root)
        self.account = Account(sandbox.account("cloudflare"))
        self.account.create(
            {
                "tokens": [CREDENTIALS.token],
                "accounts": {CREDENTIALS.account: {"name": "me"}},
                "zones": {"z1": {"name": "example.net", "account": CREDENTIALS.account}},
                "objects": {},
            }
        )
        self.environment = Environment(client=self.world, hub=self.world.hub, log=Log())
        self.controller = TunnelIngress(self.environment, sandbox)
        self.controller.setup()

    def starts(self, name: str, *, replicas: int = 1, image: str = "cloudflare/cloudflared:1") -> None:
        """A pod of the controller's takes over from the one before."""
        for old in self.world.named("Pod"):
            self.world.delete("v1", "Pod", old, SPACE)
        variables = {**VARIABLES, "CLOUDFLARED_IMAGE": image, "CLOUDFLARED_REPLICA_COUNT": str(replicas)}
        env = [{"name": key, "value": value} for key, value in variables.items()]
        command = ["--ingress-class=tunnel", "--controller-class=tunnel"]
        pod = thing("Pod", name, spec={"containers": [{"name": NAME, "command": command, "env": env}]}, status=READY)
        self.world.have({**pod, "metadata": {**pod["metadata"], **OWN, "creationTimestamp": name}})
        self.settle()

    def exposes(self, host: str) -> None:
        """An Ingress of the controller's class."""
        backend = {"service": {"name": "echo", "port": {"number": 8080}}}
        paths = [{"path": "/", "pathType": "Prefix", "backend": backend}]
        spec = {"ingressClassName": "tunnel", "rules": [{"host": host, "http": {"paths": paths}}]}
        networking = "networking.k8s.io/v1"
        self.world.have(thing("IngressClass", "tunnel", "", networking, spec={"controller": "tunnel"}))
        ports = [{"name": "http", "port": 8080}]
        self.world.have(thing("Service", "echo", spec={"clusterIP": "10.0.0.1", "ports": ports}))
        self.world.have(thing("Ingress", "echo", version=networking, spec=spec))
        self.settle()

    def settle(self) -> None:
        """Do what is to be done, until nothing is."""
        while key := self.controller.queue.take(0):
            self.controller.reconcile(key)

    @property
    def health(self) -> str:
        """What is wrong with the controller, as its Deployment shows it."""
        (probe,) = self.environment.probes
        return probe(thing("Deployment", NAME, version="apps/v1") | {"metadata": OWN})

    def tunnels(self) -> list[str]:
        objects = self.account.read()["objects"]["ZeroTrustTunnelCloudflared"]
        return [own for own, live in objects.items() if not live.get("deletedAt")]

    def delete_the_tunnel(self) -> None:
        with self.account.edit() as data:
            (own,) = self.tunnels()
            Tunnel().delete(data, own, data["objects"]["ZeroTrustTunnelCloudflared"][own])

    def points_to(self) -> str:
        (record,) = self.account.read()["objects"]["DnsRecord"].values()
        return str(record["content"])

    def connector(self) -> dict[str, Any]:
        spec: dict[str, Any] = self.world.the("Deployment", CONNECTOR)["spec"]
        return spec

    def image(self) -> str:
        return str(self.connector()["template"]["spec"]["containers"][0]["image"])

    def runs_with(self) -> str:
        return str(self.connector()["template"]["spec"]["containers"][0]["command"][-1])

    def token(self) -> str:
        (own,) = self.tunnels()
        return edge_account.token_of(self.account.read(), CREDENTIALS, own)


@pytest.fixture
def home(world: World, tmp_path: Path) -> Home:
    return Home(world, tmp_path)


def test_it_adopts_the_tunnel_of_its_name_and_is_well_from_then_on(home: Home) -> None:
    with home.account.edit() as data:
        made = edge_account.adopt_tunnel(data, CREDENTIALS)
    assert home.health == STARTING
    home.exposes(HOST)
    home.starts("1")
    assert (home.tunnels(), home.health) == ([made], "")
    assert home.points_to() == edge_account.domain_of(made)
    assert home.runs_with() == home.token()


def test_it_is_not_well_while_cloudflare_refuses_its_token(home: Home) -> None:
    with home.account.edit() as data:
        data["tokens"] = []
    home.starts("1")
    assert "Authentication error" in home.health
    assert not home.world.named("Deployment")


def test_it_holds_on_to_a_tunnel_that_is_gone_until_another_pod_starts(home: Home) -> None:
    home.exposes(HOST)
    home.starts("1")
    (old,) = home.tunnels()
    home.delete_the_tunnel()
    with home.account.edit() as data:
        new = edge_account.adopt_tunnel(data, CREDENTIALS)
    home.exposes(f"other.{HOST}")
    assert home.points_to() == edge_account.domain_of(old)
    assert home.runs_with() != home.token()
    home.starts("2")
    assert home.points_to() == edge_account.domain_of(new)
    assert home.runs_with() == home.token()


def test_a_token_that_is_rotated_reaches_the_connector_of_a_pod_that_runs(home: Home) -> None:
    home.starts("1")
    with home.account.edit() as data:
        (own,) = home.tunnels()
        data["objects"]["ZeroTrustTunnelCloudflared"][own]["secret"] = "rotated"
    assert home.runs_with() != home.token()
    assert home.controller.reconcile(CONNECT) == LOOK_AGAIN_SECONDS
    assert home.runs_with() == home.token()


def test_the_pod_that_started_last_works_while_the_one_before_is_there(home: Home) -> None:
    home.starts("1")
    old = home.world.the("Pod", "1")
    home.delete_the_tunnel()
    home.starts("2")
    home.world.have(old)
    home.exposes(HOST)
    assert home.points_to() == edge_account.domain_of(home.world.the("Pod", "2")["metadata"]["annotations"][TUNNEL])


def test_replicas_and_image_are_those_of_the_pod_and_a_foreign_change_is_undone(home: Home) -> None:
    home.starts("1")
    assert (home.connector()["replicas"], home.image()) == (1, "cloudflare/cloudflared:1")
    home.starts("2", replicas=2, image="mirror.lan/cloudflare/cloudflared:1")
    assert (home.connector()["replicas"], home.image()) == (2, "mirror.lan/cloudflare/cloudflared:1")
    version = home.world.the("Deployment", CONNECTOR)["metadata"]["resourceVersion"]
    home.starts("3", replicas=2, image="mirror.lan/cloudflare/cloudflared:1")
    assert home.world.the("Deployment", CONNECTOR)["metadata"]["resourceVersion"] == version
    live = home.world.the("Deployment", CONNECTOR)
    home.world.have({**live, "spec": {**live["spec"], "replicas": 7}})
    home.settle()
    assert home.connector()["replicas"] == 2


def test_an_ingress_that_goes_is_let_go(home: Home) -> None:
    home.exposes(HOST)
    home.starts("1")
    ingress = home.world.the("Ingress", "echo")
    assert ingress["metadata"]["finalizers"] == [FINALIZER]
    home.world.have({**ingress, "metadata": {**ingress["metadata"], "deletionTimestamp": "now"}})
    home.settle()
    assert not home.world.the("Ingress", "echo")["metadata"]["finalizers"]
    assert not home.account.read()["objects"]["DnsRecord"]
