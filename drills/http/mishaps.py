"""Routes that are not right: what visitors see then, and what the wiring check says that they see."""

from __future__ import annotations

import copy
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from drills.course import Step
from drills.errors import DrillError
from drills.http.judged import Judge
from drills.http.scene import Scene
from drills.http.traefik import ROUTES
from sandbox import kube

WITHIN: Final = 60.0
MANAGER: Final = "drill"
NAME: Final = "drill-mishap"
ABSENT: Final = "no-such-thing"
HOLDS: Final = 3.0
"""Seconds for which it has to stay so: Traefik takes up a change within two."""

Change = Callable[[kube.Object], None]


@dataclass(frozen=True, kw_only=True)
class Mishap:
    """Something that a route refers to is not there, and what its visitors get."""

    what: str
    comes: str
    change: Change
    """Of the whole route."""


def _service(**changed: Any) -> Change:
    def change(route: kube.Object) -> None:
        route["spec"]["routes"][0]["services"][0].update(changed)

    return change


def _middleware(route: kube.Object) -> None:
    route["spec"]["routes"][0]["middlewares"] = [{"name": ABSENT}]


def _own_service(route: kube.Object) -> None:
    route["spec"]["routes"][0]["services"] = [{"kind": "TraefikService", "name": ABSENT}]


def _tls(**changed: Any) -> Change:
    def change(route: kube.Object) -> None:
        route["spec"]["tls"] = changed

    return change


DEFAULT: Final = "the default certificate"
CLOSES: Final = "closes the connection"
MISHAPS: Final = (
    Mishap(what="a Service that there is not", comes="answers 404", change=_service(name=ABSENT)),
    Mishap(what="a port that the Service has not", comes="answers 404", change=_service(port=1)),
    Mishap(what="a Service that no pod is behind", comes="answers 503", change=_service(name=NAME)),
    Mishap(what="a middleware that there is not", comes="answers 404", change=_middleware),
    Mishap(what="a service of Traefik's own that there is not", comes="answers 404", change=_own_service),
    Mishap(what="a TLSOption that there is not", comes=CLOSES, change=_tls(options={"name": ABSENT})),
    Mishap(what="a TLS Secret that there is not", comes=DEFAULT, change=_tls(secretName=ABSENT)),
)


def run(scene: Scene, judge: Judge) -> None:
    """Every mishap, on a route that works before and after it."""
    route = _route(scene)
    host = route["spec"]["routes"][0]["match"].split("`")[1]
    for mishap in MISHAPS:
        what = f"a route refers to {mishap.what}"
        seen = partial(_certificate if mishap.comes == DEFAULT else _answer, scene, host)
        with _there(scene.cluster, route):
            with scene.course.step(what, expected=mishap.comes, within=WITHIN) as step:
                Step("answers 200").until(lambda: _answer(scene, host))
                changed = copy.deepcopy(route)
                mishap.change(changed)
                scene.cluster.apply(changed, MANAGER, force=True)
                step.until(seen)
                step.holds(seen, HOLDS)
            with judge.course.step(what, expected=mishap.comes, within=WITHIN) as other:
                other.seen = judge.says(f"IngressRoute {kube.name_of(route)}")


@contextmanager
def _there(cluster: kube.Client, route: kube.Object) -> Iterator[None]:
    """The route, and a Service without pods."""
    namespace = route["metadata"]["namespace"]
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": NAME, "namespace": namespace},
        "spec": {"selector": {"app": ABSENT}, "ports": [{"port": _port(route)}]},
    }
    for obj in (service, route):
        cluster.apply(obj, MANAGER, force=True)
    try:
        yield
    finally:
        cluster.delete(*ROUTES, NAME, namespace)
        cluster.delete("v1", "Service", NAME, namespace)


def _port(route: kube.Object) -> int:
    return int(route["spec"]["routes"][0]["services"][0]["port"])


def _route(scene: Scene) -> kube.Object:
    """A route to an application that asks for itself, under another name and host.

    Raises:
        DrillError: there is no such application.
    """
    for host in scene.unguarded:
        namespace, name = host.main.owner.split("/")
        found = scene.cluster.get(*ROUTES, name, namespace)
        if found and host.main.service:
            (rule, *_) = found["spec"]["routes"]
            service = {key: value for key, value in rule["services"][0].items() if key in ("name", "namespace", "port")}
            match = f"Host(`{NAME}.{host.name.partition('.')[2]}`)"
            return {
                "apiVersion": ROUTES[0],
                "kind": ROUTES[1],
                "metadata": {"name": NAME, "namespace": namespace},
                "spec": {
                    "entryPoints": found["spec"]["entryPoints"],
                    "routes": [{"kind": "Rule", "match": match, "services": [service]}],
                    "tls": {},
                },
            }
    message = "no application asks for itself"
    raise DrillError(message)


def _answer(scene: Scene, host: str) -> str:
    """What a visitor gets."""
    try:
        return f"answers {scene.cloudflare.ask(host).status}"
    except ssl.SSLError as error:
        return CLOSES if "EOF" in str(error.reason) else str(error.reason)


def _certificate(scene: Scene, host: str) -> str:
    """Which certificate a visitor is shown."""
    caller = scene.cloudflare
    shown = []
    for name in (host, None):
        with caller.connect(name, context=caller.context(verify=False)) as connected:
            shown.append(connected.getpeercert(binary_form=True))
    return DEFAULT if shown[0] == shown[1] else "another certificate"
