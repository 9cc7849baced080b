"""Items: what the program asks for, and how the account keeps it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.plugins.accounts.account import Data, objects
from sandbox.plugins.accounts.kind import Kind
from sandbox.plugins.accounts.onepassword.generating import follows, item_id, password
from sandbox.plugins.accounts.onepassword.shape import (
    BUILT_IN,
    CATEGORIES,
    DATABASES,
    IDS,
    LABELS,
    PURPOSES,
    RECIPE,
    SECTION,
    field_of,
    item_properties,
    recipe_of,
)
from sandbox.plugins.accounts.schema import Schema, listing, text, texts
from sandbox.plugins.interface import ProviderError
from sandbox.plugins.wire import UNKNOWN, Properties

By = Callable[[], bool]


class Item(Kind):
    """An item of a vault."""

    schema = Schema(
        token="onepassword:index/item:Item",  # noqa: S106 a type token
        inputs={
            "vault": text(required=True, replace=True),
            "category": text(default="login", choices=CATEGORIES, replace=True),
            "title": text(),
            "url": text(),
            "tags": texts(),
            "username": text(),
            "password": text(computed=True, secret=True),
            "passwordRecipe": RECIPE,
            "noteValue": text(secret=True),
            "hostname": text(),
            "database": text(),
            "port": text(),
            "type": text(choices=DATABASES),
            "sections": listing(item=SECTION),
        },
        outputs={"uuid": text()},
    )

    def __init__(self, by_connect: By) -> None:
        """`by_connect` tells whether the provider talks to a Connect server rather than to the `op` command."""
        self._by_connect = by_connect

    def find(self, data: Data, own: str) -> Data | None:
        """The item as the provider reads it, its fields sorted into properties; one that was moved is not there."""
        item = objects(data, "Item").get(_uuid(own))
        return item_properties(_uuid(own), item) if item and item["vault"] == _vault(own) else None

    def told(self, live: Data, declared: Properties) -> Data:
        """A recipe is the provider's own: 1Password keeps the value that came of it."""
        recipe = declared.get("passwordRecipe")
        return {"passwordRecipe": recipe, **live} if recipe is not None else live

    def create(self, data: Data, given: Properties) -> tuple[str, Data]:
        """Make an item; its values are generated now."""
        own = item_id()
        objects(data, "Item")[own] = self._built(data, given, {"version": 0})
        return f"vaults/{given['vault']}/items/{own}", item_properties(own, objects(data, "Item")[own])

    def update(self, data: Data, own: str, given: Properties) -> Data:
        """Change an item; values are generated anew where their recipe changed."""
        key = _uuid(own)
        if self.find(data, own) is None:
            raise ProviderError(self.absent(own, "update"))
        objects(data, "Item")[key] = self._built(data, given, objects(data, "Item")[key])
        return item_properties(key, objects(data, "Item")[key])

    def delete(self, data: Data, own: str, live: Data) -> None:
        """Remove an item."""
        del live
        del objects(data, "Item")[_uuid(own)]

    def absent(self, own: str, operation: str) -> str:
        """A failure of every operation: the provider does not take it for an item to be made anew."""
        vault, uuid = _vault(own), _uuid(own)
        why = (
            f"status 404: item {uuid} not found"
            if self._by_connect()
            else f'op error: "{uuid}" isn\'t an item in the "{vault}" vault.'
        )
        verb = {"read": "get"}.get(operation, operation)
        return (
            f"1Password Item {operation} error: Could not {verb} item '{uuid}' from vault '{vault}', got error: {why} "
            "(docs/runbooks/vault-item-gone.md says what to do)"
        )

    def expected(self, given: Properties, old: Data) -> Properties:
        """What a preview shows: a value whose recipe changed is not known yet."""
        outputs = super().expected(given, old)
        if _renewed(given, old.get("passwordRecipe"), "password" in old):
            outputs["password"] = UNKNOWN
        if given.get("category") == "secure_note":
            outputs.pop("password", None)
        before = {(section, field["label"]): field for section, field in _fields(old)}
        for section, field in _fields(outputs):
            asked = before.get((section, field["label"]))
            if (
                asked
                and recipe_of(field)
                and recipe_of(field) != recipe_of(asked)
                and field.get("value") == asked.get("value")
            ):
                field["value"] = UNKNOWN
        return outputs

    def _built(self, data: Data, given: Properties, old: Data) -> Data:
        if given["vault"] not in data.get("vaults", {}):
            known = ", ".join(f"{vault['name']} ({key})" for key, vault in sorted(data.get("vaults", {}).items()))
            raise ProviderError(
                f"1Password Item create error: {given['vault']} isn't a vault here; there are: {known or 'none'}"
            )
        category = given.get("category", "login")
        sections = [
            {"id": _section_id(old, entry["label"]), "label": entry["label"]} for entry in given.get("sections", ())
        ]
        return {
            "vault": given["vault"],
            "title": given.get("title", ""),
            "category": category,
            "tags": list(given.get("tags", ())),
            "urls": [{"primary": True, "href": given["url"]}] if given.get("url") else [],
            "sections": sections,
            "fields": [*self._built_in(category, given, old), *self._own(given, old)],
            "version": old["version"] + 1,
        }

    def _built_in(self, category: str, given: Properties, old: Data) -> Iterator[Data]:
        for name in BUILT_IN[category]:
            label = LABELS.get(name, name)
            field = {
                "id": IDS.get(name, name),
                "label": label,
                "section": "",
                "purpose": PURPOSES.get(name, "") if category != "database" or name == "noteValue" else "",
                "type": "CONCEALED" if name == "password" else "STRING",
                "value": given.get(name, ""),
            }
            if name == "password":
                self._fill_password(category, field, given, field_of(old, "", label))
            yield field

    def _fill_password(self, category: str, field: Data, given: Properties, before: Data) -> None:
        """A given password stays; otherwise the old one, unless the recipe changed."""
        recipe = given.get("passwordRecipe")
        if recipe is not None:
            field["recipe"] = recipe_of(given)
        if field["value"]:
            return
        if before and _still_right(before, field.get("recipe")):
            field["value"] = before["value"]
        elif self._by_connect():
            field["value"] = password(recipe or {})
        elif recipe is not None:
            if category == "database":
                raise _not_generated("passwordRecipe", "the password of a database item")
            field["value"] = password(recipe)

    def _own(self, given: Properties, old: Data) -> Iterator[Data]:
        for number, section in enumerate(given.get("sections", ())):
            for index, entry in enumerate(section.get("fields", ())):
                before = field_of(old, section["label"], entry["label"])
                field = {
                    "id": entry.get("id") or before.get("id") or str(uuid.uuid4()),
                    "label": entry["label"],
                    "section": section["label"],
                    "purpose": entry.get("purpose", ""),
                    "type": entry.get("type", "STRING"),
                    "value": entry.get("value", ""),
                }
                if entry.get("passwordRecipe") is not None:
                    self._fill_field(field, entry, before, f"sections[{number}].fields[{index}].passwordRecipe")
                elif "value" not in entry and not before.get("recipe"):
                    field["value"] = before.get("value", "")
                yield field

    def _fill_field(self, field: Data, entry: Properties, before: Data, path: str) -> None:
        field["recipe"] = recipe_of(entry)
        if not field["value"] and before.get("recipe") == field["recipe"]:
            field["value"] = before["value"]
        if not follows(field["value"], field["recipe"]):
            if not self._by_connect():
                raise _not_generated(path, f"the field {field['label']!r} of a section")
            field["value"] = password(field["recipe"])


