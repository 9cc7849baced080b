"""Checks of what the accounts refer to: records, tunnels, sign-ins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from sandbox.doctor.check import Context, Reference, check
from sandbox.doctor.routes import hosts_of, routed_hosts, rules
from sandbox.doctor.world import Resource, World, label, namespace_of, notes

TUNNEL_DOMAIN: Final = ".cfargotunnel.com"
CALLBACK: Final = "/outpost.goauthentik.io/"
ACCESS_DOMAIN: Final = ".cloudflareaccess.com"
SIGN_IN: Final = "homelab/sign-in"
SIGN_INS: Final = ("oidc", "forward-auth", "access", "public")


def tunnel_hosts(world: World) -> dict[str, Resource]:
    """Hosts of the tunnels that this program writes rules for."""
    return {
        rule["hostname"]: resource
        for resource in world.of_type("ZeroTrustTunnelCloudflaredConfig")
        for rule in resource.properties["config"]["ingresses"]
        if rule.get("hostname")
    }


@check("DNS record -> route or tunnel")
def records(context: Context) -> Iterator[Reference]:
    """A record leads to something that answers for its host."""
    world = context.world
    tunnels = {tunnel.id for tunnel in world.of_type("ZeroTrustTunnelCloudflared")}
    for record in world.of_type("DnsRecord"):
        host, content = record.properties["name"], record.properties.get("content", "")
        subject = f"DnsRecord {host}"
        answered = host in routed_hosts(world) or host in tunnel_hosts(world)
        yield Reference(subject, "a route", "" if answered else "nothing routes this host: remove the record")
        if content.endswith(TUNNEL_DOMAIN):
            found = content.removesuffix(TUNNEL_DOMAIN) in tunnels
            yield Reference(subject, content, "" if found else "the stack has no such tunnel")


@check("host -> proxied DNS record")
def recorded(context: Context) -> Iterator[Reference]:
    """Every host can be found, and only by way of Cloudflare."""
    world = context.world
    proxied = {item.properties["name"] for item in world.of_type("DnsRecord") if item.properties.get("proxied")}
    subjects = {host: label(route) for host, route in routed_hosts(world).items()}
    subjects |= {host: f"tunnel rule of {item.name}" for host, item in tunnel_hosts(world).items()}
    for host, subject in subjects.items():
        yield Reference(
            subject, f"DnsRecord {host}", "" if host in proxied else "there is no proxied record of that name"
        )


@check("route -> sign-in")
def sign_ins(context: Context) -> Iterator[Reference]:
    """Nothing is public by accident."""
    for route in (*context.world.all("IngressRoute"), *context.world.all("Ingress")):
        kind = notes(route).get(SIGN_IN, "nothing")
        problem = "" if kind in SIGN_INS else f"it says {kind}: expected one of {', '.join(SIGN_INS)}"
        if kind == "public" and not notes(route).get("homelab/public-reason"):
            problem = "it is public and gives no reason"
        yield Reference(label(route), kind, problem)


@check("forward auth -> chain, callback, outpost")
def forward_auth(context: Context) -> Iterator[Reference]:
    """A guarded route has all that forward auth needs."""
    world = context.world
    served = {number for outpost in world.of_type("Outpost") for number in outpost.properties["protocolProviders"]}
    guarded = {
        urlsplit(item.properties["externalHost"]).hostname
        for item in world.of_type("ProviderProxy")
        if int(item.id) in served
    }
    callbacks = {
        host
        for _, rule in rules(world)
        if CALLBACK in rule["match"] and not rule.get("middlewares") and rule.get("priority", 0) > 0
        for host in hosts_of(rule["match"])
    }
    for route in world.all("IngressRoute"):
        if notes(route).get(SIGN_IN) != "forward-auth":
            continue
        asks = any(_asks(world, route, rule) for rule in route["spec"]["routes"])
        yield Reference(label(route), "forward auth", "" if asks else "no rule of it has a forward-auth middleware")
        for host in {host for rule in route["spec"]["routes"] for host in hosts_of(rule["match"])}:
            problem = "" if host in callbacks else f"no rule leads {CALLBACK} to the outpost: signing in ends in a loop"
            yield Reference(label(route), f"callback of {host}", problem)
            problem = "" if host in guarded else "no proxy provider of an outpost has this external host"
            yield Reference(label(route), f"provider of {host}", problem)


def _asks(world: World, route: Any, rule: Any) -> bool:
    pending = [(item.get("namespace", namespace_of(route)), item["name"]) for item in rule.get("middlewares", [])]
    while pending:
        namespace, name = pending.pop()
        spec = (world.get("Middleware", name, namespace) or {}).get("spec", {})
        if "forwardAuth" in spec:
            return True
        members = spec.get("chain", {}).get("middlewares", [])
        pending += [(item.get("namespace", namespace), item["name"]) for item in members]
    return False


@check("provider -> application -> group")
def applications(context: Context) -> Iterator[Reference]:
    """Every provider belongs to an application that some existing group may use."""
    world = context.world
    groups = {group.id for group in world.of_type("Group")}
    bound = {
        item.properties["target"] for item in world.of_type("PolicyBinding") if item.properties.get("group") in groups
    }
    owners = {
        item.properties.get("protocolProvider"): item
        for item in world.of_type("Application")
        if "slug" in item.properties
    }
    for provider in (*world.of_type("ProviderProxy"), *world.of_type("ProviderOauth2")):
        application = owners.get(int(provider.id))
        subject = f"{provider.type} {provider.name}"
        if application is None:
            yield Reference(subject, "an application", "no application uses it: nobody can sign in")
        else:
            found = application.properties["uuid"] in bound
            problem = "" if found else "no group is bound to it: everybody may use it"
            yield Reference(subject, f"Application {application.name}", problem)


@check("OIDC redirect -> route")
def redirects(context: Context) -> Iterator[Reference]:
    """A client sends its users back to a host that exists, and a route that says OIDC has a client."""
    world = context.world
    routed = routed_hosts(world)
    redirected = set()
    for provider in world.of_type("ProviderOauth2"):
        for redirect in provider.properties.get("allowedRedirectUris", []):
            host = urlsplit(redirect["url"]).hostname or ""
            redirected.add(host)
            known = host in routed or host.endswith(ACCESS_DOMAIN)
            problem = "" if known else "no route has this host: signing in ends nowhere"
            yield Reference(f"ProviderOauth2 {provider.name}", redirect["url"], problem)
    for host, route in routed.items():
        if notes(route).get(SIGN_IN) == "oidc":
            problem = "" if host in redirected else "no OAuth2 provider redirects to it"
            yield Reference(label(route), f"client of {host}", problem)


@check("Access -> policy, identity provider, client")
def access(context: Context) -> Iterator[Reference]:
    """Cloudflare Access asks somebody who exists, for groups that exist."""
    world = context.world
    policies = {item.id for item in world.of_type("ZeroTrustAccessPolicy")}
    providers = {item.id: item for item in world.of_type("ZeroTrustAccessIdentityProvider")}
    groups = {item.properties["name"] for item in world.of_type("Group")}
    applications = world.of_type("ZeroTrustAccessApplication")
    for application in applications:
        subject = f"Access application {application.name}"
        for policy in application.properties.get("policies", []):
            problem = "" if policy.get("id") in policies else "the stack has no such policy"
            yield Reference(subject, f"policy {policy.get('id')}", problem)
        for provider in application.properties.get("allowedIdps", []):
            problem = "" if provider in providers else "the stack has no such identity provider"
            yield Reference(subject, f"identity provider {provider}", problem)
    for policy in world.of_type("ZeroTrustAccessPolicy"):
        for rule in policy.properties.get("includes", []):
            oidc = rule.get("oidc")
            if oidc:
                found = oidc["identityProviderId"] in providers and oidc["claimValue"] in groups
                problem = "" if found else "no such identity provider, or no such group in Authentik"
                yield Reference(f"Access policy {policy.name}", f"group {oidc['claimValue']}", problem)
    for provider in providers.values():
        yield from _endpoints(world, provider)
    for host in tunnel_hosts(world):
        guarded = any(application.properties.get("domain") == host for application in applications)
        problem = "" if guarded else "no Access application guards it: the tunnel is open to everybody"
        yield Reference(f"tunnel rule {host}", "Access application", problem)


def _endpoints(world: World, provider: Resource) -> Iterator[Reference]:
    config = provider.properties.get("config", {})
    for key in ("authUrl", "tokenUrl", "certsUrl"):
        if isinstance(config, dict) and isinstance(config.get(key), str):
            host = urlsplit(config[key]).hostname or ""
            problem = "" if host in routed_hosts(world) else "no route has this host: Cloudflare cannot ask"
            yield Reference(f"Access identity provider {provider.name}", config[key], problem)
