"""Rules of what leads from a host to a Service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from components.vocabulary import PUBLIC_REASON, SIGN_IN, SignInKind
from policy.objects import Object, annotations_of, hosts_of, spec_of
from policy.rule import Context, Rule

ROUTES: Final = frozenset({"IngressRoute", "Ingress"})
TLS_ENTRY_POINT: Final = "websecure"
"""Traefik's, for port 443."""


def _sign_in(route: Object, _context: Context) -> Iterator[str]:
    notes = annotations_of(route)
    sign_in = notes.get(SIGN_IN)
    if sign_in not in [*SignInKind]:
        yield f"annotation {SIGN_IN}: expected one of {', '.join(SignInKind)}, got {sign_in or 'nothing'}"
    elif sign_in == SignInKind.PUBLIC and not notes.get(PUBLIC_REASON):
        yield f"annotation {PUBLIC_REASON}: expected the reason why nobody has to sign in, got nothing"
    elif sign_in == SignInKind.FORWARD_AUTH and not any(
        rule.get("middlewares") for rule in spec_of(route).get("routes") or []
    ):
        yield "no rule of the route has a middleware: nobody asks Authentik"


def _tls_only(route: Object, _context: Context) -> Iterator[str]:
    entry_points = list(spec_of(route).get("entryPoints") or [])
    if entry_points != [TLS_ENTRY_POINT]:
        yield f"entryPoints: expected {TLS_ENTRY_POINT} alone, got {', '.join(entry_points) or 'all of them'}"
    if spec_of(route).get("tls") is None:
        yield "tls is not set: Traefik would answer without a certificate"


def _hosts_in_zones(route: Object, context: Context) -> Iterator[str]:
    if context.zones is None:
        return
    for host in hosts_of(route):
        if host.partition(".")[2] not in context.zones:
            zones = ", ".join(sorted(context.zones)) or "none"
            yield f"host {host} is not directly below a zone that the stack has a certificate for: {zones}"


def _asked_host(middleware: Object, _context: Context) -> Iterator[str]:
    if (spec_of(middleware).get("forwardAuth") or {}).get("trustForwardHeader"):
        yield (
            "forwardAuth.trustForwardHeader: expected false, got true: whoever is asked would believe the host that a "
            "caller claims to want"
        )


RULES: Final = (
    Rule(
        name="sign-in",
        description="Every route asks for a sign-in, or says why it is public.",
        kinds=ROUTES,
        judge=_sign_in,
    ),
    Rule(
        name="tls-only",
        description="Every IngressRoute answers by TLS alone.",
        kinds=frozenset({"IngressRoute"}),
        judge=_tls_only,
    ),
    Rule(
        name="asked-host",
        description="Whom forward auth asks is told the host that is asked for, and not one that a caller claims.",
        kinds=frozenset({"Middleware"}),
        judge=_asked_host,
    ),
    Rule(
        name="hosts-in-zones",
        description="Every host of a route is directly below one of the zones.",
        kinds=ROUTES,
        judge=_hosts_in_zones,
        needs_stack=True,
    ),
)
