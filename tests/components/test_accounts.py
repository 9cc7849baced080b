"""The program's own resources, judged as the real providers and their services judge them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from components.outputs import Outputs
from sandbox.plugins.accounts.account import Account
from sandbox.plugins.accounts.authentik import Authentik
from sandbox.plugins.accounts.cloudflare import Cloudflare
from sandbox.plugins.accounts.onepassword import OnePassword
from sandbox.plugins.accounts.schema import problems
from tests.support.recorder import Recording, Secret

PROVIDERS = [provider(Account(Path("none"))) for provider in (Authentik, Cloudflare, OnePassword)]
KINDS = {kind.schema.token: kind for provider in PROVIDERS for kind in provider.kinds}
ACCOUNTS = ("authentik:", "cloudflare:", "onepassword:")


def plain(value: Any) -> Any:
    """The value without its secret marks; the wire knows no whole numbers."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Secret):
        return plain(value.value)
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    return [plain(entry) for entry in value] if isinstance(value, list) else value


def of_accounts(recording: Recording[Outputs]) -> list[Any]:
    found = [item for item in recording.resources if item.type.startswith(ACCOUNTS)]
    assert len({item.type.split(":")[0] for item in found}) == len(ACCOUNTS)
    return found


def test_every_one_keeps_to_the_services_tables(extended: Recording[Outputs]) -> None:
    found = {
        item.urn: list(problems(KINDS[item.type].schema.whole, plain(item.inputs))) for item in of_accounts(extended)
    }
    assert {urn: wrong for urn, wrong in found.items() if wrong} == {}


def test_nothing_is_left_out_that_the_provider_would_send_as_something_forbidden(extended: Recording[Outputs]) -> None:
    lacking = [
        (item.urn, name)
        for item in of_accounts(extended)
        for name, prop in KINDS[item.type].schema.inputs.items()
        if prop.sent is not None and prop.rule and prop.rule(prop.sent) and name not in item.inputs
    ]
    assert lacking == []
