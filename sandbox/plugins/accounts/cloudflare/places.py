"""The accounts and zones that an object belongs to."""

from __future__ import annotations

from sandbox.plugins.accounts.account import Data
from sandbox.plugins.interface import ProviderError


def account(data: Data, own: str, path: str) -> Data:
    """The account of an id, or a refusal as from the API's path below it."""
    held: Data | None = data.get("accounts", {}).get(own)
    if held is None:
        raise ProviderError(
            f"403 Forbidden: Authentication error (10000) at /accounts/{own}/{path}: the token reaches no account of "
            f"that id, only {_known(data.get('accounts', {}))}"
        )
    return held


def zone(data: Data, own: str, path: str) -> Data:
    """The zone of an id, or a refusal as from the API's path below it."""
    held: Data | None = data.get("zones", {}).get(own)
    if held is None:
        raise ProviderError(
            f"Could not route to /zones/{own}/{path}, perhaps your object identifier is invalid? (7003): the account's "
            f"zones are {_known(data.get('zones', {}))}"
        )
    return held


def zone_of(data: Data, host: str) -> Data | None:
    """The zone that a host name lies in."""
    name = host.lower().rstrip(".")
    zones: list[Data] = list(data.get("zones", {}).values())
    return next((held for held in zones if name == held["name"] or name.endswith(f".{held['name']}")), None)


def _known(held: Data) -> str:
    return ", ".join(f"{value['name']} ({key})" for key, value in sorted(held.items())) or "none"
