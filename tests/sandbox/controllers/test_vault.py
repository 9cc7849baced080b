from __future__ import annotations

from typing import Any

import pytest

from sandbox.controllers.vault import ItemError, find

VAULT = "v" * 26
ITEM = "i" * 26


@pytest.fixture
def account() -> dict[str, Any]:
    return {
        "vaults": {VAULT: {"name": "homelab"}},
        "items": {ITEM: {"vault": VAULT, "title": "database", "version": 3, "fields": []}},
    }


@pytest.mark.parametrize("vault", [VAULT, "homelab"])
@pytest.mark.parametrize("item", [ITEM, "database"])
def test_an_item_is_found_by_names_and_ids(account: dict[str, Any], vault: str, item: str) -> None:
    found = find(account, f"vaults/{vault}/items/{item}")
    assert (found.path, found.version) == (f"vaults/{VAULT}/items/{ITEM}", "3")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("homelab/database", "is not an acceptable path"),
        ("vaults/other/items/database", 'no vaults found with identifier "other"'),
        (f"vaults/{'x' * 26}/items/database", "no items found with identifier"),
        ("vaults/homelab/items/nope", f'no items found with identifier "nope" in vault "{VAULT}"'),
    ],
)
def test_what_is_missing_is_named(account: dict[str, Any], path: str, message: str) -> None:
    with pytest.raises(ItemError, match=message):
        find(account, path)
