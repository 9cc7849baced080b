from __future__ import annotations

from tests.support.breaking import Break, route
from tests.support.healthy import Healthy


def add_route(live: Healthy, host: str) -> None:
    """A second way to the echo server, wired well but for its certificate."""
    service = {"kind": "TraefikService", "name": "api@internal"}
    live.objects.append(
        {
            "apiVersion": "traefik.io/v1alpha1",
            "kind": "IngressRoute",
            "metadata": {
                "name": "echo",
                "namespace": "echo",
                "annotations": {"homelab/sign-in": "public", "homelab/public-reason": "a test"},
            },
            "spec": {
                "entryPoints": ["websecure"],
                "tls": {},
                "routes": [{"match": f"Host(`{host}`)", "services": [service]}],
            },
        }
    )
    record = {"name": host, "content": "203.0.113.7", "proxied": True}
    live.resources.append(
        {"urn": "x::echo", "type": "cloudflare:index/dnsRecord:DnsRecord", "custom": True, "outputs": record}
    )


def refuse(live: Healthy) -> None:
    """A certificate that waits for a challenge, which says why it does not get on."""
    live.get("Certificate", "tls-suzutan.jp", "traefik")["status"].update(conditions=[])
    issuer = {"kind": "ClusterIssuer", "name": "letsencrypt-production"}
    for name, reason in (("suzutan.jp", "while querying\n\t Error: 10000"), ("elsewhere.org", "not this one")):
        live.objects.append(
            {
                "apiVersion": "acme.cert-manager.io/v1",
                "kind": "Challenge",
                "metadata": {"name": f"tls-{name}-1", "namespace": "traefik"},
                "spec": {"dnsName": name, "issuerRef": issuer},
                "status": {"reason": reason},
            }
        )


BREAKS = (
    Break(
        check="issuer -> token",
        subject="ClusterIssuer letsencrypt-staging",
        target="Secret cert-manager/secret-cert-manager-cloudflare key other",
        problem="missing",
        change=lambda live: live.get("ClusterIssuer", "letsencrypt-staging")["spec"]["acme"]["solvers"][0]["dns01"][
            "cloudflare"
        ]["apiTokenSecretRef"].update(key="other"),
    ),
    Break(
        check="certificate -> issuer",
        subject="Certificate traefik/tls-suzutan.jp",
        target="ClusterIssuer letsencrypt",
        problem="no such issuer",
        change=lambda live: live.get("Certificate", "tls-suzutan.jp", "traefik")["spec"]["issuerRef"].update(
            name="letsencrypt"
        ),
    ),
    Break(
        check="certificate -> issuer",
        subject="Certificate traefik/tls-suzutan.jp",
        target="ClusterIssuer letsencrypt-production for *.example.org",
        problem="add its zone",
        change=lambda live: live.get("Certificate", "tls-suzutan.jp", "traefik")["spec"]["dnsNames"].append(
            "*.example.org"
        ),
    ),
    Break(
        check="certificate -> Secret",
        subject="Certificate traefik/tls-suzutan.jp",
        target="Secret traefik/tls-suzutan.jp",
        problem="not issued",
        change=lambda live: live.get("Certificate", "tls-suzutan.jp", "traefik")["status"].update(conditions=[]),
    ),
    Break(
        check="certificate -> Secret",
        subject="Certificate traefik/tls-suzutan.jp",
        target="Secret traefik/tls-suzutan.jp",
        problem="it is not issued: while querying Error: 10000: correct what is named there",
        change=refuse,
    ),
    Break(
        check="TLS -> certificate",
        subject="TLSStore traefik/default",
        target="Secret traefik/tls-suzutan.jp",
        problem="no such TLS Secret",
        change=lambda live: live.get("Secret", "tls-suzutan.jp", "traefik").update(type="Opaque"),
    ),
    Break(
        check="TLS -> certificate",
        subject="TLSStore traefik/default",
        target="Secret traefik/tls-suzutan.jp",
        problem="cannot be read",
        change=lambda live: live.get("Secret", "tls-suzutan.jp", "traefik")["data"].update({"tls.crt": "AAAA"}),
    ),
    Break(
        check="route -> certificate that covers its host",
        subject="IngressRoute echo/echo",
        target="echo.example.org",
        problem="no certificate that Traefik has covers it",
        change=lambda live: add_route(live, "echo.example.org"),
    ),
    Break(
        check="route -> TLS option",
        subject="IngressRoute argocd/argocd",
        target="TLSOption argocd/modern",
        problem="there is no such TLSOption",
        change=lambda live: route(live, "argocd")["spec"].update(tls={"options": {"name": "modern"}}),
    ),
)
