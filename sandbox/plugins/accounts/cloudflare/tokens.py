"""API tokens, and what each of them may do.

Permissions are written as the page of a token names them, `Zone / DNS / Edit`: what they are on, what they are for, and
how far they go; Edit covers Read. `tokens` of the account's file is {token: [permission, ...]}; if it is a mere list,
each of them may do everything.

Not covered: tokens for some zones or accounts only, by address or until a date. The API answers a token without the
permission as it answers an unknown one, and names no permission: that part of the message is the sandbox's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.plugins.interface import ProviderError

DNS: Final = "Zone / DNS"
ZONE: Final = "Zone / Zone"
ZONE_SETTINGS: Final = "Zone / Zone Settings"
TUNNEL: Final = "Account / Cloudflare Tunnel"
ACCESS: Final = "Account / Access: Apps and Policies"
IDENTITY: Final = "Account / Access: Organizations, Identity Providers, and Groups"
READ: Final = "Read"
EDIT: Final = "Edit"


def knows(account: Mapping[str, Any], token: Any) -> bool:
    """Whether the account has handed out this token."""
    return token in (account.get("tokens") or ())


def permits(account: Mapping[str, Any], token: Any, what: str, level: str) -> bool:
    """Whether a token may do this."""
    tokens = account.get("tokens") or {}
    if not isinstance(tokens, Mapping):
        return token in tokens
    return bool({f"{what} / {level}", f"{what} / {EDIT}"} & set(tokens.get(token) or ()))


def demand(account: Mapping[str, Any], token: Any, what: str, level: str) -> None:
    """Refuse a token that may not do this.

    Raises:
        ProviderError: as the API says it.
    """
    if not permits(account, token, what, level):
        raise ProviderError(
            f"403 Forbidden: Authentication error (10000): the token lacks the permission {what} / {level}"
        )
