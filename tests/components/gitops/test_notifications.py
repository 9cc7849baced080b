"""Who is told of what Argo CD cannot deliver."""

from __future__ import annotations

import json
import re

import pytest

from components.gitops.notifications import keys, values
from components.kit import Home
from components.settings import GitHubApp, Notifications

ITEM = "abcdefghijklmnopqrstuvwxyz"
BOTH = Notifications(item=ITEM, discord=True, github=GitHubApp(app_id=1, installation_id=2))


def test_without_settings_nobody_is_told() -> None:
    assert values(None, Home()) == {}


def test_secrets_are_named_by_the_key_that_the_item_has() -> None:
    found = values(BOTH, Home())
    assert keys(BOTH) == {"discord", "github-private-key"}
    assert found["secret"] == {"create": False, "name": "secret-argocd-notifications"}
    # It would read `argocd-notifications-secret`, and send what it is to say to an address called `$discord`.
    assert "--secret-name=secret-argocd-notifications" in found["extraArgs"]
    services = {name: json.loads(text) for name, text in found["notifiers"].items()}
    assert services["service.webhook.discord"]["url"] == "$discord"
    assert services["service.github"] == {"appID": 1, "installationID": 2, "privateKey": "$github-private-key"}


@pytest.mark.parametrize("settings", [BOTH, Notifications(item=ITEM, discord=True)])
def test_whoever_subscribes_hears_of_triggers_that_there_are_by_templates_that_there_are(
    settings: Notifications,
) -> None:
    found = values(settings, Home())
    triggers = {name.removeprefix("trigger."): json.loads(text) for name, text in found["triggers"].items()}
    templates = {name.removeprefix("template.") for name in found["templates"]}
    services = {name.rpartition(".")[2] for name in found["notifiers"]}
    assert {name for item in found["subscriptions"] for name in item["triggers"]} == set(triggers)
    assert {name for item in found["subscriptions"] for name in item["recipients"]} == services
    assert {name for (rule,) in triggers.values() for name in rule["send"]} == templates


def test_discord_hears_of_failed_syncs_and_of_degraded_health_in_json() -> None:
    templates = values(BOTH, Home())["templates"]
    for name in ("discord-failed", "discord-degraded"):
        body = json.loads(templates[f"template.{name}"])["webhook"]["discord"]["body"]
        said = body.replace("{{.app.status.operationState.message | toJson}}", '"a \\"quoted\\" word"')
        (embed,) = json.loads(said)["embeds"]
        assert embed["url"] == "{{.context.argocdUrl}}/applications/{{.app.metadata.name}}"


def rules() -> dict[str, dict[str, str]]:
    return {
        name.removeprefix("trigger."): json.loads(text)[0] for name, text in values(BOTH, Home())["triggers"].items()
    }


def test_only_what_comes_from_git_has_a_commit_to_tell_the_state_of() -> None:
    states = {name: rule for name, rule in rules().items() if name.startswith("github-")}
    assert set(states) == {"github-pending", "github-success", "github-failure", "github-error"}
    for rule in states.values():
        assert rule["when"].startswith("app.spec.project == 'apps' and ")
        assert f"({rule['oncePer']} ?? '') != ''" in rule["when"]
        assert rule["oncePer"].endswith("?.syncResult?.revision")


def test_discord_hears_of_it_each_time() -> None:
    """A chart's revision is its version: what goes ill again months later has none that is new."""
    assert all("oncePer" not in rule for name, rule in rules().items() if name.startswith("discord-"))


def test_an_application_of_which_nothing_is_known_yet_is_no_error_in_the_log() -> None:
    """Of expr's ways to a field only `?.` may begin at nothing."""
    for rule in rules().values():
        for expression in (rule["when"], rule.get("oncePer", "")):
            assert not re.search(r"app\.status\.|app\.status\S*[^?\s]\.", expression), expression
