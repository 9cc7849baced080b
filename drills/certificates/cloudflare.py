"""Cloudflare's API as cert-manager calls it: over the state of the simulated account, by the rights of its tokens.

It is the same state that the provider's plugin works on. A zone can be in trouble for a while: then calls that concern
it are answered as an API is that limits its callers, or that is out of order.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs

from drills.web import Answer, Asked
from sandbox.plugins.accounts.account import Account, Data, objects
from sandbox.plugins.accounts.cloudflare import tokens
from sandbox.plugins.accounts.cloudflare.dns import DnsRecord
from sandbox.plugins.interface import ProviderError

HOST: Final = "api.cloudflare.com"
ZONES: Final = "/client/v4/zones"
RECORDS: Final = re.compile(rf"{ZONES}/([^/]+)/dns_records(?:/([^/]+))?")
CODE: Final = re.compile(r"\((\d{4,5})\)")
"""How the account writes the API's number into what it says."""
LIMITED: Final = Answer(
    status=429,
    headers={"Content-Type": "application/json", "Retry-After": "1"},
    body=b'{"success":false,"errors":[{"code":971,"message":"Please wait and consider throttling your request speed"}],'
    b'"messages":[],"result":null}',
)
BROKEN: Final = Answer(
    status=500, headers={"Content-Type": "text/html"}, body=b"<html>500 Internal Server Error</html>"
)
"""What stands before the API answers when there is nothing behind it: a page, and no JSON."""


@dataclass(kw_only=True)
class Trouble:
    """What a zone's calls are answered in the place of what they ask for, in turn."""

    answers: list[Answer | None]
    """None is what they ask for."""
    done: bool = False
    """Whether what was asked is done nevertheless: its answer alone is lost."""
    method: str = ""
    """Which calls; empty for all."""
    lasting: bool = False
    """Whether the first of the answers is given again and again."""

    def next(self) -> Answer | None:
        """The next of the answers."""
        return self.answers[0] if self.lasting else self.answers.pop(0)


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call, and the status of its answer."""

    method: str
    path: str
    zone: str
    """Name of the zone that it concerns; empty for none."""
    status: int


class RefusedError(Exception):
    """What the API refuses: its number, and its words."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.answer = _answered(status, {"success": False, "errors": [{"code": code, "message": message}]})


@dataclass(kw_only=True)
class Api:
    """The part of the API that proves a name: zones by name, and their records."""

    account: Account
    changed: Callable[[], None]
    """Is told after each change of a record."""
    trouble: dict[str, list[Trouble]] = field(default_factory=dict)
    """By the name of the zone."""
    calls: list[Call] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, asked: Asked) -> Answer:
        """Answer a call of the host."""
        zone = self._concerned(asked)
        with self._lock:
            trouble = self._struck(zone, asked.method)
            instead = trouble.next() if trouble else None
        if instead is None:
            answer = self._done(asked)
        else:
            answer = instead
            if trouble and trouble.done:
                self._done(asked)
        with self._lock:
            self.calls.append(Call(method=asked.method, path=asked.path, zone=zone, status=answer.status))
        return answer

    def answered(self, zone: str, status: int) -> int:
        """How many calls that concern a zone had an answer of this status."""
        with self._lock:
            return sum(1 for call in self.calls if (call.zone, call.status) == (zone, status))

    def _concerned(self, asked: Asked) -> str:
        """The zone that a call is about, by the id in its path or the name that it looks for."""
        zones = self.account.read().get("zones") or {}
        if found := RECORDS.fullmatch(asked.path):
            return str(zones.get(found[1], {}).get("name", ""))
        name = _given(asked).get("name", "")
        # What looks for a zone asks for every name above the one that it has to prove.
        return next((zone["name"] for zone in zones.values() if f".{name}".endswith(f".{zone['name']}")), "")

    def _struck(self, zone: str, method: str) -> Trouble | None:
        """The trouble that a call meets."""
        met = (each for each in self.trouble.get(zone, []) if each.answers and each.method in ("", method))
        return next(met, None)

    def _done(self, asked: Asked) -> Answer:
        try:
            return self._asked(asked)
        except RefusedError as error:
            return error.answer
        except ProviderError as error:
            code = CODE.search(str(error))
            return RefusedError(400, int(code[1]) if code else 1000, str(error)).answer

    def _asked(self, asked: Asked) -> Answer:
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if not tokens.knows(self.account.read(), token):
            raise RefusedError(403, 9109, "Invalid access token")
        if asked.path == ZONES and asked.method == "GET":
            return self._zones(token, _given(asked))
        found = RECORDS.fullmatch(asked.path)
        if found is None or (asked.method, bool(found[2])) not in (("GET", False), ("POST", False), ("DELETE", True)):
            raise RefusedError(405, 10405, f"Method not allowed: {asked.method} {asked.path}")
        level = tokens.READ if asked.method == "GET" else tokens.EDIT
        if not tokens.permits(self.account.read(), token, tokens.DNS, level):
            raise RefusedError(403, 10000, "Authentication error")
        if asked.method == "GET":
            return self._records(found[1], _given(asked))
        answer = self._made(found[1], asked.body) if asked.method == "POST" else self._removed(found[1], found[2])
        self.changed()
        return answer

    def _zones(self, token: str, given: Mapping[str, str]) -> Answer:
        """The zones of a name; none for a token that may not read them."""
        account = self.account.read()
        seen = account.get("zones") or {} if tokens.permits(account, token, tokens.ZONE, tokens.READ) else {}
        named = [(own, zone["name"]) for own, zone in seen.items() if given.get("name") in (None, zone["name"])]
        return _result([{"id": own, "name": name, "status": "active"} for own, name in named])

    def _records(self, zone: str, given: Mapping[str, str]) -> Answer:
        held = objects(self.account.read(), "DnsRecord").items()
        shown = [_shown(own, record) for own, record in held if record["zoneId"] == zone]
        wanted = {key: given[key] for key in ("type", "name", "content") if key in given}
        return _result([record for record in shown if wanted.items() <= record.items()])

    def _made(self, zone: str, body: bytes) -> Answer:
        try:
            asked = json.loads(body)
            given = {key: asked[key] for key in ("name", "type", "content", "ttl")}
        except (ValueError, KeyError, TypeError):
            raise RefusedError(400, 9207, "Request body is invalid.") from None
        with self.account.edit() as data:
            own, record = DnsRecord().create(data, {**given, "zoneId": zone, "proxied": False})
        return _result(_shown(own, record))

    def _removed(self, zone: str, own: str) -> Answer:
        with self.account.edit() as data:
            held = objects(data, "DnsRecord")
            if held.get(own, {}).get("zoneId") != zone:
                raise RefusedError(404, 81044, "Record does not exist.")
            del held[own]
        return _result({"id": own})


def texts(account: Data) -> set[tuple[str, str]]:
    """The names and contents of an account's TXT records."""
    records = objects(account, "DnsRecord").values()
    return {(str(record["fqdn"]), str(record["content"])) for record in records if record["type"] == "TXT"}


def _shown(own: str, record: Mapping[str, Any]) -> dict[str, Any]:
    told = {key: record.get(key) for key in ("type", "content", "ttl", "proxied")}
    return {"id": own, "name": record["fqdn"], **told}


def _given(asked: Asked) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(asked.query).items()}


def _result(result: object) -> Answer:
    return _answered(200, {"success": True, "errors": [], "messages": [], "result": result})


def _answered(status: int, content: Mapping[str, Any]) -> Answer:
    headers = {"Content-Type": "application/json"}
    return Answer(status=status, headers=headers, body=json.dumps({"result": None, **content}).encode())
