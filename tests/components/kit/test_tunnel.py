"""Cloudflare tunnels."""

from __future__ import annotations

from components.kit.tunnel import Tunnel, TunnelArgs, connector_calls
from tests.support.recorder import record


def test_a_tunnel_is_protected_since_its_name_stays_taken_and_keeps_its_rules_at_cloudflare() -> None:
    made = record(lambda: Tunnel("tunnel", TunnelArgs(account_id="account"))).one(
        ":ZeroTrustTunnelCloudflared", "tunnel"
    )
    assert made.protect
    assert made.inputs == {"accountId": "account", "name": "tunnel", "configSrc": "cloudflare"}


def test_a_tunnel_is_held_open_by_calls_to_public_addresses_only() -> None:
    calls = connector_calls()
    assert {(port, call.protocol) for call in calls.values() for port in call.ports} == {(7844, "TCP"), (7844, "UDP")}
    assert all("192.168.0.0/16" in call.excluded for call in calls.values())


def test_a_connector_that_verifies_what_access_signed_fetches_the_teams_keys_too() -> None:
    more = connector_calls(checks_access=True)
    assert {**more, **connector_calls()} == more
    (keys,) = (call for place, call in more.items() if place not in connector_calls())
    assert (keys.ports, keys.protocol) == ((443,), "TCP")
