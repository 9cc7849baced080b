"""Who is told of alerts outside the house: a channel in Discord, and a service that waits for calls."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from drills.web import Answer, Asked, Site

DISCORD: Final = "discord.com"
WATCHER: Final = "watcher.example.org"
ADDRESSES: Final = {"discord": f"https://{DISCORD}/api/webhooks/1/of-the-drill", "watchdog": f"https://{WATCHER}/drill"}
"""By the field of the owner's item in the vault."""


@dataclass(kw_only=True)
class Outside:
    """What they were told."""

    messages: list[str] = field(default_factory=list)
    """Discord's, each as the text that people see."""
    calls: list[Mapping[str, Any]] = field(default_factory=list)
    """The other's."""

    def site(self, host: str) -> Site | None:
        """Who answers for a host."""
        return {DISCORD: self._discord, WATCHER: self._watcher}.get(host)

    def about(self, *words: str) -> list[str]:
        """The messages in which all of these are."""
        return [message for message in self.messages if all(word in message for word in words)]

    def _discord(self, asked: Asked) -> Answer:
        if asked.method != "POST" or asked.url != ADDRESSES["discord"]:
            return Answer(status=404)
        told = json.loads(asked.body)
        embeds = told.get("embeds") or []
        texts = [told.get("content"), *(part for embed in embeds for part in (embed["title"], embed["description"]))]
        self.messages.append("\n".join(text for text in texts if text))
        return Answer(status=204)

    def _watcher(self, asked: Asked) -> Answer:
        if asked.method != "POST" or asked.url != ADDRESSES["watchdog"]:
            return Answer(status=404)
        self.calls.append(json.loads(asked.body))
        return Answer()
