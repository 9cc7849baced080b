from __future__ import annotations

from tests.support.breaking import Break, route
from tests.support.healthy import Healthy


def unready(live: Healthy, service: str, namespace: str) -> None:
    for endpoint in live.get("EndpointSlice", f"{service}-abcde", namespace)["endpoints"]:
        endpoint["conditions"]["ready"] = False


BREAKS = (
    Break(
        check="route -> Service port",
        subject="Ingress echoserver/echoserver",
        target="Service echoserver/echoserver:8080",
        problem="there is no such Service",
        change=lambda live: live.drop("Service", "echoserver", "echoserver"),
    ),
    Break(
        check="route -> Service port",
        subject="IngressRoute argocd/argocd",
        target="Service argocd/argocd-server:8443",
        problem="no such port: it has 80",
        change=lambda live: route(live, "argocd")["spec"]["routes"][0]["services"][0].update(port=8443),
    ),
    Break(
        check="route -> ready pods",
        subject="IngressRoute argocd/argocd",
        target="Service argocd/argocd-server",
        problem="no pod behind it is ready",
        change=lambda live: unready(live, "argocd-server", "argocd"),
    ),
    Break(
        check="forward auth -> Service",
        subject="Middleware traefik/authentik-forward-auth",
        target="http://auth.example.org/",
        problem="set it to http://<service>.<namespace>.svc",
        change=lambda live: live.get("Middleware", "authentik-forward-auth", "traefik")["spec"]["forwardAuth"].update(
            address="http://auth.example.org/"
        ),
    ),
    Break(
        check="route -> middleware",
        subject="Middleware traefik/chain-public",
        target="Middleware traefik/strip-identity",
        problem="there is no such middleware",
        change=lambda live: live.drop("Middleware", "strip-identity", "traefik"),
    ),
    Break(
        check="route -> middleware",
        subject="IngressRoute argocd/argocd",
        target="Middleware argocd/chain-public",
        problem="there is no such middleware",
        change=lambda live: route(live, "argocd")["spec"]["routes"][0]["middlewares"][0].pop("namespace"),
    ),
    Break(
        check="Ingress -> ingress class",
        subject="Ingress echoserver/echoserver",
        target="IngressClass cloudflare-tunnel",
        problem="no controller has brought this class",
        change=lambda live: live.drop("IngressClass", "cloudflare-tunnel"),
    ),
)
