"""The ways in: Cloudflare's tunnels, and Traefik."""

from __future__ import annotations

from typing import Final

from components.monitoring.rules.model import Alert, RuleGroup, Watched

TUNNEL: Final = Alert(
    name="TunnelDown",
    severity="critical",
    expr="sum by (namespace) (cloudflared_tunnel_ha_connections) == 0 or absent(cloudflared_tunnel_ha_connections)",
    wait="5m",
    summary="The tunnel {{ $labels.namespace }} has no connection to Cloudflare",
    description="Hosts that go through it cannot be reached from outside. Without a name, it is all of them.",
)
ERRORS: Final = Alert(
    name="ServiceErrors",
    severity="warning",
    # A single failure of a page that nobody else opens is no share of anything.
    expr='sum by (service) (rate(traefik_service_requests_total{code=~"5.."}[10m]))'
    " / sum by (service) (rate(traefik_service_requests_total[10m])) > 0.05"
    " and sum by (service) (increase(traefik_service_requests_total[10m])) > 20",
    wait="10m",
    summary="{{ $value | humanizePercentage }} of the requests to {{ $labels.service }} fail",
    description="Traefik passes them on, and gets an error of the service or none that answers.",
)


def group(watched: Watched) -> RuleGroup:
    """Alerts of the ways in."""
    return RuleGroup(name="edge", rules=(TUNNEL, ERRORS) if watched.tunnel else (ERRORS,))
