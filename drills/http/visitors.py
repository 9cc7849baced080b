"""The address of a visitor: right when a trusted proxy says it, and nobody else's to choose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from drills.http.caller import Caller, Said
from drills.http.every import every, unless
from drills.http.scene import HOME, STRANGER, VISITOR, Scene

WITHIN: Final = 60.0
TRUSTED: Final = "a trusted proxy says whom it calls for"
SPOOFED: Final = "somebody from anywhere, and in the house, claims to call for another"
OWN: Final = "their own address"
RIGHT: Final = "the visitor's address, then the proxy's"
OTHER: Final = "192.0.2.66"
"""Whom somebody claims to call for."""
CLAIMS: Final = (
    ("X-Forwarded-For", OTHER),
    ("X-Real-Ip", OTHER),
    ("X-Forwarded-Host", "evil.example"),
    ("X-Forwarded-Proto", "http"),
    ("X-Forwarded-Port", "1"),
    ("X-Forwarded-Server", "evil"),
    ("X-Forwarded-Prefix", "/evil"),
    ("X-Forwarded-Uri", "/evil"),
    ("X-Forwarded-Method", "EVIL"),
    ("X-Forwarded-Tls-Client-Cert", "evil"),
    ("X-Forwarded-Tls-Client-Cert-Info", "evil"),
)


def run(scene: Scene, proxy: Caller) -> None:
    """All steps, with a proxy that is trusted."""
    course = scene.course
    answering = scene.unguarded
    with course.step(TRUSTED, expected=RIGHT, within=WITHIN) as step:
        given = [("X-Forwarded-For", VISITOR), ("X-Forwarded-Proto", "https")]
        step.seen = every(
            answering,
            lambda host: unless(
                chain(proxy.ask(host.name, headers=given)), f"{VISITOR}, {proxy.address}; https {host.name}"
            ),
            all_well=RIGHT,
            name=lambda host: host.name,
        )
    with course.step(SPOOFED, expected=OWN, within=WITHIN) as step:
        step.seen = every(
            [(host, address) for host in answering for address in (STRANGER, HOME)],
            lambda pair: _honest(scene.caller(pair[1]).ask(pair[0].name, headers=CLAIMS), pair[0].name, pair[1]),
            all_well=OWN,
            name=lambda pair: f"{pair[0].name} from {pair[1]}",
        )
        step.note = f"{len(CLAIMS)} headers"


def chain(said: Said) -> str:
    """Who an application is told has called, over which protocol, for which host."""
    told = headers(said.heard)
    who, protocol, host = (told.get(f"x-forwarded-{name}", "") for name in ("for", "proto", "host"))
    return f"{who}; {protocol} {host}"


def _honest(said: Said, host: str, address: str) -> str:
    told = headers(said.heard)
    if wrong := [name for name, value in told.items() if OTHER in value or "evil" in value.lower()]:
        return f"told {', '.join(wrong)}"
    return unless(chain(said), f"{address}; https {host}") or unless(told.get("x-real-ip", ""), address)


def headers(heard: Mapping[str, Any]) -> dict[str, str]:
    """What an application has heard, by names in small letters."""
    return {name.lower(): value for name, value in heard["headers"]}
