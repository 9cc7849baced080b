"""The homelab of the drill: the committed stack file, and what it may leave out and the drill cannot do without."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from drills.gitops.github import APP, INSTALLATION, GitHub
from drills.home import configure, put_into_vault
from drills.web import Answer, Asked
from sandbox.engine import Engine

REPOSITORY: Final = "https://github.com/example/homelab-apps"
DISCORD: Final = "discord.com"
NOTIFICATIONS: Final = "drillnotifications00000000"
CREDENTIALS: Final = "drillrepository00000000000"
"""Ids of items in the simulated vault."""


def complete(engine: Engine, github: GitHub) -> None:
    """Have the platform deliver from a private repository, and tell Discord and GitHub what came of it."""
    settings: dict[str, Any] = dict(engine.plain("gitops") or {})
    repository = {"url": REPOSITORY, **(settings.get("repository") or {}), "item": CREDENTIALS}
    app = {"appId": APP, "installationId": INSTALLATION}
    settings["repository"] = repository
    settings["notifications"] = {"item": NOTIFICATIONS, "discord": True, "github": app}
    credentials = {
        "type": "git",
        "url": repository["url"],
        "githubAppID": str(APP),
        "githubAppInstallationID": str(INSTALLATION),
        "githubAppPrivateKey": github.key,
    }
    notified = {"discord": _address(), "github-private-key": github.key}
    put_into_vault(engine, {NOTIFICATIONS: notified, CREDENTIALS: credentials})
    configure(engine, {"gitops": settings})


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
