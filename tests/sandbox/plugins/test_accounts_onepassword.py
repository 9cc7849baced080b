from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from sandbox.plugins.interface import ProviderError
from sandbox.plugins.wire import UNKNOWN, Properties, Secret
from tests.support.accounts import VAULT, Driver, onepassword, plain

RECIPE = {"length": 24, "letters": True, "digits": True, "symbols": False}


@pytest.fixture
def vault(tmp_path: Path) -> Driver:
    return onepassword(tmp_path)


@pytest.fixture
def connect(tmp_path: Path) -> Driver:
    return onepassword(tmp_path, by_connect=True)


def note(*fields: dict[str, Any], **more: Any) -> Properties:
    section = {"label": "homelab", "fields": list(fields)}
    return {"vault": VAULT, "title": "app", "category": "secure_note", "sections": [section], **more}


def password(**more: Any) -> Properties:
    return {"vault": VAULT, "title": "app", "category": "password", "passwordRecipe": RECIPE, **more}


def stored(driver: Driver, own: str) -> Properties:
    item: Properties = driver.provider.account.read()["items"][own.rsplit("/", 1)[-1]]
    return item


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "vault: this property is required and missing"),
        (
            {"vault": VAULT, "category": "server"},
            'category: "server" is not one of: login, password, database, secure_note',
        ),
        (password(passwordRecipe={"length": 65}), "passwordRecipe.length: 65 is not between 1 and 64"),
        (password(passwordRecipe={"length": 0}), "passwordRecipe.length: 0 is not between 1 and 64"),
        (password(passwordRecipe={"emoji": True}), "passwordRecipe.emoji: the sandbox does not know this property"),
        (note({"type": "STRING"}), "sections[0].fields[0].label: this property is required and missing"),
        (note({"label": "a", "type": "SECRET"}), 'sections[0].fields[0].type: "SECRET" is not one of: STRING, CONC'),
        (note({"label": "a", "purpose": "KEY"}), 'sections[0].fields[0].purpose: "KEY" is not one of: USERNAME, PASS'),
        (note(sections=[{}]), "sections[0].label: this property is required and missing"),
        ({"vault": VAULT, "type": "cockroach"}, 'type: "cockroach" is not one of: db2,'),
        ({"vault": "nosuchvault"}, "nosuchvault isn't a vault here; there are: homelab (hm3lq7wzt5kd2rvxn4ybc6jagu)"),
        (
            note({"label": "key", "passwordRecipe": RECIPE}),
            "sections[0].fields[0].passwordRecipe: with a service account 1Password does not generate the field 'key'",
        ),
        (
            {"vault": VAULT, "category": "database", "passwordRecipe": RECIPE},
            "passwordRecipe: with a service account 1Password does not generate the password of a database item",
        ),
    ],
)
def test_refusals(vault: Driver, inputs: Properties, message: str) -> None:
    with pytest.raises(ProviderError, match=re.escape(message)):
        vault.make("Item", **inputs)
    assert vault.provider.account.read()["items"] == {}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "provider arguments: give serviceAccountToken, or both url and token"),
        ({"url": "http://c"}, "provider arguments: give serviceAccountToken, or both url and token"),
        (
            {"serviceAccountToken": "sa", "token": "co"},
            "provider arguments: give serviceAccountToken, or url and token, not",
        ),
        ({"serviceAccountToken": "sa", "account": "me"}, "provider argument account: the sandbox does not know this"),
    ],
)
def test_provider_arguments(vault: Driver, arguments: Properties, message: str) -> None:
    failures = vault.provider.check_config(arguments)
    assert [failure.reason[: len(message)] for failure in failures] == [message]


def test_good_provider_arguments(vault: Driver) -> None:
    assert vault.provider.check_config({"serviceAccountToken": Secret("sa"), "version": "1.2.1"}) == []
    assert vault.provider.check_config({"url": "http://c", "token": UNKNOWN}) == []


def test_bad_tokens(vault: Driver, connect: Driver) -> None:
    vault.provider.configure({"serviceAccountToken": Secret("guess")})
    with pytest.raises(ProviderError, match="Unauthorized: the service account token is invalid") as refusal:
        vault.make("Item", **password())
    assert "guess" not in str(refusal.value)
    connect.provider.configure({"url": "http://c", "token": "guess"})
    with pytest.raises(ProviderError, match="Invalid bearer token"):
        connect.make("Item", **password())


def test_a_password_is_generated_once(vault: Driver) -> None:
    own, outputs = vault.make("Item", **password())
    assert re.fullmatch(rf"vaults/{VAULT}/items/[a-z2-7]{{26}}", own)
    assert outputs["uuid"] == own.rsplit("/", 1)[-1]
    assert isinstance(outputs["password"], Secret)
    value = outputs["password"].value
    assert re.fullmatch("[a-zA-Z0-9]{24}", value)
    changed = vault.change("Item", own, outputs, **password(title="renamed"))
    assert changed["password"].value == value
    assert stored(vault, own)["version"] == 2
    assert vault.diff("Item", changed, **password(title="renamed")) == []


