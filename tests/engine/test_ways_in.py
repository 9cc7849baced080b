"""Hosts that change between Traefik and the tunnel, each in one update, and nobody else's with them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.errors import SandboxError
from sandbox.paths import REPOSITORY
from tests.support.world import World

ECHO, MUSIC = "echoserver.harvestasya.org", "navidrome.harvestasya.org"
ADDRESS = "homelab:cluster.publicAddress"
BY_TRAEFIK = Path(__file__).parent / "programs" / "by_traefik"
STASH = "pulumi:index:Stash"
NO_INGRESS = {"spec": {"hard": {"count/ingresses.networking.k8s.io": "0"}}}


@dataclass(frozen=True, kw_only=True)
class Record:
    """A host's DNS record in the account."""

    id: str
    type: str
    content: str
    by_controller: bool


def records(world: World) -> dict[str, Record]:
    """Of every host; more than one is a failure."""
    found: dict[str, Record] = {}
    for own, record in world.account("cloudflare").read()["objects"]["DnsRecord"].items():
        assert record["fqdn"] not in found
        controller = "tunnel-ingress-controller" in record["comment"]
        found[record["fqdn"]] = Record(id=own, type=record["type"], content=record["content"], by_controller=controller)
    return found


def routes(world: World) -> dict[str, str]:
    """Identity of everything that leads a host somewhere, by `kind name`."""
    kinds = (("traefik.io/v1alpha1", "IngressRoute"), ("networking.k8s.io/v1", "Ingress"))
    items = [item for kind in kinds for item in world.cluster.list(*kind)]
    return {f"{item['kind']} {item['metadata']['name']}": item["metadata"]["uid"] for item in items}


def others(found: dict[str, Any], *names: str) -> dict[str, Any]:
    """All but those of these names."""
    return {key: value for key, value in found.items() if not any(name in key for name in names)}


def by_traefik(record: Record, world: World) -> bool:
    address = world.engine.read("config", "get", "--path", ADDRESS).strip()
    return (record.type, record.content, record.by_controller) == ("A", address, False)


def by_tunnel(record: Record) -> bool:
    return record.type == "CNAME" and record.content.endswith(".cfargotunnel.com") and record.by_controller


def settle(world: World) -> None:
    """One update, after which nothing is left to do and every reference holds."""
    world.up()
    world.engine.read("preview", "--expect-no-changes")
    assert world.broken() == []


