"""Lists of an account's API, page by page, with patience where it asks for some."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import urllib3

from recovery.errors import RecoveryError

TRIES: Final = 5
LONGEST_PAUSE: Final = 30.0
SIZE: Final = 50
"""Entries of a page: every list of both accounts gives as many."""


@dataclass(frozen=True, kw_only=True)
class Api:
    """One account's API, with one token."""

    title: str
    """What people call the account."""
    address: str
    token: str = field(repr=False)
    advice: str
    """What to look at when it refuses."""
    pause: Callable[[float], None] = time.sleep
    pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(retries=False))

    def get(self, path: str, query: Mapping[str, Any]) -> Any:
        """One answer's JSON.

        Raises:
            RecoveryError: it does not answer, or refuses.
        """
        why, wait = "", 0.0
        for attempt in range(TRIES):
            self.pause(min(wait, LONGEST_PAUSE))
            wait = float(2**attempt)
            try:
                answer = self.pool.request(
                    "GET",
                    f"{self.address}{path}?{urlencode(query)}",
                    headers={"Authorization": f"Bearer {self.token}", "Accept": "application/json"},
                    timeout=urllib3.Timeout(connect=10, read=60),
                )
            except urllib3.exceptions.HTTPError as error:
                why = str(error).rpartition(": ")[2]
                continue
            why = f"HTTP {answer.status}"
            if answer.status == 429 or answer.status >= 500:
                wait = _seconds(answer.headers.get("Retry-After"), wait)
                continue
            if answer.status >= 400:
                break
            try:
                return json.loads(answer.data)
            except ValueError:
                why = "the answer is no JSON"
                break
        message = f"{self.title} does not answer what is at {path}: {why}: {self.advice}; nothing was changed by it"
        raise RecoveryError(message)


def _seconds(asked: str | None, otherwise: float) -> float:
    """The pause that the API asks for; a date in its place is too fine for this."""
    return float(asked) if asked and asked.isdigit() else otherwise


def pages(ask: Callable[[int], tuple[list[Any], bool]]) -> Iterator[Any]:
    """Every entry of a list; `ask` gives a page, by its number from 1, and whether another one follows."""
    page, more = 1, True
    while more:
        entries, more = ask(page)
        yield from entries
        page += 1
