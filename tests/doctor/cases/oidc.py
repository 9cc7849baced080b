from __future__ import annotations

from tests.support.breaking import Break
from tests.support.healthy import Healthy


def forget_argocd(live: Healthy) -> None:
    """Of a host with one route: with two of them, each would be named."""
    live.drop("IngressRoute", "argocd-grpc", "argocd")
    live.resource("ProviderOauth2", "argocd").update(allowedRedirectUris=[])


BREAKS = (
    Break(
        check="provider -> application",
        subject="ProviderProxy traefik",
        target="an application",
        problem="nobody can sign in",
        change=lambda live: live.drop_resource("Application", "traefik"),
    ),
    Break(
        check="application -> group",
        subject="Application traefik",
        target="a group",
        problem="everybody may use it",
        change=lambda live: live.drop_resource("PolicyBinding", "traefik"),
    ),
    Break(
        check="application -> group",
        subject="Application traefik",
        target="a group",
        problem="the stack has no group gone",
        change=lambda live: live.resource("PolicyBinding", "traefik").update(group="gone"),
    ),
    Break(
        check="OIDC redirect -> route",
        subject="ProviderOauth2 cloudflare-access",
        target="https://old.harvestasya.org/callback",
        problem="signing in ends nowhere",
        change=lambda live: live.resource("ProviderOauth2", "cloudflare-access")["allowedRedirectUris"].append(
            {"url": "https://old.harvestasya.org/callback"}
        ),
    ),
    Break(
        check="OIDC route -> client",
        subject="IngressRoute argocd/argocd",
        target="client of argocd.harvestasya.org",
        problem="no OAuth2 provider redirects to it",
        change=forget_argocd,
    ),
    Break(
        check="Argo CD -> key of its client's Secret",
        subject="ConfigMap argocd/argocd-cm",
        target="Secret argocd/secret-argocd-oidc key client-secret",
        problem="no such key: it has client-id",
        change=lambda live: live.get("Secret", "secret-argocd-oidc", "argocd")["data"].pop("client-secret"),
    ),
    Break(
        check="Argo CD role -> group",
        subject="ConfigMap argocd/argocd-rbac-cm",
        target="group homelab-users",
        problem="nobody gets role:readonly",
        change=lambda live: live.resource("Group", "homelab-users").update(name="family"),
    ),
)
