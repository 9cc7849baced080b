"""The second home's whole life, beside a first one that shares its accounts: each test goes on from the one before."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from policy import verdict
from policy.stack import declared
from sandbox.plugins.accounts.account import Data, objects
from sandbox.plugins.accounts.cloudflare.tunnels import TUNNEL, Tunnel
from sandbox.plugins.accounts.onepassword.items import Item
from tests.support.world import World

NEIGHBOURS = ("argocd-admin", "authentik", "tunnel-ingress-cloudflare")
"""Items of the first home's; the second one has some for the same things."""


def first_homes(world: World) -> dict[str, Data]:
    """What the first home has in the shared accounts."""
    tunnels = objects(world.account("cloudflare").read(), TUNNEL)
    items = objects(world.account("onepassword").read(), "Item")
    return {
        **{key: tunnel for key, tunnel in tunnels.items() if tunnel["name"] == "tunnel-ingress"},
        **{key: item for key, item in items.items() if item["title"] in NEIGHBOURS},
    }


@pytest.fixture(scope="module")
def neighbour(world: World) -> dict[str, Data]:
    """A tunnel and items that the first home has made in the account and the vault that both share."""
    settings: dict[str, Any] = world.engine.values()
    with world.account("cloudflare").edit() as data:
        account = settings["cloudflare"]["accountId"]
        Tunnel().create(data, {"accountId": account, "name": "tunnel-ingress", "configSrc": "cloudflare"})
    with world.account("onepassword").edit() as data:
        for title in NEIGHBOURS:
            given = {"vault": settings["onepassword"]["vault"], "title": title, "category": "secure_note"}
            Item(lambda: False).create(data, given)
    found = first_homes(world)
    assert len(found) == 1 + len(NEIGHBOURS)
    return copy.deepcopy(found)


def test_it_comes_up_from_nothing_on_its_one_node(world: World, neighbour: dict[str, Data]) -> None:
    assert neighbour
    assert set(world.preview().values()) == {"create"}
    world.up()
    (node,) = world.cluster.list("v1", "Node")
    addresses = {item["address"] for item in node["status"]["addresses"]}
    assert addresses >= set(world.engine.values()["cluster"]["nodeAddresses"])
    pods = world.cluster.list("v1", "Pod")
    assert pods
    assert {pod["spec"].get("nodeName") for pod in pods} == {node["metadata"]["name"]}


def test_every_reference_resolves_and_every_rule_is_kept(world: World) -> None:
    assert world.broken() == []
    assert verdict.judge(declared(world.engine.state())).good


def test_a_second_update_and_a_refresh_change_nothing(world: World) -> None:
    world.up("--expect-no-changes")
    assert world.preview("--refresh") == {}


def test_its_hosts_come_by_its_own_tunnel(world: World, neighbour: dict[str, Data]) -> None:
    account = world.account("cloudflare").read()
    (own,) = [key for key, tunnel in objects(account, TUNNEL).items() if key not in neighbour]
    assert objects(account, TUNNEL)[own]["name"] == "cottage-tunnel-ingress"
    records = {record["name"]: record["content"] for record in objects(account, "DnsRecord").values()}
    hosts = set(world.engine.values()["hosts"].values())
    assert records == dict.fromkeys(hosts, f"{own}.cfargotunnel.com")


def test_it_goes_and_the_first_homes_things_stay(world: World, neighbour: dict[str, Data]) -> None:
    world.engine.read("destroy", "--yes", "--skip-preview", "--exclude-protected", "--suppress-outputs")
    left = {item["metadata"]["name"] for item in world.cluster.list("v1", "Namespace")}
    assert left.isdisjoint({"traefik", "tunnel-ingress", "volsync"})
    assert first_homes(world) == neighbour
