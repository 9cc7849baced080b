"""A stand-in for the connection to an API server: it answers what a test told it to, and remembers what was asked."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import urllib3

from sandbox.kube import Client

DISCOVERY: dict[str, Any] = {
    "/api/v1": [("ConfigMap", "configmaps", True), ("Secret", "secrets", True), ("Namespace", "namespaces", False)],
    "/apis/apps/v1": [("Deployment", "deployments", True)],
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    content_type: str


@dataclass
class Answer:
    """One response; `events` are the lines of a watch."""

    status: int
    content: bytes
    events: list[bytes] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> bytes:
        return self.content

    def read(self) -> bytes:
        return self.content

    def stream(self, **_options: Any) -> Iterator[bytes]:
        yield from self.events

    def close(self) -> None:
        pass


class FakeApi:
    """Answers by method and path, in turn; the last answer is repeated. An unknown path is a 404."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answers: dict[tuple[str, str], list[Answer]] = defaultdict(list)
        for path, kinds in DISCOVERY.items():
            resources = [
                {"kind": kind, "name": plural, "namespaced": namespaced, "verbs": ["get"]}
                for kind, plural, namespaced in kinds
            ]
            self.answer("GET", path, {"resources": resources})

    def answer(self, method: str, path: str, body: Any, status: int = 200) -> None:
        self.answers[method, path].append(Answer(status, json.dumps(body).encode()))

    def busy(self, method: str, path: str) -> None:
        self.answers[method, path].append(Answer(429, b"", headers={"Retry-After": "0"}))

    def refuse(self, method: str, path: str, status: int, message: str, reason: str = "") -> None:
        self.answer(method, path, {"kind": "Status", "message": message, "reason": reason}, status)

    def watch(self, path: str, *events: tuple[str, Any]) -> None:
        lines = [json.dumps({"type": kind, "object": obj}).encode() + b"\n" for kind, obj in events]
        self.answers["WATCH", path].append(Answer(200, b"", lines))

    def request(self, method: str, url: str, *, body: bytes | None, headers: dict[str, str], **_options: Any) -> Answer:
        parts = urlsplit(url)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        content = json.loads(body) if body else None
        kind = headers.get("Content-Type", "")
        self.asked.append(Asked(method=method, path=parts.path, query=query, body=content, content_type=kind))
        waiting = self.answers[("WATCH" if "watch" in query else method), parts.path]
        if not waiting:
            return Answer(404, json.dumps({"message": f"{parts.path} not found", "reason": "NotFound"}).encode())
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    def client(self) -> Client:
        return Client(server="https://api", headers={}, pool=cast("urllib3.PoolManager", self))

    def sent(self, method: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.method == method]
