"""Who is told of what Argo CD cannot deliver: chart values with a catalog of our own."""

from __future__ import annotations

import json
from typing import Any, Final

from components.kit.home import Home
from components.kit.secret import secret_name
from components.settings import Notifications

ITEM: Final = "argocd-notifications"
"""Name of the synced Secret that values are taken from, by `$<key>`."""

DISCORD: Final = "discord"
"""Key with the address of a webhook of Discord's."""

GITHUB_KEY: Final = "github-private-key"
"""Key with the private key of the GitHub App."""

# Where Argo CD has not said anything yet, `?.` comes to nothing; without it the expression is an error in its log.
REVISION: Final = "app.status?.operationState?.syncResult?.revision"
PHASE: Final = "app.status?.operationState?.phase"
HEALTH: Final = "app.status?.health?.status"
FAILED: Final = f"{PHASE} in ['Error', 'Failed']"
DEGRADED: Final = f"{HEALTH} == 'Degraded'"
RUNNING: Final = f"{PHASE} == 'Running'"
DELIVERED: Final = f"{PHASE} == 'Succeeded' and {HEALTH} == 'Healthy'"
FROM_GIT: Final = f"app.spec.project == 'apps' and ({REVISION} ?? '') != ''"
"""Charts have no commit whose state could be set, and a sync that has only begun does not name its own yet."""

APPLICATION: Final = "{{.app.metadata.name}}"
PAGE: Final = "{{.context.argocdUrl}}/applications/{{.app.metadata.name}}"
SAID: Final = "{{.app.status.operationState.message | toJson}}"
"""What Argo CD said, as a text of JSON: it may hold quotes and line breaks."""
PART: Final = json.dumps("A part of it does not run as it should.")
RED, ORANGE = 0xD83C3E, 0xE8A33D
"""Colours of a message's edge in Discord."""


def keys(settings: Notifications) -> frozenset[str]:
    """Fields that the item has to have."""
    return frozenset([*([DISCORD] if settings.discord else []), *([GITHUB_KEY] if settings.github else [])])


def values(settings: Notifications | None, home: Home) -> dict[str, Any]:
    """Values of the chart's part `notifications`: services, and what is said to them when."""
    if settings is None:
        return {}
    notifiers: dict[str, Any] = {}
    triggers: dict[str, list[dict[str, Any]]] = {}
    templates: dict[str, dict[str, Any]] = {}
    subscriptions = []
    if settings.discord:
        headers = [{"name": "Content-Type", "value": "application/json"}]
        notifiers["service.webhook.discord"] = {"url": f"${DISCORD}", "headers": headers}
        templates["discord-failed"] = _discord("could not be synced", SAID, RED)
        templates["discord-degraded"] = _discord("is degraded", PART, ORANGE)
        triggers["discord-failed"] = [{"when": FAILED, "send": ["discord-failed"]}]
        triggers["discord-degraded"] = [{"when": DEGRADED, "send": ["discord-degraded"]}]
        subscriptions.append({"recipients": ["discord"], "triggers": ["discord-failed", "discord-degraded"]})
    if settings.github:
        app = settings.github
        notifiers["service.github"] = {
            "appID": app.app_id,
            "installationID": app.installation_id,
            "privateKey": f"${GITHUB_KEY}",
        }
        states = {"pending": RUNNING, "success": DELIVERED, "failure": FAILED, "error": DEGRADED}
        for state, when in states.items():
            templates[f"github-{state}"] = _commit_status(state, home)
            triggers[f"github-{state}"] = [
                {"when": f"{FROM_GIT} and {when}", "oncePer": REVISION, "send": [f"github-{state}"]}
            ]
        subscriptions.append({"recipients": ["github"], "triggers": [f"github-{state}" for state in states]})
    return {
        # The chart takes the name into its account's rights; that the controller is told it, no value promises.
        "secret": {"create": False, "name": secret_name(ITEM)},
        "extraArgs": [f"--secret-name={secret_name(ITEM)}"],
        "notifiers": _texts(notifiers),
        "templates": _texts({f"template.{name}": template for name, template in templates.items()}),
        "triggers": _texts({f"trigger.{name}": trigger for name, trigger in triggers.items()}),
        "subscriptions": subscriptions,
    }


def _discord(what: str, why: str, colour: int) -> dict[str, Any]:
    """A message with a link; `why` is JSON, or makes some."""
    title = json.dumps(f"{APPLICATION} {what}")
    body = f'{{"embeds": [{{"title": {title}, "url": "{PAGE}", "description": {why}, "color": {colour}}}]}}'
    return {"webhook": {"discord": {"method": "POST", "body": body}}}


def _commit_status(state: str, home: Home) -> dict[str, Any]:
    """The state of a commit: several homes may deliver one, and each has a state of its own there."""
    return {
        "message": f"{APPLICATION}: {state}",
        "github": {"status": {"state": state, "label": f"{home.own('argocd')}/{APPLICATION}", "targetURL": PAGE}},
    }


def _texts(entries: dict[str, Any]) -> dict[str, str]:
    """Entries of a ConfigMap: JSON is YAML too, which is what Argo CD reads."""
    return {name: json.dumps(entry, indent=2) for name, entry in entries.items()}