def _not_generated(path: str, what: str) -> ProviderError:
    return ProviderError(
        f"{path}: with a service account 1Password does not generate {what}: `op` generates the password of login and "
        "password items only; make it the password of an item of its own and give it here as a value, or use Connect"
    )


def _uuid(own: str) -> str:
    """The item's own id in `vaults/<vault>/items/<item>`."""
    return own.rsplit("/", 1)[-1]


def _still_right(before: Data, recipe: Data | None) -> bool:
    """Whether a value may stay: its recipe is the same, or it follows the new one, as one made by hand may."""
    return before.get("recipe") == recipe or (recipe is not None and follows(before["value"], recipe))


def _vault(own: str) -> str:
    """The vault's id in `vaults/<vault>/items/<item>`."""
    return own.removeprefix("vaults/").split("/", 1)[0]


def _renewed(given: Properties, before: Any, had: bool) -> bool:
    asked = recipe_of(given)
    return bool(had and not given.get("password") and asked and asked != recipe_of({"passwordRecipe": before}))


def _fields(given: Properties) -> Iterator[tuple[str, Data]]:
    for section in given.get("sections") or ():
        for field in section.get("fields") or ():
            yield section["label"], field


def _section_id(item: Data, label: str) -> str:
    held = (section["id"] for section in item.get("sections", ()) if section["label"] == label)
    return next(held, None) or str(uuid.uuid4())
