from __future__ import annotations

from tests.support.breaking import Break, route, rule

CHAIN = "chain-authenticated"
ROUTE = "IngressRoute navidrome/navidrome"
HOST = "navidrome.harvestasya.org"


BREAKS = (
    Break(
        check="route -> sign-in",
        subject="Ingress echoserver/echoserver",
        target="sign-in nothing",
        problem="expected one of oidc, forward-auth, access, public",
        change=lambda world: world.get("Ingress", "echoserver", "echoserver")["metadata"].pop("annotations"),
    ),
    Break(
        check="route -> sign-in",
        subject="IngressRoute authentik/authentik",
        target="sign-in public",
        problem="gives no reason",
        change=lambda world: route(world, "authentik")["metadata"]["annotations"].pop("homelab/public-reason"),
    ),
    Break(
        check="guarded route -> forward auth",
        subject=ROUTE,
        target=f"forward auth for Host(`{HOST}`)",
        problem="no middleware of this rule asks Authentik",
        change=lambda world: rule(world, "navidrome", f"`{HOST}`)")["middlewares"][0].update(name="chain-public"),
    ),
    Break(
        check="guarded host -> callback",
        subject="IngressRoute traefik/traefik",
        target="callback of traefik.harvestasya.org",
        problem="signing in ends in a loop",
        change=lambda world: route(world, "traefik")["spec"]["routes"].pop(),
    ),
    Break(
        check="guarded host -> callback",
        subject="IngressRoute traefik/traefik",
        target="callback of traefik.harvestasya.org",
        problem="give it a higher priority",
        change=lambda world: rule(world, "traefik", "outpost").update(priority=1),
    ),
    Break(
        check="guarded host -> callback",
        subject="IngressRoute traefik/traefik",
        target="callback of traefik.harvestasya.org",
        problem="asks for a sign-in itself",
        change=lambda world: rule(world, "traefik", "outpost").update(
            middlewares=[{"name": CHAIN, "namespace": "traefik"}]
        ),
    ),
    Break(
        check="guarded host -> callback",
        subject="IngressRoute traefik/traefik",
        target="callback of traefik.harvestasya.org",
        problem="leads to another Service",
        change=lambda world: rule(world, "traefik", "outpost")["services"][0].update(name="authentik-server", port=80),
    ),
    Break(
        check="guarded host -> proxy provider of an outpost",
        subject="IngressRoute traefik/traefik",
        target="proxy provider of traefik.harvestasya.org",
        problem="no proxy provider",
        change=lambda world: world.resource("ProviderProxy", "traefik").update(externalHost="https://example.org"),
    ),
    Break(
        check="guarded host -> proxy provider of an outpost",
        subject="IngressRoute traefik/traefik",
        target="proxy provider of traefik.harvestasya.org",
        problem="belongs to no outpost",
        change=lambda world: world.resource("Outpost", "homelab")["protocolProviders"].remove(
            int(world.resource("ProviderProxy", "traefik")["providerProxyId"])
        ),
    ),
)
