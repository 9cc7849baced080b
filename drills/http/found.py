"""What the live IngressRoutes say of each host: who answers where, who asks first, what is open and what is closed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from drills.http.traefik import ROUTES
from sandbox import kube
from sandbox.controllers import outposts
from sandbox.controllers.routes import HOST

MIDDLEWARES: Final = ("traefik.io/v1alpha1", "Middleware")
PREFIX: Final = re.compile(r"(?<!!)PathPrefix\(`([^`]+)`\)")
LEFT: Final = re.compile(r"\w")
EXCLUDED: Final = re.compile(r"!PathRegexp\(`([^`]*)`\)")
CLOSED: Final = re.compile(r"\(\?i\)\^(?P<slash>.*?\)\+)\((?P<paths>.*)\)")
"""A pattern of closed paths: what counts as a slash at their beginning, and the paths themselves."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of an IngressRoute."""

    owner: str
    """The route, as `namespace/name`."""
    host: str
    prefixes: tuple[str, ...]
    """Of paths that it is for, if it names any."""
    whole: bool
    """Whether it is for all of the host, but for closed paths and what another rule is for."""
    closed: tuple[str, ...]
    """Of paths that it is not for, whatever case they are written in."""
    asks: bool
    """Whether somebody is asked first who is calling."""
    service: tuple[str, str] | None
    """Namespace and name; None for what Traefik answers itself."""

    @property
    def callback(self) -> bool:
        """Whether it leads to the outpost of forward auth."""
        return any(prefix.startswith(outposts.PATH) for prefix in self.prefixes)


@dataclass(frozen=True, kw_only=True)
class Host:
    """All rules of one host."""

    name: str
    rules: tuple[Rule, ...]

    @property
    def main(self) -> Rule:
        """The rule for all that no other one is for."""
        return next((rule for rule in self.rules if rule.whole), self.rules[0])

    @property
    def guarded(self) -> bool:
        """Whether it is behind forward auth."""
        return self.main.asks

    @property
    def open(self) -> tuple[str, ...]:
        """Prefixes of a guarded host that nobody is asked at, but for the callback."""
        found = [rule for rule in self.rules if self.guarded and not rule.asks and not rule.callback]
        return tuple(prefix for rule in found for prefix in rule.prefixes)

    @property
    def closed(self) -> tuple[str, ...]:
        """Prefixes that nobody reaches from outside."""
        return tuple(dict.fromkeys(path for rule in self.rules for path in rule.closed))


def answering(known: Iterable[Host]) -> list[Host]:
    """Those that lead to pods."""
    return [host for host in known if host.main.service]


def hosts(cluster: kube.Client) -> list[Host]:
    """Every host that an IngressRoute names, in the order of their names."""
    asking = Asking(cluster)
    found: dict[str, list[Rule]] = {}
    for route in cluster.list(*ROUTES):
        for rule in route["spec"].get("routes") or []:
            for each in _rules(route, rule, asking):
                found.setdefault(each.host, []).append(each)
    return [Host(name=name, rules=tuple(rules)) for name, rules in sorted(found.items())]


def _rules(route: kube.Object, rule: Mapping[str, Any], asking: Asking) -> Iterator[Rule]:
    match, namespace = str(rule["match"]), route["metadata"]["namespace"]
    (service, *_) = rule["services"]
    own = service.get("kind") == "TraefikService"
    for host in HOST.findall(match):
        yield Rule(
            owner=kube.name_of(route),
            host=host,
            whole=not LEFT.search(EXCLUDED.sub("", HOST.sub("", match))),
            prefixes=tuple(PREFIX.findall(match)),
            closed=tuple(_closed(match)),
            asks=asking.any_of(rule.get("middlewares") or [], namespace),
            service=None if own else (service.get("namespace") or namespace, service["name"]),
        )


def _closed(match: str) -> Iterator[str]:
    """The closed paths of a rule, as they were meant."""
    for pattern in EXCLUDED.findall(match):
        if found := CLOSED.fullmatch(pattern):
            for path in found["paths"].replace(found["slash"], "/").split("|"):
                yield "/" + re.sub(r"\\(.)", r"\1", path)


class Asking:
    """Which middlewares ask somebody, by themselves or by a chain."""

    def __init__(self, cluster: kube.Client) -> None:
        self._specs = {
            (each["metadata"]["namespace"], each["metadata"]["name"]): each["spec"]
            for each in cluster.list(*MIDDLEWARES)
        }

    def any_of(self, named: list[Mapping[str, str]], namespace: str) -> bool:
        """Whether any of these does, as an object of a namespace names them."""
        return any(self._asks((each.get("namespace") or namespace, each["name"])) for each in named)

    def _asks(self, place: tuple[str, str]) -> bool:
        spec = self._specs.get(place) or {}
        return "forwardAuth" in spec or self.any_of((spec.get("chain") or {}).get("middlewares") or [], place[0])
