from __future__ import annotations

from typing import Any

from components.vocabulary import SignInKind
from policy.rule import Context
from tests.support.judging import Case, thing

ZONES = Context(zones=frozenset({"example.org"}))
EXPECTED = f"annotation homelab/sign-in: expected one of {', '.join(SignInKind)}"


def route(annotations: dict[str, str] | None = None, *, middlewares: bool = True) -> dict[str, Any]:
    rule = {"match": "Host(`a.org`)", **({"middlewares": [{"name": "chain"}]} if middlewares else {})}
    return thing("IngressRoute", annotations=annotations, spec={"routes": [rule]})


def encrypted(**changes: Any) -> dict[str, Any]:
    return thing("IngressRoute", spec={"entryPoints": ["websecure"], "tls": {}, **changes})


def to_hosts(*hosts: str) -> dict[str, Any]:
    match = " || ".join(f"Host(`{host}`)" for host in hosts)
    return thing("IngressRoute", spec={"routes": [{"match": f"({match}) && PathPrefix(`/a`)"}]})


def asking(**changes: Any) -> dict[str, Any]:
    return thing("Middleware", spec={"forwardAuth": {"address": "http://outpost.authentik.svc:9000/", **changes}})


def ingress(host: str) -> dict[str, Any]:
    return thing("Ingress", spec={"rules": [{"host": host}]})


CASES = (
    Case(rule="sign-in", obj=route(), problem=f"{EXPECTED}, got nothing"),
    Case(rule="sign-in", obj=thing("Ingress", spec={}), problem=f"{EXPECTED}, got nothing"),
    Case(rule="sign-in", obj=route({"homelab/sign-in": "password"}), problem=f"{EXPECTED}, got password"),
    Case(
        rule="sign-in",
        obj=route({"homelab/sign-in": "public"}),
        problem="annotation homelab/public-reason: expected the reason why nobody has to sign in, got nothing",
    ),
    Case(
        rule="sign-in",
        obj=route({"homelab/sign-in": "forward-auth"}, middlewares=False),
        problem="no rule of the route has a middleware: nobody asks Authentik",
    ),
    Case(rule="sign-in", obj=route({"homelab/sign-in": "oidc"})),
    Case(rule="sign-in", obj=route({"homelab/sign-in": "forward-auth"})),
    Case(rule="sign-in", obj=route({"homelab/sign-in": "public", "homelab/public-reason": "a page for everybody"})),
    Case(rule="tls-only", obj=encrypted(tls=None), problem="tls is not set"),
    Case(rule="tls-only", obj=encrypted(entryPoints=None), problem="expected websecure alone, got all of them"),
    Case(
        rule="tls-only",
        obj=encrypted(entryPoints=["web", "websecure"]),
        problem="expected websecure alone, got web, websecure",
    ),
    Case(rule="tls-only", obj=encrypted()),
    Case(
        rule="asked-host", obj=asking(trustForwardHeader=True), problem="trustForwardHeader: expected false, got true"
    ),
    Case(rule="asked-host", obj=asking(trustForwardHeader=False)),
    Case(rule="asked-host", obj=thing("Middleware", spec={"compress": {}})),
    Case(
        rule="hosts-in-zones",
        obj=to_hosts("a.example.org", "a.example.net"),
        problem="host a.example.net is not directly below a zone",
        context=ZONES,
    ),
    Case(
        rule="hosts-in-zones",
        obj=ingress("b.a.example.org"),
        problem="host b.a.example.org is not directly below a zone",
        context=ZONES,
    ),
    Case(rule="hosts-in-zones", obj=to_hosts("a.example.org", "b.example.org"), context=ZONES),
    Case(rule="hosts-in-zones", obj=ingress("a.example.org"), context=ZONES),
    Case(rule="hosts-in-zones", obj=ingress("a.example.net")),
)
