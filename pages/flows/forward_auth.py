"""Flow 3: Traefik asks Authentik's outpost about each request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doctor import kube
from doctor.routes import asked, rule_backends, rules
from pages.errors import PagesError
from pages.flows.sign_in import server
from pages.mermaid import Diagram
from pages.platform import Platform
from policy.objects import hosts_in, name_of, namespace_of


def chain(platform: Platform, owner: kube.Object, names: list[dict[str, str]]) -> list[kube.Object]:
    """The middlewares that a request passes: the members in the place of a chain."""
    found: list[kube.Object] = []
    for item in names:
        one = platform.need("Middleware", item["name"], item.get("namespace", namespace_of(owner)))
        members = (one["spec"].get("chain") or {}).get("middlewares")
        found += chain(platform, one, members) if members else [one]
    return found


def flow(platform: Platform) -> str:
    """The section."""
    diagram = Diagram()
    diagram.node("user", "user", shape="person")
    traefik = platform.running("traefik")
    diagram.node("traefik", "Traefik", traefik.place, traefik.version)
    diagram.edge("user", "traefik", "HTTPS")
    authentik = server(platform, diagram)
    guarded = 0
    for route, rule in sorted(rules(platform.snapshot), key=lambda pair: (name_of(pair[0]), str(pair[1]["match"]))):
        for middleware in chain(platform, route, list(rule.get("middlewares") or [])):
            backend = asked(middleware)
            if backend is None:
                continue
            guarded += 1
            for outpost in platform.serving(backend.service, backend.namespace):
                diagram.node("outpost", "outpost", outpost.place, outpost.version)
            diagram.edge("traefik", "outpost", f"may they? {name_of(middleware)}", dotted=True)
            diagram.edge("outpost", authentik, "asks")
            diagram.edge("outpost", "traefik", "200, and who it is", dotted=True)
            _let_in(platform, diagram, route, rule)
    if not guarded:
        message = "Middleware with forwardAuth: looked for a route that uses one, and there is none"
        raise PagesError(message)
    return "\n\n".join(["## 3. Forward auth", str(diagram)])


def _let_in(platform: Platform, diagram: Diagram, route: kube.Object, rule: Mapping[str, Any]) -> None:
    """Where a request goes that was let in; Traefik's dashboard is its own."""
    host = hosts_in(str(rule["match"]))[0]
    backends = list(rule_backends(route, rule))
    if not backends:
        diagram.node(host, name_of(route), host, shape="round")
        diagram.edge("traefik", host, "its own dashboard")
    for backend in backends:
        for actor in platform.serving(backend.service, backend.namespace):
            diagram.node(actor.place, actor.place, actor.version)
            diagram.edge("traefik", actor.place, host, f"port {backend.port}")