def test_a_changed_recipe_generates_anew(vault: Driver) -> None:
    own, outputs = vault.make("Item", **password())
    longer = password(passwordRecipe={**RECIPE, "length": 32})
    assert [change.path for change in vault.diff("Item", outputs, **longer)] == ["passwordRecipe.length"]
    subject = vault.subject("Item", own=own)
    planned = vault.provider.update(subject, outputs, vault.check("Item", longer), 0, preview=True)
    assert planned["password"] is UNKNOWN
    changed = vault.change("Item", own, outputs, **longer)
    assert len(changed["password"].value) == 32
    given = vault.change("Item", own, changed, **longer, password="mine")
    assert given["password"] == Secret("mine")


def test_recipes_are_followed(vault: Driver) -> None:
    shapes = {
        (64, True, True, True): r"[a-zA-Z0-9!@.\-_*]{64}",
        (8, False, True, False): r"\d{8}",
        (1, True, False, False): "[a-zA-Z]",
    }
    for (length, letters, digits, symbols), pattern in shapes.items():
        recipe = {"length": length, "letters": letters, "digits": digits, "symbols": symbols}
        _, outputs = vault.make("Item", **password(passwordRecipe=recipe))
        assert re.fullmatch(pattern, outputs["password"].value)


def test_a_preview_does_not_know_what_will_be_generated(vault: Driver) -> None:
    planned = vault.plan("Item", **password())
    assert planned["password"] is UNKNOWN
    assert planned["uuid"] is UNKNOWN
    planned = vault.plan("Item", **note({"label": "a", "value": UNKNOWN}, {"label": "b"}))
    fields = planned["sections"][0]["fields"]
    assert [field["value"] for field in fields] == [UNKNOWN, UNKNOWN]
    assert "password" not in planned


def test_the_stored_item_is_what_the_operator_reads(vault: Driver) -> None:
    fields = (
        {"label": "api-key", "type": "CONCEALED", "value": Secret("k")},
        {"label": "user", "value": "u", "id": "me"},
    )
    own, outputs = vault.make("Item", **note(*fields, tags=["b", "a"], noteValue="remember"))
    item = stored(vault, own)
    assert (item["vault"], item["title"], item["category"], item["version"]) == (VAULT, "app", "secure_note", 1)
    assert [(field["label"], field["value"], field["section"]) for field in item["fields"]] == [
        ("notesPlain", "remember", ""),
        ("api-key", "k", "homelab"),
        ("user", "u", "homelab"),
    ]
    assert outputs["sections"][0]["fields"][0]["value"] == Secret("k")
    assert plain(outputs)["sections"][0]["fields"][1] == {"id": "me", "label": "user", "type": "STRING", "value": "u"}
    assert outputs["noteValue"] == Secret("remember")
    assert vault.diff("Item", outputs, **note(*fields, tags=["b", "a"], noteValue="remember")) == []


@pytest.mark.parametrize(
    ("category", "labels"),
    [
        ("login", ["username", "password", "notesPlain"]),
        ("password", ["password", "notesPlain"]),
        ("database", ["username", "password", "hostname", "database", "port", "type", "notesPlain"]),
        ("secure_note", ["notesPlain"]),
    ],
)
def test_built_in_fields_have_the_labels_of_the_service(vault: Driver, category: str, labels: list[str]) -> None:
    own, outputs = vault.make("Item", vault=VAULT, category=category, title="t", username="u")
    assert [field["label"] for field in stored(vault, own)["fields"]] == labels
    assert outputs.get("username") == ("u" if "username" in labels else None)
    assert "password" not in outputs


def test_connect_generates_every_recipe(connect: Driver) -> None:
    own, outputs = connect.make("Item", **note({"label": "key", "passwordRecipe": RECIPE}))
    field = plain(outputs)["sections"][0]["fields"][0]
    assert re.fullmatch("[a-zA-Z0-9]{24}", field["value"])
    again = connect.change(
        "Item", own, outputs, **note({"label": "key", "passwordRecipe": RECIPE}, {"label": "b", "value": "v"})
    )
    assert plain(again)["sections"][0]["fields"][0] == field
    shorter = note({"label": "key", "passwordRecipe": {**RECIPE, "length": 12}}, {"label": "b", "value": "v"})
    subject = connect.subject("Item", own=own)
    planned = connect.provider.update(subject, again, connect.check("Item", shorter), 0, preview=True)
    assert planned["sections"][0]["fields"][0]["value"] is UNKNOWN
    changed = plain(connect.change("Item", own, again, **shorter))
    assert len(changed["sections"][0]["fields"][0]["value"]) == 12
    _, database = connect.make("Item", vault=VAULT, category="database", passwordRecipe=RECIPE)
    assert len(database["password"].value) == 24


