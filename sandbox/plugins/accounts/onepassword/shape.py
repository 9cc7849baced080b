"""The shape of an item: the program's properties, the account's fields, and the way from one to the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.plugins.accounts.account import Data
from sandbox.plugins.accounts.schema import flag, group, integer, listing, text
from sandbox.plugins.wire import Properties

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
SECTION: Final = group(fields={"id": text(computed=True), "label": text(required=True), "fields": listing(item=FIELD)})


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
            {
                **section,
                "fields": [
                    _field_properties(field) for field in item["fields"] if field["section"] == section["label"]
                ],
            }
            for section in item.get("sections", ())
        ],
    }
    for name in BUILT_IN.get(category, ()):
        field = field_of(item, "", LABELS.get(name, name))
        found[name] = field.get("value", "")
        if field.get("recipe"):
            found["passwordRecipe"] = field["recipe"]
    return {key: value for key, value in found.items() if value not in ("", [])}


def _field_properties(field: Data) -> Data:
    found = {key: field[key] for key in ("id", "label", "type", "purpose", "value") if field.get(key)}
    return {**found, "passwordRecipe": field["recipe"]} if field.get("recipe") else found


def field_of(item: Data, section: str, label: str) -> Data:
    """The field of a label in a section, the empty one for built-in fields; empty if there is none."""
    same = (
        field for field in item.get("fields", ()) if field.get("section", "") == section and field["label"] == label
    )
    return next(same, {})


def recipe_of(given: Properties) -> Data:
    """The whole recipe that a field or item is given; empty if there is none."""
    recipe = given.get("passwordRecipe")
    return {key: prop.default for key, prop in RECIPE.fields.items()} | dict(recipe) if recipe is not None else {}
