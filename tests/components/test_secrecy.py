"""Secret values: wrapped wherever they are, and in manifests not at all."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from components.outputs import Outputs
from tests.conftest import SECRETS
from tests.support.recorder import Recording, Secret

FORMS = {key: {f"{key}-value", base64.b64encode(value.encode()).decode()} for key, value in SECRETS.items()}
"""How the stand-in of a configured secret may stand somewhere: Connect's file goes into its Secret in base64."""
VALUES = [*(form for forms in FORMS.values() for form in forms), "generated-"]
"""All of those, and what the mocked 1Password makes up."""


def plain(value: Any) -> Iterator[str]:
    """Every text that is not wrapped, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from plain(item)
    elif isinstance(value, list):
        for item in value:
            yield from plain(item)


def wrapped(value: Any) -> bool:
    if isinstance(value, dict):
        return any(wrapped(item) for item in value.values())
    return any(wrapped(item) for item in value) if isinstance(value, list) else isinstance(value, Secret)


def test_no_resource_has_a_secret_value_in_plain_text(homelab: Recording[Outputs]) -> None:
    shown = {
        (item.urn, value)
        for item in homelab.resources
        for text in plain(item.inputs)
        for value in VALUES
        if value in text
    }
    assert shown == set()


@pytest.mark.parametrize("key", SECRETS)
def test_every_configured_secret_goes_somewhere(homelab: Recording[Outputs], key: str) -> None:
    assert any(form in str(item.inputs) for form in FORMS[key] for item in homelab.resources)


def test_of_all_manifests_only_the_two_bootstrap_secrets_hold_anything_secret(homelab: Recording[Outputs]) -> None:
    secret = {item.object_name for item in homelab.objects() if "metadata" in item.inputs and wrapped(item.inputs)}
    assert secret == {"onepassword/op-credentials", "onepassword/onepassword-token"}
    assert not wrapped(homelab.one(":Release", "argocd").inputs)


def test_every_field_of_every_vault_item_is_secret(homelab: Recording[Outputs]) -> None:
    items = homelab.of("onepassword:index/item:Item")
    notes = [item for item in items if item.inputs["category"] == "secure_note"]
    assert {item.name for item in notes} == {item.name for item in homelab.of("homelab:kit:VaultItem")}
    assert all(isinstance(item.inputs["sections"], Secret) for item in notes)
    # The others are told how to make up a password, and are never told one.
    assert all("password" not in item.inputs for item in items)
