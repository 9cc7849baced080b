"""Looks an item up in the simulated 1Password account by the path that a `OnePasswordItem` gives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

PATH: Final = re.compile(r"vaults/(.*)/items/(.*)")
UUID: Final = re.compile(r"[a-z0-9]{26}")


class ItemError(Exception):
    """The operator's message for why it cannot have the item."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """An item with where it is."""

    vault: str
    uuid: str
    content: Mapping[str, Any]

    @property
    def path(self) -> str:
        """The path by ids, which the operator notes on the Secret."""
        return f"vaults/{self.vault}/items/{self.uuid}"

    @property
    def version(self) -> str:
        """The version, which every change of the item counts up."""
        return str(self.content.get("version", 1))


def find(account: Mapping[str, Any], path: str) -> Item:
    """The item at `vaults/<name or id>/items/<title or id>`. Of several with one title the oldest is taken."""
    match = PATH.fullmatch(path)
    if not match:
        raise ItemError(
            f'"{path}" is not an acceptable path for One Password item. Must be of the format: '
            "`vaults/{vault_id}/items/{item_id}`"
        )
    vault = _vault(account, match[1])
    items = account.get("items") or {}
    wanted = match[2]
    by_id = items.get(wanted)
    if by_id is not None and by_id["vault"] == vault:
        return Item(vault=vault, uuid=wanted, content=by_id)
    titled = [uuid for uuid, item in items.items() if item["vault"] == vault and item.get("title") == wanted]
    if not titled:
        raise ItemError(f'no items found with identifier "{wanted}" in vault "{vault}"')
    return Item(vault=vault, uuid=titled[0], content=items[titled[0]])


def _vault(account: Mapping[str, Any], wanted: str) -> str:
    vaults = account.get("vaults") or {}
    for uuid, vault in vaults.items():
        if vault.get("name") == wanted:
            return str(uuid)
    if UUID.fullmatch(wanted):
        return wanted
    raise ItemError(f'no vaults found with identifier "{wanted}"')
