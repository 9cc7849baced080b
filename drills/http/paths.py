"""Paths: which are open, which are closed, and what may not be made of either by the way in which they are written."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from drills.http.caller import Said
from drills.http.every import every
from drills.http.found import Host
from drills.http.outpost import AUTHORIZE
from drills.http.scene import Scene

WITHIN: Final = 120.0
OPEN: Final = "open paths, as they are named"
NEXT_TO_OPEN: Final = "what is nearly an open path: another case, a longer word, below another path"
OUT_OF_OPEN: Final = "a way out of an open path, by `..`, `//`, `\\`, and what stands for them"
CLOSED: Final = "closed paths, in any case and by any detour, by somebody who is signed in"
ANSWERED: Final = "answered unasked, by the application"
ASKED: Final = "asked to sign in, or refused"
BELOW: Final = "only what is below the open path is answered"
SHUT: Final = "the application hears of none"
ELSEWHERE: Final = "settings/of/all"
"""What nobody is to reach by way of an open path."""
WAYS_OUT: Final = (
    "../{0}",
    "./../{0}",
    "%2e%2e/{0}",
    ".%2e/{0}",
    "%2E./{0}",
    "..%2f{0}",
    "..%2F{0}",
    "%2e%2e%2f{0}",
    "..%5c{0}",
    "..\\{0}",
    "..;/{0}",
    "x/../../{0}",
    "x/%2e%2e/%2e%2e/{0}",
    "//../{0}",
    "%2f..%2f..%2f{0}",
    "%252e%252e/{0}",
    "..%252f{0}",
    "..%00/{0}",
    "?/../{0}",
    "%3f/../{0}",
    "%23/../{0}",
)


def run(scene: Scene) -> None:
    """All steps."""
    course, stranger = scene.course, scene.stranger
    opened = [(host, prefix) for host in scene.guarded for prefix in host.open]
    with course.step(OPEN, expected=ANSWERED, within=WITHIN) as step:
        step.seen = every(
            [(host.name, f"{prefix}{more}") for host, prefix in opened for more in ("", "x", "?of=it")],
            lambda place: "" if _reached(said := stranger.ask(*place)) else said.words,
            all_well=ANSWERED,
            name="".join,
        )
        step.note = ", ".join(_short(*place) for place in opened)
    with course.step(NEXT_TO_OPEN, expected=ASKED, within=WITHIN) as step:
        tried = [(host.name, path) for host, prefix in opened for path in _nearly(host, prefix)]
        step.seen = every(tried, lambda place: _passed(stranger.ask(*place)), all_well=ASKED, name="".join)
        step.note = f"{len(tried)} paths"
    with course.step(OUT_OF_OPEN, expected=BELOW, within=WITHIN) as step:
        ways = [(host, f"{prefix.rstrip('/')}/{way.format(ELSEWHERE)}") for host, prefix in opened for way in WAYS_OUT]
        step.seen = every(
            ways, lambda way: _escaped(scene, *way), all_well=BELOW, name=lambda way: f"{way[0].name}{way[1]}"
        )
        step.note = f"{len(ways)} ways"
    _closed(scene)


def _closed(scene: Scene) -> None:
    ada = scene.browser("ada")
    for host in scene.hosts:
        ada.go(host.name)
    shut = [(host, path) for host in scene.hosts for path in host.closed]
    with scene.course.step(CLOSED, expected=SHUT, within=WITHIN) as step:
        tried = [(host, path, detour) for host, path in shut for detour in detours(path)]

        def asked(place: tuple[Host, str, str]) -> str:
            host, path, detour = place
            said = ada.ask(host.name, detour)
            return f"heard as {said.heard['target']}" if _reached(said) and _within(path, said.heard["target"]) else ""

        step.seen = every(tried, asked, all_well=SHUT, name=lambda place: f"{place[0].name}{place[2]}")
        step.note = f"{len(tried)} paths to {', '.join(_short(*place) for place in shut)}"


def _short(host: Host, path: str) -> str:
    return f"{host.name.partition('.')[0]}{path}"


def detours(path: str) -> Iterator[str]:
    """A path, written in every way that somebody might take for it."""
    word = path.lstrip("/")
    yield from (path, path.upper(), path.title(), f"{path}/", f"{path}/x", f"{path}?x", f"/{path}", f"//{path}")
    yield from (f"/./{word}", f"/x/..{path}", f"/x/%2e%2e{path}", f"/%2e{path}", f"/..{path}", f"{path}%20", f"{path}.")
    yield from (f"/%{ord(word[0]):02x}{word[1:]}", f"/%{ord(word[0]):02X}{word[1:].upper()}", f"{path};x=y")
    yield from (f"/x/..;{path}", f"/x/%252e%252e{path}")
    if "/" in word:
        yield f"/{word.replace('/', '%2f')}"
    yield from (f"/x/..%2f{word}", f"/%2f{word}", f"/%5c{word}", f"/x%2f..%2f{word}", f"/.%2f{word}", f"{path}%2fx")


def _nearly(host: Host, prefix: str) -> Iterator[str]:
    """Paths next to an open one, without those that are open themselves."""
    word = prefix.strip("/")
    near = (
        prefix.upper(),
        f"/{word.title()}/",
        f"/x/{word}/",
        f"/{word[:-1]}",
        f"/{word[:-1]}/x",
        f"/x{word}/",
        f"/%20{word}/",
    )
    yield from (path for path in near if not _open(host, path))


def _open(host: Host, path: str) -> bool:
    return any(path.startswith(prefix) for prefix in host.open)


def _reached(said: Said) -> bool:
    """Whether an application has answered."""
    return said.status == 200 and b'"pod"' in said.body


def _passed(said: Said) -> str:
    """Nothing if nobody was let in; otherwise what the application has heard."""
    sent = AUTHORIZE in said.headers.get("location", "")
    if sent or (400 <= said.status < 500):
        return ""
    return f"heard as {said.heard['target']}" if _reached(said) else said.words


def _escaped(scene: Scene, host: Host, target: str) -> str:
    """Nothing if it was not answered, or for a path that is open however often it is read."""
    said = scene.stranger.ask(host.name, target)
    if not _reached(said):
        return ""
    heard = str(said.heard["target"])
    return "" if all(_open(host, reading) for reading in readings(heard)) else f"heard as {heard}"


def readings(target: str) -> Iterator[str]:
    r"""What a program may make of a path: as it is, decoded once and again, with `\` for `/`, without parameters."""
    path = target.partition("?")[0]
    for _ in range(3):
        for reading in (path, path.replace("\\", "/"), re.sub(r";[^/]*", "", path)):
            yield resolved(reading)
        path = unquote(path)


def resolved(path: str) -> str:
    """A path without dots and doubled slashes; it keeps a slash at its end."""
    plain = posixpath.normpath(f"/{path.lstrip('/')}")
    return f"{plain}/" if path.endswith(("/", "/.", "/..")) and plain != "/" else plain


def _within(closed: str, target: str) -> bool:
    """Whether a program may take a target for a closed path."""
    return any(reading.lower().startswith(closed.lower()) for reading in readings(target))
