"""Hosts: one written in another way, or another than the connection was made for, is the same or refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from drills.course import FAILURES
from drills.errors import DrillError
from drills.http.caller import Caller, Said
from drills.http.every import every
from drills.http.found import Host, answering
from drills.http.outpost import AUTHORIZE
from drills.http.scene import Scene

WITHIN: Final = 120.0
WRITTEN: Final = (
    "a guarded host in capitals, with a dot or a port behind it, whole in the first line; two hosts; a space"
)
ANOTHER: Final = "on a connection to one host, another one is asked for; the first has a session"
FORWARDED: Final = "a member of one application says by X-Forwarded-* that the request is for that one"
SAME: Final = "asked to sign in, or refused"
OWN: Final = "each answers for itself"
STAYS: Final = "asked to sign in"


def run(scene: Scene) -> None:
    """All steps."""
    course = scene.course
    with course.step(WRITTEN, expected=SAME, within=WITHIN) as step:
        ways = [(host, name) for host in scene.guarded for name in WAYS]
        step.seen = every(
            ways,
            lambda way: _let_in(WAYS[way[1]], scene.stranger, way[0].name),
            all_well=SAME,
            name=lambda way: f"{way[0].name}, {way[1]}",
        )
        step.note = f"{len(ways)} requests"
    first, second, *_ = answering(scene.guarded)
    with course.step(ANOTHER, expected=OWN, within=WITHIN) as step:
        step.seen = _on_one_connection(scene, first, second) or OWN
    with course.step(FORWARDED, expected=STAYS, within=WITHIN) as step:
        tried = [(mine, other) for mine in scene.guarded for other in scene.guarded if mine is not other]
        step.seen = every(
            tried,
            lambda pair: _lied(scene, *pair),
            all_well=STAYS,
            name=lambda pair: f"{pair[1].name}, by a session of {pair[0].name}",
        )
        step.note = f"{len(tried)} pairs"


def _plain(caller: Caller, host: str) -> Said:
    return caller.ask(host.upper())


def _written(name: str) -> Callable[[Caller, str], Said]:
    def ask(caller: Caller, host: str) -> Said:
        with caller.session(host) as session:
            return session.ask("/", host=name.format(host))

    return ask


def _absolute(caller: Caller, host: str) -> Said:
    with caller.session(host) as session:
        return session.ask(f"https://{host}/", host="no-such-host.example")


def _twice(caller: Caller, host: str) -> Said:
    return caller.ask(host, headers=[("Host", "no-such-host.example")])


WAYS: Final = {
    "in capitals": _plain,
    "with a dot": _written("{0}."),
    "with a port": _written("{0}:443"),
    "with another port": _written("{0}:8443"),
    "with a dot and a port": _written("{0}.:443"),
    "with a user": _written("x@{0}"),
    "with a slash": _written("{0}/x"),
    "in the first line": _absolute,
    "twice": _twice,
}


def _let_in(way: Callable[[Caller, str], Said], caller: Caller, host: str) -> str:
    """Nothing if nobody was let in."""
    try:
        said = way(caller, host)
    except FAILURES:  # refused before anything was answered
        return ""
    sent = AUTHORIZE in said.headers.get("location", "")
    return "" if sent or 400 <= said.status < 500 else said.words


def _on_one_connection(scene: Scene, first: Host, second: Host) -> str:
    """Nothing if the session of the first host opens that one, and not the second."""
    ada = scene.browser("ada")
    ada.go(first.name)
    crumbs = ada.headers(first.name)
    with scene.cloudflare.session(first.name) as session:
        own = session.ask(headers=crumbs)
        other = session.ask(host=second.name, headers=crumbs)
        again = session.ask(headers=crumbs)
    if AUTHORIZE not in other.headers.get("location", "") and other.status != 421:
        return f"{second.name}: {other.words}"
    for said in (own, again):
        if said.heard["pod"] not in scene.pods_behind(*(first.main.service or ("", ""))):
            return f"{first.name}: {said.words}"
    return ""


def _lied(scene: Scene, mine: Host, other: Host) -> str:
    """Nothing if a session of one's own host does not open another one, whatever is said of the request."""
    ada = scene.browser("ada")
    ada.go(mine.name)
    crumbs = ada.headers(mine.name)
    if not crumbs:
        message = f"{mine.name}: no session"
        raise DrillError(message)
    lies = [
        ("X-Forwarded-Host", mine.name),
        ("X-Forwarded-Server", mine.name),
        ("X-Forwarded-Uri", "/"),
        ("X-Forwarded-Proto", "https"),
        ("X-Original-Url", f"https://{mine.name}/"),
        ("Forwarded", f"host={mine.name};proto=https"),
    ]
    for caller in (scene.stranger, scene.cloudflare):
        said = caller.ask(other.name, headers=[*crumbs, *lies])
        if AUTHORIZE not in said.headers.get("location", ""):
            return said.words
    return ""
