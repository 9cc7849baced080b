"""Forward auth: who is sent to the sign-in page, who is let in, and what applications are told of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from drills.http.every import every, unless
from drills.http.found import Host, answering
from drills.http.outpost import AUTHORIZE, CALLBACK, START
from drills.http.scene import Scene
from sandbox.controllers import outposts

WITHIN: Final = 90.0
SENT_AWAY: Final = "without a session, by any method: to Authentik"
NOT_LET_IN: Final = "who is in none of the groups signs in"
LET_IN: Final = "who is in the application's group signs in, and comes back to where one was"
LEADS: Final = "applications that ask for themselves are asked"
FORGED: Final = "identity headers of a caller's own: unasked, at open paths, and with a session"
CONNECTION: Final = "a caller calls identity headers hop-by-hop, for Traefik to drop the true ones"
RETURNING: Final = "the outpost's own paths, without a session, on every host behind it"
OTHER: Final = "a session of one host is shown to another"
OWN: Final = "each answered by its own"
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND")
LIE: Final = "somebody-else"
PAGE: Final = "/some/page?of=it"
IDENTITY: Final = "x-authentik-"


def run(scene: Scene) -> None:
    """All steps."""
    _sent_away(scene)
    _signed_in(scene)
    _forged(scene)
    _hop_by_hop(scene)
    _returning(scene)


def _sent_away(scene: Scene) -> None:
    page = f"302 to {scene.sign_in.browser.rstrip('/')}{AUTHORIZE}"
    with scene.course.step(SENT_AWAY, expected=page, within=WITHIN) as step:
        step.seen = every(
            [(host, method) for host in scene.guarded for method in METHODS],
            lambda pair: unless(scene.stranger.ask(pair[0].name, PAGE, method=pair[1]).words, page),
            all_well=page,
            name=lambda pair: f"{pair[1]} {pair[0].name}",
        )
        step.note = f"{len(scene.guarded)} hosts"
    with scene.course.step(LEADS, expected=OWN, within=WITHIN) as step:
        step.seen = every(
            scene.unguarded,
            lambda host: _own(scene, host, scene.stranger.ask(host.name).heard),
            all_well=step.expected,
            name=lambda host: host.name,
        )


def _signed_in(scene: Scene) -> None:
    with scene.course.step(NOT_LET_IN, expected="403 from Authentik", within=WITHIN) as step:

        def refused(host: Host) -> str:
            nobody = scene.browser("nobody")
            said = nobody.go(host.name)
            where = nobody.seen[-1].partition("/")[0]
            return unless(f"{said.status} {where}", f"403 {urlsplit(scene.sign_in.browser).hostname}")

        step.seen = every(scene.guarded, refused, all_well=step.expected, name=lambda host: host.name)
    with scene.course.step(LET_IN, expected="known by name to the application", within=WITHIN) as step:

        def welcomed(host: Host) -> str:
            member = scene.browser(_member(scene, host))
            said = member.go(host.name, PAGE)
            heard = said.heard
            told = _identity(heard)
            if heard["target"] != PAGE:
                return f"came back to {heard['target']}"
            person = scene.sign_in.people[member.account]
            wanted = person.headers(told.get(f"{IDENTITY}meta-app", ""))
            lacking = [name for name, value in wanted.items() if told.get(name.lower()) != value]
            return _own(scene, host, heard) or (f"lacks {', '.join(lacking)}" if lacking else "")

        step.seen = every(answering(scene.guarded), welcomed, all_well=step.expected, name=lambda host: host.name)
        step.note = f"{len(outposts.HEADERS)} headers each"
    with scene.course.step(OTHER, expected="302 to the sign-in page", within=WITHIN) as step:
        first, second, *_ = answering(scene.guarded)
        ada = scene.browser("ada")
        ada.go(first.name)
        said = scene.cloudflare.ask(second.name, headers=ada.headers(first.name))
        step.seen = "302 to the sign-in page" if AUTHORIZE in said.headers.get("location", "") else said.words


def _forged(scene: Scene) -> None:
    with scene.course.step(FORGED, expected="none of them arrives", within=WITHIN) as step:
        lies = [
            *((name, LIE) for name in outposts.HEADERS),
            *((name.lower(), LIE) for name in outposts.HEADERS),
            *((name.upper(), LIE) for name in outposts.HEADERS),
        ]
        ada = scene.browser("ada")

        def asked(place: tuple[Host, str, bool]) -> str:
            host, target, session = place
            crumbs = ada.headers(host.name) if session else []
            heard = scene.cloudflare.ask(host.name, target, headers=[*crumbs, *lies]).heard
            told = _identity(heard)
            if LIE in " ".join(told.values()):
                return f"told of {LIE}"
            return "" if session or not told else f"told {', '.join(told)}"

        for host in answering(scene.guarded):
            ada.go(host.name)
        places = [
            *((host, "/", False) for host in answering(scene.unguarded)),
            *((host, path, False) for host in scene.guarded for path in host.open),
            *((host, "/", True) for host in answering(scene.guarded)),
        ]
        step.seen = every(places, asked, all_well=step.expected, name=lambda place: f"{place[0].name}{place[1]}")
        step.note = f"{len(lies)} headers in {len(places)} places"


def _hop_by_hop(scene: Scene) -> None:
    with scene.course.step(CONNECTION, expected="known by name, or not let in", within=WITHIN) as step:
        ada = scene.browser("ada")
        for host in answering(scene.guarded):
            ada.go(host.name)
        given = [("Connection", f"keep-alive, {', '.join(outposts.HEADERS)}"), (outposts.HEADERS[0], LIE)]

        def asked(host: Host) -> str:
            said = ada.ask(host.name, headers=given)
            told = _identity(said.heard) if said.status == 200 else {}
            return (
                ""
                if said.status != 200 or told.get(outposts.HEADERS[0].lower()) == "ada"
                else f"told {told or 'nothing'}"
            )

        step.seen = every(answering(scene.guarded), asked, all_well=step.expected, name=lambda host: host.name)


def _returning(scene: Scene) -> None:
    with scene.course.step(RETURNING, expected="answered by the outpost", within=WITHIN) as step:

        def asked(host: Host) -> str:
            begun = scene.stranger.ask(host.name, START)
            back = scene.stranger.ask(host.name, f"{CALLBACK}?code=forged&state=https://evil.example/")
            good = AUTHORIZE in begun.headers.get("location", "") and back.status == 400
            return "" if good else f"{begun.words}, {back.words}"

        step.seen = every(scene.guarded, asked, all_well=step.expected, name=lambda host: host.name)


def _member(scene: Scene, host: Host) -> str:
    """Somebody who is in one group only, by which the application lets in."""
    provider = scene.sign_in.provider(host.name) or {}
    people = [person for person in scene.sign_in.people.values() if len(person.groups) == 1]
    return next((person.username for person in people if scene.sign_in.lets_in(provider, person)), "nobody")


def _identity(heard: Mapping[str, Any]) -> dict[str, str]:
    """What an application is told of who is calling; of a name that comes twice, all that it is told."""
    told: dict[str, str] = {}
    for name, value in heard["headers"]:
        if name.lower().startswith(IDENTITY):
            told[name.lower()] = f"{told[name.lower()]}, {value}" if name.lower() in told else value
    return told


def _own(scene: Scene, host: Host, heard: Mapping[str, Any]) -> str:
    """Nothing if it was a pod behind the Service that the host's rule names."""
    if host.main.service is None:
        return ""
    namespace, service = host.main.service
    named = scene.pods_behind(namespace, service)
    return "" if heard["pod"] in named else f"answered by {heard['pod']}"
