"""`python -m sandbox.plugins.accounts`: the plugins' processes, and the way to make an account drift or fail.

    python -m sandbox.plugins.accounts cloudflare|onepassword|terraform-provider
    python -m sandbox.plugins.accounts drift ACCOUNT TYPE/ID-OR-NAME PROPERTY=VALUE...
    python -m sandbox.plugins.accounts fail ACCOUNT OPERATION TYPE MESSAGE [TIMES]

A value of `drift` is JSON where it can be read so and text otherwise; `null` removes the property.
"""

from __future__ import annotations

import json
import sys
from typing import Any, Final

from sandbox.errors import SandboxError

PLUGINS: Final = ("cloudflare", "onepassword", "terraform-provider")


def _serve(plugin: str) -> None:
    """Only one account's module is loaded: four plugins start at every command."""
    # ruff: noqa: PLC0415
    from sandbox.plugins.accounts.account import Account
    from sandbox.plugins.accounts.provider import AccountProvider
    from sandbox.plugins.server import serve

    provider: AccountProvider
    if plugin == "cloudflare":
        from sandbox.plugins.accounts import cloudflare

        provider, version = cloudflare.Cloudflare(Account.of(plugin)), cloudflare.VERSION
    elif plugin == "onepassword":
        from sandbox.plugins.accounts import onepassword

        provider, version = onepassword.OnePassword(Account.of(plugin)), onepassword.VERSION
    else:
        from sandbox.plugins.accounts import authentik

        provider, version = authentik.Authentik(Account.of("authentik")), authentik.VERSION
    serve(provider, version=version)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _drift(name: str, what: str, *pairs: str) -> None:
    from sandbox.plugins.accounts.account import Account

    kind, slash, which = what.partition("/")
    if not slash or not pairs or not all("=" in pair for pair in pairs):
        raise SandboxError("usage: drift ACCOUNT TYPE/ID-OR-NAME PROPERTY=VALUE...")
    split = (pair.split("=", 1) for pair in pairs)
    Account.of(name).drift(kind, which, {key: _value(text) for key, text in split})


def _fail(name: str, operation: str, kind: str, message: str, times: str = "1") -> None:
    from sandbox.plugins.accounts.account import Account

    if not times.isdigit():
        raise SandboxError(f"TIMES {times}: expected a whole number")
    Account.of(name).fail(operation, kind, message, times=int(times))


def main(arguments: list[str]) -> int:
    """Run one command; the exit code."""
    command, *rest = arguments or [""]
    try:
        if command in PLUGINS and not [word for word in rest if not word.startswith("-") and ":" not in word]:
            _serve(command)
        elif command == "drift" and len(rest) >= 3:
            _drift(*rest)
        elif command == "fail" and len(rest) in (4, 5):
            _fail(*rest)
        else:
            sys.stderr.write(f"{__doc__}\n")
            return 2
    except SandboxError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
