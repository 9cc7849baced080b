"""`python -m sandbox.plugins.accounts`: the plugins' processes, and the way to make an account drift or fail.

    python -m sandbox.plugins.accounts cloudflare|onepassword|terraform-provider
    python -m sandbox.plugins.accounts drift ACCOUNT TYPE/ID-OR-NAME PROPERTY=VALUE...
    python -m sandbox.plugins.accounts fail ACCOUNT OPERATION TYPE MESSAGE [TIMES]

MESSAGE is what the provider fails with, or a kind of trouble, which it takes as the real one does (429, 500, no answer,
work done and answer lost): limited, broken, silent, lost. A value of `drift` is JSON where it can be read so and text
otherwise; `null` removes the property.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Mapping
from typing import Any, Final

from sandbox.errors import SandboxError
from sandbox.plugins.accounts.account import Account

PLUGINS: Final[Mapping[str, tuple[str, str]]] = {
    "cloudflare": ("cloudflare", "Cloudflare"),
    "onepassword": ("onepassword", "OnePassword"),
    "terraform-provider": ("authentik", "Authentik"),
}
"""The account, and its class, that a plugin serves."""


def _serve(plugin: str) -> None:
    """Load one account's module and the wire; four plugins start at every command, so nothing else."""
    name, kind = PLUGINS[plugin]
    module = importlib.import_module(f"sandbox.plugins.accounts.{name}")
    server = importlib.import_module("sandbox.plugins.server")
    server.serve(getattr(module, kind)(Account.of(name)), version=module.VERSION)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _drift(name: str, what: str, *pairs: str) -> None:
    kind, slash, which = what.partition("/")
    if not slash or not all("=" in pair for pair in pairs):
        raise SandboxError("drift: expected ACCOUNT TYPE/ID-OR-NAME PROPERTY=VALUE...")
    split = (pair.split("=", 1) for pair in pairs)
    Account.of(name).drift(kind, which, {key: _value(text) for key, text in split})


def _fail(name: str, operation: str, kind: str, message: str, times: str = "1") -> None:
    if not times.isdigit():
        raise SandboxError(f"fail: TIMES is {times}, expected a whole number")
    Account.of(name).fail(operation, kind, message, times=int(times))


def main(arguments: list[str]) -> int:
    """Run one command; the exit code. The engine gives a plugin further arguments, which mean nothing here."""
    command, *rest = arguments or [""]
    try:
        if command in PLUGINS:
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
