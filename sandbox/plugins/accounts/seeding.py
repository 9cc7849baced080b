"""Fresh accounts for a new sandbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.paths import Sandbox
from sandbox.plugins.accounts.account import Account, Data
from sandbox.plugins.accounts.authentik.fresh import fresh_authentik


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """Credentials that the accounts accept."""

    cloudflare: Mapping[str, Sequence[str]]
    """With what each may do."""
    service_account: Sequence[str]
    """Of 1Password."""
    connect: Sequence[str] = ()
    """Of 1Password's Connect server; the operator's token is one."""
    authentik: Sequence[str] = ()
    """Usually none: the simulated cluster puts the bootstrap token in when it starts the server."""


def seed(
    root: Path, *, tokens: Tokens, zones: Mapping[str, str], account_id: str, vault: str, vault_name: str = "homelab"
) -> list[str]:
    """Make the accounts that do not exist yet below the sandbox's folder; the names of those that were made.

    Args:
        root: the sandbox's folder.
        tokens: what the accounts accept.
        zones: Cloudflare's zones: domain by zone id.
        account_id: id of the Cloudflare account that they are in.
        vault: id of the 1Password vault.
        vault_name: what people call that vault.
    """
    contents: dict[str, Data] = {
        "cloudflare": {
            "tokens": {token: list(permissions) for token, permissions in tokens.cloudflare.items()},
            "accounts": {account_id: {"name": "homelab"}},
            "zones": {key: {"name": name, "account": account_id, "settings": {}} for key, name in zones.items()},
            "objects": {},
        },
        "onepassword": {
            "tokens": {"service_account": list(tokens.service_account), "connect": list(tokens.connect)},
            "vaults": {vault: {"name": vault_name, "description": ""}},
            "items": {},
        },
        "authentik": fresh_authentik(tokens=tuple(tokens.authentik)),
    }
    sandbox = Sandbox(root=root)
    return [name for name, data in contents.items() if Account(sandbox.account(name)).create({"faults": [], **data})]
