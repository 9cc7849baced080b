"""The tunnels of a running sandbox's Cloudflare account."""

from __future__ import annotations

import time
from typing import Any, Final

from sandbox.plugins.accounts.account import objects
from sandbox.plugins.accounts.cloudflare.tunnels import TUNNEL, Tunnel
from tests.support.world import World

CONNECTED_SECONDS: Final = 20


def live(world: World) -> dict[str, dict[str, Any]]:
    """The tunnels that are there, by their ids; Cloudflare keeps those that were deleted."""
    found = objects(world.account("cloudflare").read(), TUNNEL)
    return {own: tunnel for own, tunnel in found.items() if not tunnel.get("deletedAt")}


def names(world: World) -> set[str]:
    """Their names."""
    return {tunnel["name"] for tunnel in live(world).values()}


def statuses(world: World) -> set[str]:
    """What Cloudflare shows of them, once their connectors have had a moment to connect."""
    end = time.monotonic() + CONNECTED_SECONDS
    while any(tunnel["status"] != "healthy" for tunnel in live(world).values()) and time.monotonic() < end:
        time.sleep(0.5)
    return {tunnel["status"] for tunnel in live(world).values()}


def delete_all(world: World) -> None:
    """Delete them as a person does at Cloudflare, who ends their connections first."""
    with world.account("cloudflare").edit() as data:
        for own in live(world):
            tunnel = objects(data, TUNNEL)[own]
            tunnel["connections"] = []
            Tunnel().delete(data, own, tunnel)
