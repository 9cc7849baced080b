"""Certificates and versions of TLS: what a host shows, and what is refused."""

from __future__ import annotations

import ssl
from typing import Final

from drills.http.caller import Caller
from drills.http.every import every, unless
from drills.http.scene import Scene

WITHIN: Final = 60.0
COVERED: Final = "every host shows a certificate that covers it, by TLS 1.3"
OLD: Final = "TLS 1.2 is all that a caller speaks"
NOBODY: Final = "a host of the zone that no route is for is asked for, and none at all"
UNKNOWN: Final = "no-such-host"
REFUSED: Final = "refused"


def run(scene: Scene) -> None:
    """All steps."""
    caller = scene.cloudflare
    names = [host.name for host in scene.hosts]
    with scene.course.step(COVERED, expected="all", within=WITHIN) as step:
        step.seen = every(names, lambda name: unless(_shown(caller, name), "TLSv1.3"), all_well="all")
        step.note = f"{len(names)} hosts"
    with scene.course.step(OLD, expected="refused", within=WITHIN) as step:
        step.seen = every(names, lambda name: unless(_old(caller, name), REFUSED), all_well=REFUSED)
    zone = names[0].partition(".")[2]
    with scene.course.step(NOBODY, expected="404, 404", within=WITHIN) as step:
        known = caller.ask(f"{UNKNOWN}.{zone}").status
        with caller.connect(None, context=caller.context(verify=False)) as connected:
            connected.sendall(b"GET / HTTP/1.1\r\nHost: 192.0.2.1\r\nConnection: close\r\n\r\n")
            nameless = connected.recv(64).split()[1].decode()
        step.seen = f"{known}, {nameless}"


def _shown(caller: Caller, name: str) -> str:
    try:
        with caller.connect(name) as connected:
            return str(connected.version())
    except ssl.SSLError as error:
        return str(error.reason or error)


def _old(caller: Caller, name: str) -> str:
    context = caller.context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    try:
        with caller.connect(name, context=context) as connected:
            return f"spoken: {connected.version()}"
    except ssl.SSLError as error:
        # Anything else would be a fault of another kind: a certificate, a connection that ends.
        return REFUSED if "PROTOCOL_VERSION" in str(error.reason) else str(error.reason)
