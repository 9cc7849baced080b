"""What is asked of a tunnel: plain requests, and tricks with the host and the path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

PATHS: Final = ("/", "/index.html", "/a/b?c=d", "//", "/..;/", "/%2e%2e/", "/%2F", "/A/../b", "/.well-known/x")
NOBODY: Final = "http_status:404"
"""The service of the last rule."""


@dataclass(frozen=True, kw_only=True)
class Trick:
    """A host that is not quite one of the tunnel's."""

    what: str
    make: Callable[[str], str]
    itself: bool = False
    """Whether it is the host all the same; nobody answers otherwise."""


TRICKS: Final = (
    Trick(what="a port behind the host", make=lambda host: f"{host}:8443", itself=True),
    Trick(what="the host in capital letters", make=str.upper),
    Trick(what="a dot behind the host", make=lambda host: f"{host}."),
    Trick(what="a name below the host", make=lambda host: f"a.{host}"),
    Trick(what="two names below the host", make=lambda host: f"a.b.{host}"),
    Trick(what="a host that ends like it", make=lambda host: f"evil{host}"),
    Trick(what="a host that begins like it", make=lambda host: f"{host}.example.com"),
    Trick(what="the zone itself", make=lambda host: host.partition(".")[2]),
    Trick(what="a host that nobody has", make=lambda host: f"nobody.{host.partition('.')[2]}"),
)


def expected(hosts: Mapping[str, str], trick: Trick) -> dict[str, str]:
    """The service that each made-up host has to lead to."""
    return {trick.make(host): service if trick.itself else NOBODY for host, service in hosts.items()}
