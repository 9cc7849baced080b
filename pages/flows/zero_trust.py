"""Flow 4: Cloudflare Access asks Authentik, and a tunnel leads to what is behind."""

from __future__ import annotations

from components.summaries import AccessSummary
from doctor.snapshot import Resource
from pages.flows.sign_in import server
from pages.markdown import code, table
from pages.mermaid import Diagram
from pages.platform import Platform


def application(platform: Platform, host: AccessSummary) -> Resource:
    """The application of a host at Cloudflare, which asks for a sign-in as long as the outputs say."""

    def named(item: Resource) -> bool:
        return item.properties.get("domain") == host.host

    found = platform.account("ZeroTrustAccessApplication", named, host.host)
    platform.same(f"session of {host.host}", host.session, found.properties.get("sessionDuration"))
    return found


def target(platform: Platform, host: AccessSummary) -> str:
    """What the tunnel's rule for a host leads to."""

    def leads(item: Resource) -> bool:
        return any(rule.get("hostname") == host.host for rule in item.properties["config"]["ingresses"])

    found = platform.account("ZeroTrustTunnelCloudflaredConfig", leads, f"with a rule for {host.host}")
    said = next(rule for rule in found.properties["config"]["ingresses"] if rule.get("hostname") == host.host)
    return platform.same(f"target of {host.host}", host.target, said["service"])


def flow(platform: Platform) -> str:
    """The section; without hosts it says so."""
    hosts = sorted(platform.summary.access, key=lambda item: item.host)
    if not hosts:
        return "## 4. Cloudflare Zero Trust\n\nNo host is behind Cloudflare Access: `homelab:access` names them."
    diagram = Diagram()
    diagram.node("user", "user", shape="person")
    authentik = server(platform, diagram)
    rows = []
    for host in hosts:
        session, leads = application(platform, host).properties["sessionDuration"], target(platform, host)
        place = next(item.namespace for item in platform.summary.services if item.name == host.host)
        connector = platform.actor(place, place)
        access = diagram.node(f"access {host.host}", "Cloudflare Access", host.host, shape="outside")
        diagram.edge("user", access, "opens")
        diagram.edge(access, authentik, "who is it? OIDC", dotted=True)
        diagram.edge(authentik, access, "identity, with its groups", dotted=True)
        diagram.node(connector.place, "tunnel", connector.place, f"cloudflared {connector.version}")
        diagram.edge(access, connector.place, f"{host.group}, for {session}")
        diagram.node(leads, leads, shape="outside")
        diagram.edge(connector.place, leads)
        rows.append([code(host.host), code(host.group), session, code(leads)])
    return "\n\n".join(["## 4. Cloudflare Zero Trust", str(diagram), table(["host", "for", "session", "to"], rows)])
