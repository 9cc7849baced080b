"""The homelab of the drill: the committed stack file, and what it may leave out and the drill cannot do without."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from drills.web import Answer, Asked
from sandbox.engine import Engine
from sandbox.plugins.accounts.account import Account

REPOSITORY: Final = "https://github.com/example/homelab-apps"
ITEM: Final = "drillnotifications00000000"
"""Id of an item in the simulated vault."""
DISCORD: Final = "discord.com"


def complete(engine: Engine) -> None:
    """Have the platform deliver from a repository, and tell Discord what it cannot deliver."""
    with Account(engine.sandbox.account("onepassword")).edit() as account:
        field_of_item = {"id": "discord", "label": "discord", "section": "", "type": "CONCEALED", "value": _address()}
        account["items"][ITEM] = {
            "vault": next(iter(account["vaults"])),
            "title": "Notifications of the drill",
            "category": "secure_note",
            "version": 1,
            "fields": [field_of_item],
        }
    settings: dict[str, Any] = dict(engine.plain("gitops") or {})
    settings.setdefault("repository", {"url": REPOSITORY})
    settings["notifications"] = {"item": ITEM, "discord": True}
    entry = {"homelab:gitops": {"value": json.dumps(settings), "objectValue": settings}}
    engine.read("config", "set-all", "--config-file", str(engine.stack_file), "--json", json.dumps(entry))


def _address() -> str:
    return f"https://{DISCORD}/api/webhooks/1/of-the-drill"


@dataclass(kw_only=True)
class Channel:
    """Discord: what it was told."""

    messages: list[Mapping[str, Any]] = field(default_factory=list)

    def answer(self, asked: Asked) -> Answer:
        """Take a message; Discord refuses what is no JSON, or at another address."""
        if asked.method != "POST" or asked.url != _address():
            return Answer(status=404)
        try:
            self.messages.append(json.loads(asked.body))
        except ValueError:
            return Answer(status=400)
        return Answer(status=204)

    def heard(self, word: str) -> str:
        """Whether a message says so."""
        found = [text for text in map(json.dumps, self.messages) if word in text]
        return "told" if found else f"{len(self.messages)} other messages" if self.messages else "no message"
