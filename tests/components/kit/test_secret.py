"""The way of a secret: made up or given, in an item by path, in a Secret by key, in a manifest never."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pulumi_kubernetes.core.v1 import ConfigMap
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.kit import Generated, SyncedSecret, SyncedSecretArgs, Value, VaultItem, VaultItemArgs
from components.kit.secret import Field
from tests.support.parts import VAULT, namespace, store, waits_for
from tests.support.recorder import Recording, Secret, record


def item(fields: dict[str, Field]) -> VaultItem:
    return VaultItem("app", VaultItemArgs(store=store(), fields=fields))


def synced(labels: dict[str, str] | None = None) -> SyncedSecret:
    held = item({"user": Value(value="me"), "password": Generated()})
    return SyncedSecret("app", SyncedSecretArgs(namespace=namespace(), item=held, labels=labels))


def fields_of(recording: Recording[Any]) -> dict[str, Any]:
    """What the item that holds a component's fields was given, by label: secret as a whole."""
    sections = recording.one(":Item", "app").inputs["sections"]
    assert isinstance(sections, Secret)
    (section,) = sections.value
    assert section["label"] == "homelab"
    assert {field["type"] for field in section["fields"]} == {"CONCEALED"}
    return {field["label"]: field["value"] for field in section["fields"]}


def test_each_generated_value_is_the_password_of_an_item_of_its_own() -> None:
    recording = record(lambda: item({"password": Generated(length=50), "token": Generated(symbols=True)}))
    recipes = {
        made.name: made.inputs["passwordRecipe"] for made in recording.of(":Item") if "passwordRecipe" in made.inputs
    }
    assert recipes == {
        "app-password": {"length": 50, "letters": True, "digits": True, "symbols": False},
        "app-token": {"length": 40, "letters": True, "digits": True, "symbols": True},
    }
    made = recording.one(":Item", "app-password").inputs
    assert (made["category"], made["title"], made["vault"]) == ("password", "app password", VAULT)
    assert made["tags"] == ["homelab", "pulumi"]
    assert "password" not in made


def test_one_item_holds_all_values_under_their_labels() -> None:
    recording = record(lambda: item({"user": Value(value="me"), "password": Generated()}))
    made = recording.one(":Item", "app").inputs
    assert (made["category"], made["title"], made["vault"]) == ("secure_note", "app", VAULT)
    assert fields_of(recording) == {"user": "me", "password": "generated-app-password"}
    assert len(recording.of(":Item")) == 2


def test_a_given_value_is_secret_even_if_it_came_in_plain() -> None:
    assert fields_of(record(lambda: item({"token": Value(value="plain")}))) == {"token": "plain"}


@pytest.mark.parametrize("label", ["user", "password"])
def test_the_values_are_secret_to_whoever_asks_for_them(label: str) -> None:
    def program() -> None:
        held = item({"user": Value(value="me"), "password": Generated()})
        ConfigMap("asking", metadata=ObjectMetaArgs(name="asking"), data={"value": held.value(label)})

    data = record(program).one(":ConfigMap", "asking").inputs["data"]
    assert data == Secret({"value": {"user": "me", "password": "generated-app-password"}[label]})


def test_asking_an_item_for_a_field_that_it_lacks_names_the_ones_it_has() -> None:
    held = record(lambda: item({"user": Value(value="me"), "password": Generated()})).result
    with pytest.raises(KeyError, match="1Password item 'app' has no key 'token'; it has: password, user"):
        held.value("token")


@pytest.mark.parametrize("label", ["", "pass word", "user@host", "a/b", "schlüssel!", "---"])
def test_a_label_that_would_be_renamed_on_its_way_is_refused(label: str) -> None:
    where = record(store).result
    with pytest.raises(ValueError, match=re.escape(f"field label {label!r} would be renamed")):
        VaultItemArgs(store=where, fields={label: Generated()})


@pytest.mark.parametrize("label", ["password", "client-id", "DB_PASSWORD", "tls.crt", "key2"])
def test_a_label_that_is_a_good_key_is_accepted(label: str) -> None:
    where = record(store).result
    assert list(VaultItemArgs(store=where, fields={label: Generated()}).fields) == [label]


def test_the_manifest_names_the_path_and_no_value() -> None:
    recording = record(synced)
    manifest = recording.one(":OnePasswordItem", "app")
    assert manifest.spec == {"itemPath": f"vaults/{VAULT}/items/app-uuid"}
    assert manifest.inputs["metadata"] == {
        "name": "secret-app",
        "namespace": "music",
        "annotations": {"pulumi.com/waitFor": "condition=Ready"},
    }


def test_it_comes_after_the_operator_the_item_and_the_namespace() -> None:
    recording = record(synced)
    manifest = recording.one(":OnePasswordItem", "app")
    assert waits_for(recording, manifest, ":ConfigMap", "operator")
    assert waits_for(recording, manifest, ":Item", "app")
    assert waits_for(recording, manifest, "core/v1:Namespace", "music")


def test_labels_are_passed_on_to_the_secret() -> None:
    manifest = record(lambda: synced({"part-of": "argocd"})).one(":OnePasswordItem", "app")
    assert manifest.inputs["metadata"]["labels"] == {"part-of": "argocd"}


def test_a_key_is_a_reference_by_name() -> None:
    secret = record(synced).result
    key = secret.key("password")
    assert (key.secret, key.key) == ("secret-app", "password")
    assert secret.keys == {"user", "password"}


def test_asking_for_a_key_that_it_lacks_names_the_ones_it_has() -> None:
    with pytest.raises(KeyError, match="Secret 'secret-app' has no key 'pasword'; it has: password, user"):
        record(synced).result.key("pasword")
