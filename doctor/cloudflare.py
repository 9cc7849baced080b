"""Checks of what the accounts refer to: records, tunnels, Access."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from doctor.check import Context, Reference, check, unless
from doctor.routes import TUNNEL_CLASS, routed_hosts
from doctor.snapshot import Resource, Snapshot
from policy.objects import hosts_of, label

TUNNEL_DOMAIN: Final = ".cfargotunnel.com"
REFRESH: Final = "`pulumi up --refresh` makes what has gone anew, and gives its new id to whatever refers to it"


def tunnel_hosts(snapshot: Snapshot) -> dict[str, Resource]:
    """Hosts of the tunnels that this program writes rules for."""
    return {
        rule["hostname"]: resource
        for resource in snapshot.of_type("ZeroTrustTunnelCloudflaredConfig")
        for rule in (resource.properties.get("config") or {}).get("ingresses") or []
        if rule.get("hostname")
    }


@check("DNS record -> route")
def answered(context: Context) -> Iterator[Reference]:
    """Something answers for the host of every record."""
    hosts = {*routed_hosts(context.snapshot), *tunnel_hosts(context.snapshot)}
    for record in context.snapshot.of_type("DnsRecord"):
        host = record.properties["name"]
        problem = unless(host in hosts, "nothing routes this host", "remove the record")
        yield Reference(f"DnsRecord {host}", "a route", *problem)


@check("DNS record -> tunnel")
def tunnels(context: Context) -> Iterator[Reference]:
    """A record that leads into a tunnel names one of the stack's, and the one that has a rule for the host."""
    snapshot = context.snapshot
    known = _tunnels(snapshot)
    ruled = tunnel_hosts(snapshot)
    for record in snapshot.of_type("DnsRecord"):
        host, content = record.properties["name"], record.properties.get("content", "")
        if not content.endswith(TUNNEL_DOMAIN):
            continue
        tunnel = content.removesuffix(TUNNEL_DOMAIN)
        problem = unless(tunnel in known, "the stack has no such tunnel", "correct or remove the record")
        right = ruled[host].properties.get("tunnelId") if host in ruled else tunnel
        if tunnel in known and right != tunnel:
            problem = f"the rule for {host} is in another tunnel", f"point the record at {right}{TUNNEL_DOMAIN}"
        yield Reference(f"DnsRecord {host}", content, *problem)


def _tunnels(snapshot: Snapshot) -> set[str]:
    """Ids of the stack's tunnels."""
    return {tunnel.id for tunnel in snapshot.of_type("ZeroTrustTunnelCloudflared")}


@check("host -> proxied DNS record")
def recorded(context: Context) -> Iterator[Reference]:
    """Every host can be found, and only by way of Cloudflare."""
    snapshot = context.snapshot
    proxied = {item.properties["name"] for item in snapshot.of_type("DnsRecord") if item.properties.get("proxied")}
    tunnelled = {host for ingress in snapshot.all("Ingress") for host in hosts_of(ingress)}
    # Without a public address the tunnel leads Traefik's hosts to it, and its controller makes their records.
    routed = {host: route for host, route in routed_hosts(snapshot).items() if host not in tunnelled}
    subjects = {host: label(route) for host, route in routed.items()}
    subjects |= {host: f"tunnel rule of {item.name}" for host, item in tunnel_hosts(snapshot).items()}
    for host, subject in subjects.items():
        problem = unless(
            host in proxied,
            "the stack has no proxied record of that name",
            "`pulumi up --refresh` makes the record of each host of the stack anew; remove a route that is not its own",
        )
        yield Reference(subject, f"DnsRecord {host}", *problem)


