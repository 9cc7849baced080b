"""The accounts of a sandbox, as its stack file describes them: opened, and extended when the file is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from components.settings.secrets import TOKEN_PERMISSIONS
from sandbox.plugins.accounts.seeding import Tokens, extend, seed


def open_accounts(root: Path, values: Mapping[str, Any], made: Mapping[str, str]) -> None:
    """Make the accounts that are missing, and add to the others what the stack file has beyond them.

    What the file has wrongly or not at all is left out here: the program tells its user of it.

    Args:
        root: the sandbox's folder.
        values: the stack file's plain values.
        made: new stand-ins for secrets, which the accounts are to accept.
    """
    tokens = Tokens(
        cloudflare={made[key]: permissions for key, permissions in TOKEN_PERMISSIONS.items() if key in made},
        service_account=[value for key, value in made.items() if key == "onepasswordServiceAccountToken"],
        connect=[value for key, value in made.items() if key == "onepasswordConnectToken"],
        # A new server takes its first token from the cluster; one that runs has to be told of another.
        authentik=[value for key, value in made.items() if key == "authentikToken"],
    )
    zones = dict(_zones(values.get("zones")))
    account_id = _text(values.get("cloudflare"), "accountId")
    vault = _text(values.get("onepassword"), "vault")
    new = seed(
        root,
        tokens=Tokens(cloudflare=tokens.cloudflare, service_account=tokens.service_account, connect=tokens.connect),
        zones=zones,
        account_id=account_id,
        vault=vault,
    )
    extend(root, tokens=tokens, zones=zones, account_id=account_id, vault=vault, new=new)


def _zones(value: Any) -> Iterator[tuple[str, str]]:
    """Domains by zone id."""
    for domain, zone in value.items() if isinstance(value, Mapping) else ():
        if own := _text(zone, "id"):
            yield own, domain


def _text(value: Any, key: str) -> str:
    """A text in a mapping, empty if there is none."""
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, str) else ""
