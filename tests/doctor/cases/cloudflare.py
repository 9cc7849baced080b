from __future__ import annotations

from tests.support.breaking import Break
from tests.support.healthy import Healthy


def move_tunnel_rule(live: Healthy) -> None:
    live.resource("ZeroTrustTunnelCloudflaredConfig", "access-tunnel")["tunnelId"] = "another"


def lead_elsewhere(live: Healthy) -> None:
    (address,) = live.get("Ingress", "echoserver", "echoserver")["status"]["loadBalancer"]["ingress"]
    address["hostname"] = "gone.cfargotunnel.com"


BREAKS = (
    Break(
        check="DNS record -> route",
        subject="DnsRecord gone.harvestasya.org",
        target="a route",
        problem="remove the record",
        change=lambda live: live.resources.append(
            {
                "urn": "x::gone",
                "type": "cloudflare:index/dnsRecord:DnsRecord",
                "custom": True,
                "outputs": {"name": "gone.harvestasya.org", "content": "203.0.113.7", "proxied": True},
            }
        ),
    ),
    Break(
        check="DNS record -> tunnel",
        subject="DnsRecord ssh.harvestasya.org",
        target="access-tunnel-tunnel.cfargotunnel.com",
        problem="the stack has no such tunnel",
        change=lambda live: live.drop_resource("ZeroTrustTunnelCloudflared", "access-tunnel"),
    ),
    Break(
        check="DNS record -> tunnel",
        subject="DnsRecord ssh.harvestasya.org",
        target="access-tunnel-tunnel.cfargotunnel.com",
        problem="in another tunnel",
        change=move_tunnel_rule,
    ),
    Break(
        check="host -> proxied DNS record",
        subject="IngressRoute argocd/argocd",
        target="DnsRecord argocd.harvestasya.org",
        problem="no proxied record",
        change=lambda live: live.resource("DnsRecord", "argocd.harvestasya.org").update(proxied=False),
    ),
    Break(
        check="host -> proxied DNS record",
        subject="tunnel rule of access-tunnel",
        target="DnsRecord ssh.harvestasya.org",
        problem="no proxied record",
        change=lambda live: live.drop_resource("DnsRecord", "ssh.harvestasya.org"),
    ),
    Break(
        check="tunnel Ingress -> record of its controller",
        subject="Ingress echoserver/echoserver",
        target="record of echoserver.harvestasya.org",
        problem="has not published it",
        change=lambda live: live.get("Ingress", "echoserver", "echoserver").pop("status"),
    ),
    Break(
        check="tunnel Ingress -> record of its controller",
        subject="Ingress echoserver/echoserver",
        target="record of echoserver.harvestasya.org",
        problem="none of the stack's",
        change=lead_elsewhere,
    ),
    Break(
        check="Access application -> policy, identity provider",
        subject="Access application ssh.harvestasya.org",
        target="policy gone",
        problem="no such policy",
        change=lambda live: live.resource("ZeroTrustAccessApplication", "ssh.harvestasya.org")["policies"][0].update(
            id="gone"
        ),
    ),
    Break(
        check="Access application -> policy, identity provider",
        subject="Access application ssh.harvestasya.org",
        target="identity provider gone",
        problem="no such identity provider",
        change=lambda live: live.resource("ZeroTrustAccessApplication", "ssh.harvestasya.org").update(
            allowedIdps=["gone"]
        ),
    ),
    Break(
        check="Access policy -> group",
        subject="Access policy zero-trust-homelab-admins",
        target="group nobody",
        problem="no such group",
        change=lambda live: live.resource("ZeroTrustAccessPolicy", "zero-trust-homelab-admins")["includes"][0][
            "oidc"
        ].update(claimValue="nobody"),
    ),
    Break(
        check="Access identity provider -> OAuth2 client",
        subject="Access identity provider zero-trust",
        target="https://grathnode.harvestasya.org/application/o/cloudflare-access/jwks/",
        problem="no application cloudflare-access",
        change=lambda live: live.resource("Application", "cloudflare-access").update(slug="another"),
    ),
)