@check("tunnel Ingress -> record of its controller")
def published(context: Context) -> Iterator[Reference]:
    """The controller has taken the Ingress on, by a tunnel of the stack's, and nobody else writes the host's record."""
    snapshot = context.snapshot
    known = {f"{tunnel}{TUNNEL_DOMAIN}" for tunnel in _tunnels(snapshot)}
    own = {record.properties["name"] for record in snapshot.of_type("DnsRecord")}
    for ingress in snapshot.all("Ingress"):
        if ingress["spec"].get("ingressClassName") != TUNNEL_CLASS:
            continue
        addresses = ((ingress.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
        through = {name for item in addresses if (name := item.get("hostname", "")).endswith(TUNNEL_DOMAIN)}
        for rule in ingress["spec"].get("rules") or []:
            host = rule.get("host", "")
            problem = unless(through, "the tunnel's controller has not published it", "look at its log")
            if through and not through & known:  # it leaves the address of a former tunnel beside the new one
                fault = "the tunnel that its controller goes by is none of the stack's"
                problem = fault, "delete its pod: it looks the tunnel up when it starts"
            if host in own:
                fault = "the stack has a record of this host too, which the controller overwrites"
                problem = fault, "remove the record from the program, or the Ingress"
            yield Reference(label(ingress), f"record of {host}", *problem)


@check("Access application -> policy, identity provider")
def access(context: Context) -> Iterator[Reference]:
    """Cloudflare Access asks somebody who exists, by policies that exist."""
    snapshot = context.snapshot
    policies = {item.id for item in snapshot.of_type("ZeroTrustAccessPolicy")}
    providers = {item.id for item in snapshot.of_type("ZeroTrustAccessIdentityProvider")}
    for application in snapshot.of_type("ZeroTrustAccessApplication"):
        subject = f"Access application {application.name}"
        for policy in application.properties.get("policies") or []:
            problem = unless(policy.get("id") in policies, "the stack has no such policy", REFRESH)
            yield Reference(subject, f"policy {policy.get('id')}", *problem)
        for provider in application.properties.get("allowedIdps") or []:
            problem = unless(provider in providers, "the stack has no such identity provider", REFRESH)
            yield Reference(subject, f"identity provider {provider}", *problem)


@check("Access policy -> group")
def admitted(context: Context) -> Iterator[Reference]:
    """A policy asks an identity provider that exists for a group that exists."""
    snapshot = context.snapshot
    providers = {item.id for item in snapshot.of_type("ZeroTrustAccessIdentityProvider")}
    groups = {item.properties["name"] for item in snapshot.of_type("Group")}
    for policy in snapshot.of_type("ZeroTrustAccessPolicy"):
        for rule in policy.properties.get("includes") or []:
            oidc = rule.get("oidc")
            if not oidc:
                continue
            problem = unless(
                oidc.get("claimValue") in groups,
                "the stack has no such group in Authentik, so nobody is let in",
                "name one of its groups in `access`, or add the group to the program",
            )
            if oidc.get("identityProviderId") not in providers:
                problem = "the stack has no such identity provider", REFRESH
            yield Reference(f"Access policy {policy.name}", f"group {oidc.get('claimValue')}", *problem)


@check("Access identity provider -> OAuth2 client")
def endpoints(context: Context) -> Iterator[Reference]:
    """Cloudflare asks Authentik at a host that is routed, as a client that an application has."""
    snapshot = context.snapshot
    hosts = routed_hosts(snapshot)
    slugs = {item.properties["slug"] for item in snapshot.of_type("Application")}
    for provider in snapshot.of_type("ZeroTrustAccessIdentityProvider"):
        if provider.properties.get("type") != "oidc":
            continue  # a pin by mail needs nobody to ask
        config = provider.properties.get("config") or {}
        for key in ("authUrl", "tokenUrl", "certsUrl"):
            url = urlsplit(config.get(key, ""))
            slug = re.search(r"/application/o/([^/]+)/jwks/", url.path)
            if url.hostname not in hosts:
                fault = "no route has this host, so Cloudflare cannot ask"
                problem = fault, "set hosts.authentik to the host that Authentik's route has, and run `pulumi up`"
            else:
                problem = unless(
                    slug is None or slug[1] in slugs,
                    f"no application {slug[1] if slug else ''} of the stack signs what Cloudflare reads",
                    REFRESH,
                )
            yield Reference(f"Access identity provider {provider.name}", config.get(key, key), *problem)