@pytest.fixture(scope="module")
def changed(world: World) -> Iterator[World]:
    """The same home, when the exposure of the echo server has been changed to Traefik."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(REPOSITORY))
        yield replace(world, engine=replace(world.engine, program=BY_TRAEFIK))


@pytest.fixture(scope="module", autouse=True)
def before(world: World) -> None:
    world.up()
    assert by_tunnel(records(world)[ECHO])
    assert by_traefik(records(world)[MUSIC], world)


def without_stashes(state: dict[str, Any]) -> dict[str, Any]:
    """The state of a home that was built when nothing was put down of its hosts."""
    resources = state["deployment"]["resources"]
    stashes = {item["urn"] for item in resources if item["type"] == STASH}
    assert stashes
    kept = [item for item in resources if item["urn"] not in stashes]
    for item in kept:
        item.pop("replaceWith", None)
        item["dependencies"] = [urn for urn in item.get("dependencies", ()) if urn not in stashes]
    return {**state, "deployment": {**state["deployment"], "resources": kept}}


def test_in_a_home_that_was_built_before_nothing_is_replaced(world: World, tmp_path: Path) -> None:
    known, led = records(world), routes(world)
    file = tmp_path / "state.json"
    file.write_text(json.dumps(without_stashes(world.engine.state())))
    world.engine.read("stack", "import", "--file", str(file))
    planned = world.preview()
    assert planned
    assert {(name.partition("::")[0], operation) for name, operation in planned.items()} == {("Stash", "create")}
    settle(world)
    assert (records(world), routes(world)) == (known, led)


def test_a_preview_says_that_the_ingress_goes_and_the_record_comes(world: World, changed: World) -> None:
    lines = changed.engine.read("preview").splitlines()
    shown = [" ".join(line.split()) for line in lines if re.search(r"DnsRecord|:Ingress ", line)]
    assert shown == [
        "-- kubernetes:networking.k8s.io/v1:Ingress echoserver delete original",
        f"+ cloudflare:index:DnsRecord {ECHO} create",
    ]
    assert by_tunnel(records(world)[ECHO])


def test_from_the_tunnel_to_traefik_also_when_cloudflare_refuses_once(world: World, changed: World) -> None:
    known, led = records(world), routes(world)
    world.account("cloudflare").fail("create", "DnsRecord", "out of order", name=ECHO)
    with pytest.raises(SandboxError, match="out of order"):
        changed.up()
    assert ECHO not in records(world)
    settle(changed)
    assert by_traefik(records(world)[ECHO], world)
    assert others(records(world), ECHO) == others(known, ECHO)
    assert others(routes(world), "echoserver") == others(led, "echoserver")
    assert "Ingress echoserver" not in routes(world)


def test_a_change_that_got_stuck_half_way_can_be_taken_back(world: World, changed: World) -> None:
    known = records(world)
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "none", "namespace": "echoserver"}}
    world.cluster.apply({**quota, **NO_INGRESS}, "test", force=True)
    with pytest.raises(SandboxError, match="exceeded quota"):
        world.up()
    assert ECHO not in records(world)
    settle(changed)
    assert by_traefik(records(world)[ECHO], world)
    assert others(records(world), ECHO) == others(known, ECHO)
    world.cluster.delete("v1", "ResourceQuota", "none", "echoserver")


def test_from_traefik_to_the_tunnel(world: World) -> None:
    known, led = records(world), routes(world)
    settle(world)
    assert by_tunnel(records(world)[ECHO])
    assert others(records(world), ECHO) == others(known, ECHO)
    assert others(routes(world), "echoserver") == others(led, "echoserver")
    assert "IngressRoute echoserver" not in routes(world)


def hosts(world: World, **hosts: str) -> None:
    for app, host in hosts.items():
        world.engine.read("config", "set", "--path", f"homelab:apps.{app}.host", host)


def test_two_applications_swap_their_hosts_and_with_them_their_ways_in(world: World) -> None:
    known, led = records(world), routes(world)
    hosts(world, echoserver=MUSIC, navidrome=ECHO)
    settle(world)
    assert by_tunnel(records(world)[MUSIC])
    assert by_traefik(records(world)[ECHO], world)
    hosts(world, echoserver=ECHO, navidrome=MUSIC)
    settle(world)
    assert by_tunnel(records(world)[ECHO])
    assert by_traefik(records(world)[MUSIC], world)
    assert others(records(world), ECHO, MUSIC) == others(known, ECHO, MUSIC)
    assert others(routes(world), "Ingress echoserver") == others(led, "Ingress echoserver")


def test_a_home_loses_its_public_address_and_gets_it_back(world: World) -> None:
    known, led = records(world), routes(world)
    address = world.engine.read("config", "get", "--path", ADDRESS).strip()
    mine = {host for host, record in known.items() if by_traefik(record, world)}
    world.engine.read("config", "rm", "--path", ADDRESS)
    settle(world)
    without = records(world)
    assert without.keys() == known.keys()
    assert all(by_tunnel(without[host]) for host in mine)
    assert others(without, *mine) == others(known, *mine)
    assert led.items() <= routes(world).items()
    world.engine.read("config", "set", "--path", ADDRESS, address)
    settle(world)
    assert all(by_traefik(records(world)[host], world) for host in mine)
    assert others(records(world), *mine) == others(known, *mine)
    assert routes(world) == led
