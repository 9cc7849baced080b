from __future__ import annotations

from tests.support.breaking import Break, route, rule

CHAIN = "chain-authenticated"
ROUTE = "IngressRoute freshrss/freshrss"
HOST = "freshrss.harvestasya.org"


BREAKS = (
    Break(
        check="guarded route -> forward auth",
        subject=ROUTE,
        target=f"forward auth for Host(`{HOST}`)",
        problem="no middleware of this rule asks Authentik",
        change=lambda live: rule(live, "freshrss", f"`{HOST}`)")["middlewares"][0].update(name="chain-public"),
    ),
    Break(
        check="guarded host -> callback",
        subject="IngressRoute traefik/traefik",
        target="callback of traefik.harvestasya.org",
        problem="signing in ends in a loop",
        change=lambda live: route(live, "traefik")["spec"]["routes"].pop(),
    ),
    Break(
        check="guarded host -> callback",
        subject="IngressRoute traefik/traefik",
        target="callback of traefik.harvestasya.org",
        problem="give the callback a higher priority",
        change=lambda live: rule(live, "traefik", "outpost").update(priority=1),
    ),
    Break(
        check="guarded host -> callback",
        subject="IngressRoute traefik/traefik",
        target="callback of traefik.harvestasya.org",
        problem="asks for a sign-in itself",
        change=lambda live: rule(live, "traefik", "outpost").update(
            middlewares=[{"name": CHAIN, "namespace": "traefik"}]
        ),
    ),
    Break(
        check="guarded host -> callback",
        subject="IngressRoute traefik/traefik",
        target="callback of traefik.harvestasya.org",
        problem="leads to another Service",
        change=lambda live: rule(live, "traefik", "outpost")["services"][0].update(name="authentik-server", port=80),
    ),
    Break(
        check="guarded host -> proxy provider of an outpost",
        subject="IngressRoute traefik/traefik",
        target="proxy provider of traefik.harvestasya.org",
        problem="no proxy provider",
        change=lambda live: live.resource("ProviderProxy", "traefik").update(externalHost="https://example.org"),
    ),
    Break(
        check="guarded host -> proxy provider of an outpost",
        subject="IngressRoute traefik/traefik",
        target="proxy provider of traefik.harvestasya.org",
        problem="belongs to no outpost",
        change=lambda live: live.resource("Outpost", "forward-auth")["protocolProviders"].remove(
            int(live.resource("ProviderProxy", "traefik")["providerProxyId"])
        ),
    ),
)
