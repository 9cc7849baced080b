"""Fresh accounts for a new sandbox."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import SandboxError
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
            "tokens": _permissions(tokens),
            "accounts": _account(account_id),
            "zones": _zones(zones, account_id),
            "objects": {},
        },
        "onepassword": {
            "tokens": {"service_account": list(tokens.service_account), "connect": list(tokens.connect)},
            "vaults": _vault(vault, vault_name),
            "items": {},
        },
        "authentik": fresh_authentik(tokens=tuple(tokens.authentik)),
    }
    sandbox = Sandbox(root=root)
    return [name for name, data in contents.items() if Account(sandbox.account(name)).create({"faults": [], **data})]


def extend(
    root: Path,
    *,
    tokens: Tokens,
    zones: Mapping[str, str],
    account_id: str,
    vault: str,
    vault_name: str = "homelab",
    new: Collection[str] = (),
) -> None:
    """Add to accounts that exist already what they lack; nothing is taken away. Arguments as of `seed`.

    `new` names the accounts that were just made, and so lack nothing.

    Raises:
        SandboxError: an account's file is damaged.
    """
    sandbox = Sandbox(root=root)
    if "cloudflare" not in new:
        with _changed(Account(sandbox.account("cloudflare"))) as data:
            data["tokens"] = {**data["tokens"], **_permissions(tokens)}
            data["accounts"] = {**_account(account_id), **data["accounts"]}
            for key, zone in _zones(zones, account_id).items():
                # The zone keeps what it holds; what it is called is as the file has it now.
                data["zones"][key] = {**zone, **data["zones"].get(key, {}), "name": zone["name"]}
    if "onepassword" not in new:
        with _changed(Account(sandbox.account("onepassword"))) as data:
            _add_tokens(data["tokens"]["service_account"], tokens.service_account)
            _add_tokens(data["tokens"]["connect"], tokens.connect)
            data["vaults"] = {**_vault(vault, vault_name), **data["vaults"]}
    if "authentik" not in new and tokens.authentik:
        with _changed(Account(sandbox.account("authentik"))) as data:
            if data.get("started"):
                _add_tokens(data["tokens"], tokens.authentik)


@contextmanager
def _changed(account: Account) -> Iterator[Data]:
    """An account's content, to be changed; SandboxError if it has not the shape of an account."""
    try:
        with account.edit() as data:
            yield data
    except (AttributeError, KeyError, TypeError) as error:
        message = (
            f"account file {account.path} is damaged (it lacks what every account has: {error}): correct it, or begin "
            "anew with `make clean`"
        )
        raise SandboxError(message) from error


def _permissions(tokens: Tokens) -> dict[str, list[str]]:
    return {token: list(permissions) for token, permissions in tokens.cloudflare.items()}


def _add_tokens(known: list[str], more: Sequence[str]) -> None:
    known.extend(token for token in more if token not in known)


def _account(own: str) -> Data:
    return {own: {"name": "homelab"}} if own else {}


def _zones(zones: Mapping[str, str], account_id: str) -> Data:
    return {key: {"name": name, "account": account_id, "settings": {}} for key, name in zones.items()}


def _vault(own: str, name: str) -> Data:
    return {own: {"name": name, "description": ""}} if own else {}
