"""Items: what the program asks for, and how the account keeps it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from sandbox.plugins.accounts.account import Data, objects
from sandbox.plugins.accounts.kind import Kind
from sandbox.plugins.accounts.onepassword.generating import follows, item_id, password
from sandbox.plugins.accounts.schema import Schema, flag, group, integer, listing, text, texts
from sandbox.plugins.server import ProviderError
from sandbox.plugins.wire import UNKNOWN, Properties

CATEGORIES: Final = ("login", "password", "database", "secure_note")
DATABASES: Final = ("db2", "filemaker", "msaccess", "mssql", "mysql", "oracle", "postgresql", "sqlite", "other")
FIELD_TYPES: Final = ("STRING", "CONCEALED", "EMAIL", "URL", "OTP", "DATE", "MONTH_YEAR", "MENU")

BUILT_IN: Final[Mapping[str, tuple[str, ...]]] = {
    "login": ("username", "password", "noteValue"),
    "password": ("password", "noteValue"),
    "database": ("username", "password", "hostname", "database", "port", "type", "noteValue"),
    "secure_note": ("noteValue",),
}
"""The inputs that become a category's built-in fields."""
LABELS: Final[Mapping[str, str]] = {"noteValue": "notesPlain"}
IDS: Final[Mapping[str, str]] = {"noteValue": "notesPlain", "type": "database_type"}
PURPOSES: Final[Mapping[str, str]] = {"username": "USERNAME", "password": "PASSWORD", "noteValue": "NOTES"}


def _length(value: Any) -> str:
    return "" if 1 <= value <= 64 else "between 1 and 64"


RECIPE: Final = group(
    fields={
        "length": integer(default=32, rule=_length),
        "letters": flag(default=True),
        "digits": flag(default=True),
        "symbols": flag(default=True),
    }
)
FIELD: Final = group(
    fields={
        "id": text(computed=True),
        "label": text(required=True),
        "type": text(default="STRING", choices=FIELD_TYPES),
        "purpose": text(choices=("USERNAME", "PASSWORD", "NOTES")),
        "value": text(computed=True, secret=True),
        "passwordRecipe": RECIPE,
    }
)
SECTION: Final = group(
    fields={"id": text(computed=True), "label": text(required=True), "fields": listing(item=FIELD)}
)

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
        """The item as the provider reads it: its fields sorted into properties."""
        item = objects(data, "Item").get(_uuid(own))
        return None if item is None else item_properties(_uuid(own), item)

    def create(self, data: Data, given: Properties) -> tuple[str, Data]:
        """Make an item; its values are generated now."""
        own = item_id()
        objects(data, "Item")[own] = self._built(data, given, {"version": 0})
        return f"vaults/{given['vault']}/items/{own}", item_properties(own, objects(data, "Item")[own])

    def update(self, data: Data, own: str, given: Properties) -> Data:
        """Change an item; values are generated anew where their recipe changed."""
        key = _uuid(own)
        item = objects(data, "Item").get(key)
        if item is None:
            raise ProviderError(f"1Password item {own} isn't an item in the vault any more: run `pulumi refresh`")
        objects(data, "Item")[key] = self._built(data, given, item)
        return item_properties(key, objects(data, "Item")[key])

    def delete(self, data: Data, own: str, live: Data) -> None:
        """Remove an item."""
        del live
        del objects(data, "Item")[_uuid(own)]

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
            if asked and _recipe(field) and _recipe(field) != _recipe(asked) and field.get("value") == asked.get("value"):
                field["value"] = UNKNOWN
        return outputs

    def _built(self, data: Data, given: Properties, old: Data) -> Data:
        if given["vault"] not in data.get("vaults", {}):
            known = ", ".join(f"{vault['name']} ({key})" for key, vault in sorted(data.get("vaults", {}).items()))
            raise ProviderError(
                f"1Password Item create error: \"{given['vault']}\" isn't a vault in this account; it has: {known or 'none'}"
            )
        category = given.get("category", "login")
        sections = [{"id": _section_id(old, entry["label"]), "label": entry["label"]} for entry in given.get("sections", ())]
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
                self._fill_password(category, field, given, _field(old, "", label))
            yield field

    def _fill_password(self, category: str, field: Data, given: Properties, before: Data) -> None:
        """A given password stays; otherwise the old one, unless the recipe changed."""
        recipe = given.get("passwordRecipe")
        if recipe is not None:
            field["recipe"] = _recipe(given)
        if field["value"]:
            return
        if before and before.get("recipe") == field.get("recipe"):
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
                before = _field(old, section["label"], entry["label"])
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
        field["recipe"] = _recipe(entry)
        if not field["value"] and before.get("recipe") == field["recipe"]:
            field["value"] = before["value"]
        if not follows(field["value"], field["recipe"]):
            if not self._by_connect():
                raise _not_generated(path, f"the field {field['label']!r} of a section")
            field["value"] = password(field["recipe"])


def _not_generated(path: str, what: str) -> ProviderError:
    return ProviderError(
        f"{path}: with a service account 1Password does not generate {what}: `op` knows the password of login and "
        "password items only; generate it as the password of an item of its own and give it here as a value, or use Connect"
    )


def item_properties(own: str, item: Data) -> Data:
    """An item's fields sorted into the properties that the provider reads."""
    category = item["category"]
    found = {
        "uuid": own,
        "vault": item["vault"],
        "title": item["title"],
        "category": category,
        "tags": item.get("tags", []),
        "url": next((entry["href"] for entry in item.get("urls", ()) if entry.get("primary")), ""),
        "sections": [
            {**section, "fields": [_field_properties(field) for field in item["fields"] if field["section"] == section["label"]]}
            for section in item.get("sections", ())
        ],
    }
    for name in BUILT_IN.get(category, ()):
        field = _field(item, "", LABELS.get(name, name))
        found[name] = field.get("value", "")
        if field.get("recipe"):
            found["passwordRecipe"] = field["recipe"]
    return {key: value for key, value in found.items() if value not in ("", [])}


def _field_properties(field: Data) -> Data:
    found = {key: field[key] for key in ("id", "label", "type", "purpose", "value") if field.get(key)}
    return {**found, "passwordRecipe": field["recipe"]} if field.get("recipe") else found


def _uuid(own: str) -> str:
    """The item's own id in `vaults/<vault>/items/<item>`."""
    return own.rsplit("/", 1)[-1]


def _recipe(given: Properties) -> Data:
    recipe = given.get("passwordRecipe")
    return {key: prop.default for key, prop in RECIPE.fields.items()} | dict(recipe) if recipe is not None else {}


def _renewed(given: Properties, before: Any, had: bool) -> bool:
    asked = _recipe(given)
    return bool(had and not given.get("password") and asked and asked != _recipe({"passwordRecipe": before}))


def _field(item: Data, section: str, label: str) -> Data:
    same = (field for field in item.get("fields", ()) if field.get("section", "") == section and field["label"] == label)
    return next(same, {})


def _fields(given: Properties) -> Iterator[tuple[str, Data]]:
    for section in given.get("sections") or ():
        for field in section.get("fields") or ():
            yield section["label"], field


def _section_id(item: Data, label: str) -> str:
    held = (section["id"] for section in item.get("sections", ()) if section["label"] == label)
    return next(held, None) or str(uuid.uuid4())


