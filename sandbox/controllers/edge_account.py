"""What the tunnel ingress controller does to the simulated Cloudflare account, within one change of its file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.controllers.exposures import Exposure
from sandbox.plugins.accounts.account import Data, objects
from sandbox.plugins.accounts.cloudflare import tokens
from sandbox.plugins.accounts.cloudflare.dns import DnsRecord
from sandbox.plugins.accounts.cloudflare.places import zone_of
from sandbox.plugins.accounts.cloudflare.tunnels import TUNNEL, TUNNEL_TOKEN, Tunnel, TunnelConfig
from sandbox.plugins.server import ProviderError

CATCH_ALL: Final[Mapping[str, Any]] = {"service": "http_status:404"}


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What the controller is started with."""

    token: str
    account: str
    tunnel: str
    """The tunnel's name."""


def adopt_tunnel(data: Data, credentials: Credentials) -> str:
    """The id of the account's tunnel of that name; it is made if there is none. ProviderError as the API says it."""
    tokens.demand(data, credentials.token, tokens.TUNNEL, tokens.EDIT)
    for own, tunnel in objects(data, TUNNEL).items():
        called = (tunnel["accountId"], tunnel["name"])
        if called == (credentials.account, credentials.tunnel) and not tunnel.get("deletedAt"):
            return str(own)
    wanted = {"accountId": credentials.account, "name": credentials.tunnel, "configSrc": "cloudflare"}
    return Tunnel().create(data, wanted)[0]


def token_of(data: Data, credentials: Credentials, tunnel: str) -> str:
    """The token that the tunnel's connectors run with."""
    answer = TUNNEL_TOKEN.answer(data, {"accountId": credentials.account, "tunnelId": tunnel})
    return str(answer["token"])


def domain_of(tunnel: str) -> str:
    """The host name that stands for a tunnel in DNS."""
    return f"{tunnel}.cfargotunnel.com".lower()


def comment_of(tunnel_name: str) -> str:
    """The comment by which the controller knows its own records."""
    return f"managed by strrl.dev/cloudflare-tunnel-ingress-controller, tunnel [{tunnel_name}]"


def configure(data: Data, credentials: Credentials, tunnel: str, exposures: Iterable[Exposure]) -> None:
    """Replace the whole configuration of the tunnel, whoever wrote it, by the rules of the Ingresses."""
    kind = TunnelConfig()
    config = {"ingresses": [*(exposure.rule() for exposure in exposures), dict(CATCH_ALL)]}
    wanted = {"accountId": credentials.account, "tunnelId": tunnel, "source": "cloudflare", "config": config}
    live = kind.find(data, tunnel)
    if live is None:
        kind.create(data, wanted)
    elif (live.get("config") or {}).get("ingresses") != config["ingresses"]:
        kind.update(data, tunnel, wanted)


def synchronise_dns(data: Data, credentials: Credentials, tunnel: str, hosts: Iterable[str]) -> list[str]:
    """Point every host at the tunnel, over any CNAME that it has, and delete the controller's records of other hosts.

    Says what was done, a line each. ProviderError as the API says it.
    """
    tokens.demand(data, credentials.token, tokens.ZONE, tokens.READ)
    tokens.demand(data, credentials.token, tokens.DNS, tokens.EDIT)
    done = []
    kind = DnsRecord()
    comment = comment_of(credentials.tunnel)
    wanted = sorted(set(hosts))
    for host in wanted:
        zone = zone_of(data, host)
        if zone is None:
            raise ProviderError(f"hostname {host} not belong to any zone")
        zone_id = next(key for key, value in data["zones"].items() if value is zone)
        given = {
            "zoneId": zone_id,
            "name": host,
            "type": "CNAME",
            "content": domain_of(tunnel),
            "proxied": True,
            "ttl": 1,
            "comment": comment,
        }
        own = _cname(data, host)
        if own is None:
            kind.create(data, given)
            done.append(f"created DNS record {host}")
        elif any(objects(data, "DnsRecord")[own].get(key) != value for key, value in given.items() if key != "name"):
            foreign = objects(data, "DnsRecord")[own].get("comment") != comment
            kind.update(data, own, {**given, "name": objects(data, "DnsRecord")[own]["name"]})
            done.append(f"{'took over' if foreign else 'updated'} DNS record {host}")
    for own, record in list(objects(data, "DnsRecord").items()):
        if record["type"] == "CNAME" and record.get("comment") == comment and record["fqdn"] not in wanted:
            kind.delete(data, own, record)
            done.append(f"deleted DNS record {record['fqdn']}")
    return done


def _cname(data: Data, host: str) -> str | None:
    for own, record in objects(data, "DnsRecord").items():
        if record["type"] == "CNAME" and record["fqdn"] == host:
            return str(own)
    return None
