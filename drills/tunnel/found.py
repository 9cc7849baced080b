"""Where each host of a tunnel has to lead, as the live objects and the stack file say, and what the account has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from doctor.routes import TUNNEL_CLASS
from sandbox import kube
from sandbox.controllers.exposures import PREFIX
from sandbox.engine import Engine
from sandbox.plugins.accounts.account import Account, objects
from sandbox.plugins.accounts.cloudflare.tunnels import CONFIG, TUNNEL

PROTOCOL: Final = f"{PREFIX}/backend-protocol"


@dataclass(frozen=True, kw_only=True)
class Tunnel:
    """A tunnel of the account, with the rules that Cloudflare hands to its connectors."""

    name: str
    rules: list[Mapping[str, Any]]
    hosts: Mapping[str, str]
    """Which service each host has to lead to."""


def tunnels(engine: Engine) -> list[Tunnel]:
    """Every tunnel of the account that has rules, by name."""
    data = Account(engine.sandbox.account("cloudflare")).read()
    led, guarded = of_ingresses(kube.Client.from_kubeconfig(engine.sandbox.kubeconfig)), of_access(engine)
    found = []
    for own, config in objects(data, CONFIG).items():
        tunnel = objects(data, TUNNEL)[own]
        rules = config["config"]["ingresses"]
        # Which of the two a tunnel is for is not in its name: its own records lead its hosts to it.
        recorded = {
            record["fqdn"] for record in objects(data, "DnsRecord").values() if record["content"].startswith(own)
        }
        hosts = {host: service for host, service in {**led, **guarded}.items() if host in recorded}
        found.append(Tunnel(name=tunnel["name"], rules=rules, hosts=hosts))
    return sorted(found, key=lambda tunnel: tunnel.name)


def of_ingresses(client: kube.Client) -> dict[str, str]:
    """The service behind each host of the tunnel's Ingresses, as the Ingresses and their Services say."""
    found = {}
    for ingress in client.list("networking.k8s.io/v1", "Ingress"):
        if ingress["spec"].get("ingressClassName") != TUNNEL_CLASS:
            continue
        meta = ingress["metadata"]
        scheme = (meta.get("annotations") or {}).get(PROTOCOL, "http")
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                backend = path["backend"]["service"]
                service = client.get("v1", "Service", backend["name"], meta["namespace"])
                if service is not None:
                    address = f"{backend['name']}.{meta['namespace']}.svc.cluster.local:{backend['port']['number']}"
                    found[rule["host"]] = f"{scheme}://{address}"
    return found


def of_access(engine: Engine) -> dict[str, str]:
    """The machine behind each host of Access, as the stack file says."""
    return {host: given["target"] for host, given in (engine.plain("access") or {}).items()}
