"""What can be looked up in the account: vaults and items."""

from __future__ import annotations

from typing import Final

from sandbox.plugins.accounts.account import Data, objects
from sandbox.plugins.accounts.kind import Lookup
from sandbox.plugins.accounts.onepassword.shape import SECTION, item_properties
from sandbox.plugins.accounts.schema import listing, text
from sandbox.plugins.interface import ProviderError
from sandbox.plugins.wire import Properties


def _vault(data: Data, args: Properties) -> Data:
    if bool(args.get("name")) == bool(args.get("uuid")):
        raise ProviderError("lookup getVault: give exactly one of name and uuid")
    vaults = data.get("vaults", {})
    found = [key for key, vault in vaults.items() if args.get("uuid") == key or args.get("name") == vault["name"]]
    if len(found) != 1:
        asked = args.get("uuid") or args.get("name")
        known = ", ".join(f"{vault['name']} ({key})" for key, vault in sorted(vaults.items())) or "none"
        raise ProviderError(f"lookup getVault: {len(found)} vaults are called {asked!r}; the account has: {known}")
    vault = vaults[found[0]]
    description = vault.get("description", "")
    return {"id": f"vaults/{found[0]}", "uuid": found[0], "name": vault["name"], "description": description}


def _item(data: Data, args: Properties) -> Data:
    if bool(args.get("title")) == bool(args.get("uuid")):
        raise ProviderError("lookup getItem: give exactly one of title and uuid")
    held = {key: item for key, item in objects(data, "Item").items() if item["vault"] == args["vault"]}
    found = [key for key, item in held.items() if args.get("uuid") == key or args.get("title") == item["title"]]
    if len(found) != 1:
        asked = args.get("uuid") or args.get("title")
        if found:
            why = f'More than one item matches "{asked}". Try again and specify the item by its ID:'
        else:
            where = f'the "{args["vault"]}" vault'
            why = f'"{asked}" isn\'t an item in {where}. Specify the item with its UUID, name, or domain.'
        raise ProviderError(f"Client Error: Unable to read item, got error: op error: {why}")
    return {"id": f"vaults/{args['vault']}/items/{found[0]}", **item_properties(found[0], held[found[0]])}


LOOKUPS: Final = (
    Lookup(token="onepassword:index/getVault:getVault", inputs={"name": text(), "uuid": text()}, answer=_vault),  # noqa: S106
    Lookup(
        token="onepassword:index/getItem:getItem",  # noqa: S106 a function token
        inputs={
            "vault": text(required=True),
            "title": text(),
            "uuid": text(),
            "noteValue": text(),
            "sections": listing(item=SECTION),
        },
        answer=_item,
        secrets=frozenset({"password", "noteValue", "sections"}),
    ),
)
