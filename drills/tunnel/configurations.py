"""Rules that are held against both: broken ones, and unusual ones that are well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

Rules = Sequence[Mapping[str, Any]]

LAST: Final[Mapping[str, Any]] = {"service": "http_status:404"}


def one(**rule: Any) -> Rules:
    """One rule for a host, and the last one."""
    return [{"hostname": "a.example.org", "service": "http://a:80", **rule}, LAST]


BROKEN: Final[Mapping[str, Rules]] = {
    "no rule at all": [],
    "no rule that catches all": [{"hostname": "a.example.org", "service": "http://a:80"}],
    "a last rule for a path only": [{"path": "/a", "service": "http://a:80"}],
    "a rule that catches all before the last": [LAST, LAST],
    "a star that catches all before the last": [{"hostname": "*", "service": "http://a:80"}, LAST],
    "a wildcard in the middle": one(hostname="a.*.example.org"),
    "two wildcards": one(hostname="*.*.example.org"),
    "a port in a host name": one(hostname="a.example.org:80"),
    "a service without a scheme": one(service="a:80"),
    "a service without a host": one(service="http://"),
    "a service with a port that is none": one(service="http://a:x"),
    "a service with a path": one(service="http://a:80/path"),
    "a service with the path /": one(service="http://a:80/"),
    "an answer that is no number": one(service="http_status:gone"),
    "an answer below 100": one(service="http_status:42"),
    "a path that is no expression": one(path="/("),
    "a path with a lookahead": one(path="/(?!admin)"),
    "a path with a reference": one(path=r"/(a)\1"),
}

SOUND: Final[Mapping[str, Rules]] = {
    "a wildcard in front": one(hostname="*.example.org"),
    "a star with a path": one(hostname="*", path="/a"),
    "a path for all hosts": [{"path": "^/a", "service": "http://a:80"}, LAST],
    "a star for the last rule": [{"hostname": "*", "service": "http_status:503"}],
    "a machine without a port": one(service="tcp://a"),
    "a socket": one(service="unix:/a"),
    "its own page": one(service="hello_world"),
    "an unusual answer": one(service="http_status:999"),
    "limits of the origin": one(originRequest={"connectTimeout": 10, "noTlsVerify": True, "http2Origin": True}),
    "tokens of Access": one(originRequest={"access": {"required": True, "teamName": "t", "audTags": ["a"]}}),
}

PLACES: Final[Rules] = [
    {"hostname": "exact.example.org", "service": "http://exact:80"},
    {"hostname": "*.example.org", "path": "/only", "service": "http://path:80"},
    {"hostname": "*.example.org", "service": "http://wild:80"},
    {"hostname": "late.example.org", "service": "http://late:80"},
    {"hostname": "*", "path": r"\.(jpg|png)$", "service": "http://pictures:80"},
    LAST,
]
"""Rules whose order decides."""
ASKED: Final = tuple(
    (host, path)
    for host in (
        *("exact.example.org", "other.example.org", "a.b.example.org", "late.example.org", "example.org"),
        *("EXACT.example.org", "exact.example.org.", "evilexample.org", "exact.example.org:8443", "elsewhere.example"),
    )
    for path in ("/", "/only", "/x/only/y", "/ONLY", "/a.png", "/a.png/b", "//only")
)
