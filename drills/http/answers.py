"""What every answer has: plain HTTP leads to HTTPS, headers that browsers obey, compression."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from typing import Final

from drills.http.caller import Said
from drills.http.every import every, unless
from drills.http.found import Host, answering
from drills.http.scene import Scene

WITHIN: Final = 60.0
YEAR: Final = 31_536_000
REDIRECTED: Final = "plain HTTP is asked, with a path and a query"
HEADERS: Final = "every application's answer bears what browsers are to obey, and nothing of what it runs on"
COMPRESSED: Final = "an application's long answer is compressed for whoever can read it"
TARGET: Final = "/a/path?with=a%20query"
LONG: Final = "/?padding=2000"
NAMED: Final[Mapping[str, Callable[[str], bool]]] = {
    "strict-transport-security": lambda value: "includesubdomains" in value.lower() and _seconds(value) >= YEAR,
    "x-content-type-options": lambda value: value == "nosniff",
    "x-frame-options": lambda value: value in ("SAMEORIGIN", "DENY"),
    "referrer-policy": lambda value: value not in ("", "unsafe-url"),
    "permissions-policy": lambda value: "camera=()" in value,
}
"""What has to be there, and of what kind."""
TELLING: Final = ("server", "x-powered-by")
ENCODINGS: Final = ("gzip", "br", "zstd")


def run(scene: Scene) -> None:
    """All steps; `ada`, whom every application lets in, is the one who asks."""
    course, caller = scene.course, scene.cloudflare
    with course.step(REDIRECTED, expected="301 to the same over HTTPS", within=WITHIN) as step:
        step.seen = every(
            [host.name for host in scene.hosts],
            lambda name: unless(_led(caller.ask(name, TARGET, tls=False)), f"301 https://{name}{TARGET}"),
            all_well="301 to the same over HTTPS",
        )
    ada = scene.browser("ada")
    asked = answering(scene.hosts)
    for host in asked:
        ada.go(host.name)
    with course.step(HEADERS, expected="all", within=WITHIN) as step:
        step.seen = every(asked, lambda host: _headers(ada.ask(host.name)), all_well="all", name=lambda host: host.name)
    with course.step(COMPRESSED, expected=f"{', '.join(ENCODINGS)}; unasked, not at all", within=WITHIN) as step:

        def looked(host: Host) -> str:
            for encoding in ENCODINGS:
                said = ada.ask(host.name, LONG, headers=[("Accept-Encoding", encoding)])
                if said.headers.get("content-encoding") != encoding:
                    return f"not by {encoding}"
            if b"so it goes" not in gzip.decompress(
                ada.ask(host.name, LONG, headers=[("Accept-Encoding", "gzip")]).body
            ):
                return "cannot be read"
            return unless(ada.ask(host.name, LONG).headers.get("content-encoding", ""), "")

        step.seen = every(asked, looked, all_well=step.expected, name=lambda host: host.name)
        plain, packed = (
            len(ada.ask(asked[0].name, LONG, headers=given).body) for given in ([], [("Accept-Encoding", "gzip")])
        )
        step.note = f"{plain} bytes in {packed}"


def _led(said: Said) -> str:
    return f"{said.status} {said.headers.get('location', '')}".strip()


def _headers(said: Said) -> str:
    if "answered by" not in said.words:
        return said.words
    lacking = [name for name, good in NAMED.items() if not good(said.headers.get(name, ""))]
    told = [name for name in TELLING if name in said.headers]
    return ", ".join([*(f"lacks {name}" for name in lacking), *(f"tells {name}" for name in told)])


def _seconds(value: str) -> int:
    found = [
        part.partition("=")[2] for part in value.lower().replace(" ", "").split(";") if part.startswith("max-age=")
    ]
    return int(found[0]) if found and found[0].isdigit() else 0
