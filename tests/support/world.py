"""A running sandbox, as the engine tests use it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sandbox import kube
from sandbox.engine import Engine
from sandbox.paths import Sandbox
from sandbox.plugins.accounts.account import Account


@dataclass(frozen=True, kw_only=True)
class World:
    """One running sandbox: its engine, its cluster and its accounts."""

    sandbox: Sandbox
    engine: Engine

    @property
    def cluster(self) -> kube.Client:
        """A client of its API server."""
        return kube.Client.from_kubeconfig(self.sandbox.kubeconfig)

    def account(self, name: str) -> Account:
        """One of its accounts."""
        return Account(self.sandbox.account(name))

    def preview(self, *arguments: str) -> dict[str, str]:
        """What a preview would do: the operation by `type::name`, for everything that does not stay the same."""
        done = json.loads(self.engine.read("preview", "--json", *arguments))
        steps: list[dict[str, Any]] = done.get("steps", [])
        return {_short(step["urn"]): step["op"] for step in steps if step["op"] not in {"same", "read", "refresh"}}

    def up(self, *arguments: str) -> str:
        """Update the stack; what the engine printed."""
        return self.engine.read("up", "--yes", "--skip-preview", "--suppress-outputs", *arguments)


def _short(urn: str) -> str:
    """`DnsRecord::navidrome` of a URN."""
    kind, name = urn.split("::")[2:4]
    return f"{kind.rsplit('$', 1)[-1].rsplit(':', 1)[-1]}::{name}"
