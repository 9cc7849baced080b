"""Checks of who is asked to sign in before a request reaches a pod."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from components.vocabulary import OPEN_PATHS_REASON, SIGN_IN, SignInKind
from doctor import kube
from doctor.check import FINE, Context, Problem, Reference, check, unless
from doctor.routes import asked, rule_backends, rules
from doctor.snapshot import Snapshot
from policy.objects import annotations_of, hosts_in, hosts_of, label, namespace_of

CALLBACK: Final = "/outpost.goauthentik.io/"


def _guarded(snapshot: Snapshot) -> Iterator[kube.Object]:
    return (
        route for route in snapshot.all("IngressRoute") if annotations_of(route).get(SIGN_IN) == SignInKind.FORWARD_AUTH
    )


def _is_callback(rule: Mapping[str, Any]) -> bool:
    return CALLBACK in rule["match"]


def _asks(snapshot: Snapshot, route: kube.Object, rule: Mapping[str, Any]) -> kube.Object | None:
    """The forward-auth middleware that a rule uses, by way of chains or directly."""
    pending = [(item.get("namespace", namespace_of(route)), item["name"]) for item in rule.get("middlewares") or []]
    seen = set()
    while pending:
        namespace, name = place = pending.pop()
        found = snapshot.get("Middleware", name, namespace)
        if found is None or place in seen:
            continue
        seen.add(place)
        if "forwardAuth" in found["spec"]:
            return found
        members = found["spec"].get("chain", {}).get("middlewares") or []
        pending += [(item.get("namespace", namespace), item["name"]) for item in members]
    return None


@check("guarded route -> forward auth")
def forward_auth(context: Context) -> Iterator[Reference]:
    """Every rule of a guarded route asks first; but for the callback, and for open paths that have a reason."""
    for route in _guarded(context.snapshot):
        for rule in route["spec"]["routes"]:
            if _is_callback(rule):
                continue
            excused = "PathPrefix" in rule["match"] and annotations_of(route).get(OPEN_PATHS_REASON)
            found = excused or _asks(context.snapshot, route, rule)
            problem = unless(found, "no middleware of this rule asks Authentik", "use the chain with forward auth")
            yield Reference(label(route), f"forward auth for {rule['match']}", *problem)


@check("guarded host -> callback")
def callbacks(context: Context) -> Iterator[Reference]:
    """Authentik's answer comes back to the outpost that was asked, unasked, before any other rule of the host."""
    snapshot = context.snapshot
    by_host: dict[str, list[tuple[kube.Object, Mapping[str, Any]]]] = {}
    for route, rule in rules(snapshot):
        for host in hosts_in(rule["match"]):
            by_host.setdefault(host, []).append((route, rule))
    for route in _guarded(snapshot):
        for host in hosts_of(route):
            yield Reference(label(route), f"callback of {host}", *_callback_problem(snapshot, by_host[host]))


def _callback_problem(snapshot: Snapshot, found: list[tuple[kube.Object, Mapping[str, Any]]]) -> Problem:
    back = [(route, rule) for route, rule in found if _is_callback(rule)]
    others = [(route, rule) for route, rule in found if not _is_callback(rule)]
    if not back:
        fault = f"no rule leads {CALLBACK} to the outpost, so signing in ends in a loop"
        return fault, "`pulumi up --refresh` makes the rule of a host of the stack anew; add it to any other route"
    route, rule = back[0]
    if _asks(snapshot, route, rule):
        fault = "the callback asks for a sign-in itself, so signing in ends in a loop"
        return fault, "take the middleware with forward auth from this rule"
    # Without a priority, Traefik takes the length of the rule.
    if _priority(rule) <= max((_priority(other) for _, other in others), default=0):
        return "another rule of the host comes before the callback", "give the callback a higher priority"
    asking = [middleware for owner, other in others if (middleware := _asks(snapshot, owner, other))]
    outposts = {(place.namespace, place.service) for middleware in asking if (place := asked(middleware))}
    if outposts and not outposts & {(item.namespace, item.service) for item in rule_backends(route, rule)}:
        wanted = ", ".join(f"{namespace}/{service}" for namespace, service in sorted(outposts))
        return "the callback leads to another Service than the one that forward auth asks", f"lead it to {wanted}"
    return FINE


def _priority(rule: Mapping[str, Any]) -> int:
    return int(rule.get("priority") or len(rule["match"]))


@check("guarded host -> proxy provider of an outpost")
def providers(context: Context) -> Iterator[Reference]:
    """The outpost knows the host."""
    snapshot = context.snapshot
    served = {str(number) for outpost in snapshot.of_type("Outpost") for number in _served(outpost.properties)}
    known = {
        urlsplit(provider.properties.get("externalHost", "")).hostname: provider.id in served
        for provider in snapshot.of_type("ProviderProxy")
    }
    for route in _guarded(snapshot):
        for host in hosts_of(route):
            problem = unless(host in known, "no proxy provider has this external host", "add a ProtectedHost")
            if known.get(host) is False:
                problem = "its proxy provider belongs to no outpost", "add it to the Outpost's hosts"
            yield Reference(label(route), f"proxy provider of {host}", *problem)


def _served(properties: Mapping[str, Any]) -> list[int]:
    """Numbers without the fraction that JSON may give them."""
    return [int(number) for number in properties.get("protocolProviders") or []]