def test_vault_and_category_make_a_new_item(vault: Driver) -> None:
    _, outputs = vault.make("Item", **password())
    other = {**password(), "vault": "another", "category": "login"}
    assert {change.path: change.replace for change in vault.diff("Item", outputs, **other)} == {
        "vault": True,
        "category": True,
    }


def test_two_items_may_share_a_title(vault: Driver) -> None:
    first, _ = vault.make("Item", **password())
    second, _ = vault.make("Item", **password())
    assert first != second
    with pytest.raises(ProviderError, match=r'op error: More than one item matches "app"\. Try again and specify'):
        vault.look("getItem", vault=VAULT, title="app")


def test_drift_of_a_given_value_is_seen(vault: Driver) -> None:
    inputs = note({"label": "key", "type": "CONCEALED", "value": "k"})
    own, _ = vault.make("Item", **inputs)
    vault.provider.account.drift("Item", "app", {"key": "evil"})
    live = vault.read("Item", own, **inputs)
    assert live is not None
    assert plain(live.inputs)["sections"][0]["fields"] == [{"label": "key", "type": "CONCEALED", "value": "evil"}]
    assert [change.path for change in vault.diff("Item", live.outputs, **inputs)] == ["sections[0].fields[0].value"]
    assert stored(vault, own)["version"] == 2


def test_import_removal_and_absence(vault: Driver) -> None:
    own, _ = vault.make("Item", **note({"label": "key", "value": "k"}))
    live = vault.read("Item", own)
    assert live is not None
    assert live.inputs["title"] == "app"
    vault.remove("Item", own)
    assert vault.provider.account.read()["items"] == {}


@pytest.mark.parametrize("by_connect", [False, True])
@pytest.mark.parametrize("moved", [False, True])
def test_an_item_that_is_gone_is_a_failure_of_every_operation(tmp_path: Path, *, by_connect: bool, moved: bool) -> None:
    vault = onepassword(tmp_path, by_connect=by_connect)
    own, _ = vault.make("Item", **password())
    uuid = own.rsplit("/", 1)[-1]
    with vault.provider.account.edit() as data:
        item = data["items"].pop(uuid)
        if moved:
            data["items"]["n" * 26] = {**item, "vault": "another"}
    why = f"status 404: item {uuid} not found" if by_connect else f'op error: "{uuid}" isn\'t an item in the "{VAULT}"'
    for operation, call in (
        ("read", lambda: vault.read("Item", own, **password())),
        ("update", lambda: vault.change("Item", own, {}, **password())),
        ("delete", lambda: vault.remove("Item", own)),
    ):
        with pytest.raises(ProviderError, match=re.escape(why)) as refusal:
            call()
        assert str(refusal.value).startswith(f"1Password Item {operation} error: Could not ")


def test_an_item_made_by_hand_keeps_its_value_where_that_follows_the_recipe(vault: Driver) -> None:
    own, _ = vault.make("Item", **password())
    uuid = own.rsplit("/", 1)[-1]
    with vault.provider.account.edit() as data:
        field = data["items"][uuid]["fields"][0]
        del field["recipe"]
        field["value"] = before = "by1Hand" + "x" * 17
    live = vault.read("Item", own, **password())
    assert live is not None
    assert live.inputs["passwordRecipe"] == password()["passwordRecipe"]
    changed = vault.change("Item", own, live.outputs, **password(tags=["new"]))
    assert plain(changed)["password"] == before


def test_lookups(vault: Driver) -> None:
    by_name, by_id = vault.look("getVault", name="homelab"), vault.look("getVault", uuid=VAULT)
    assert by_name == by_id == {"id": f"vaults/{VAULT}", "uuid": VAULT, "name": "homelab", "description": ""}
    own, outputs = vault.make("Item", **password())
    found = vault.look("getItem", vault=VAULT, title="app")
    assert (found["id"], found["uuid"]) == (own, outputs["uuid"])
    secret = vault.provider.invoke("onepassword:index/getItem:getItem", {"vault": VAULT, "uuid": outputs["uuid"]})
    assert secret["password"] == outputs["password"]
    for args, message in (
        ({}, "give exactly one of name and uuid"),
        ({"name": "a", "uuid": "b"}, "give exactly one of name and uuid"),
        ({"name": "work"}, "0 vaults are called 'work'; the account has: homelab"),
    ):
        with pytest.raises(ProviderError, match=message):
            vault.look("getVault", **args)
    with pytest.raises(ProviderError, match=r'op error: "web" isn\'t an item in the ".*" vault\. Specify the item'):
        vault.look("getItem", vault=VAULT, title="web")
    with pytest.raises(ProviderError, match="give exactly one of title and uuid"):
        vault.look("getItem", vault=VAULT)
