"""A sandbox of the tests' own, with everything running in it: the tests of one module share it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from sandbox import kube
from sandbox.engine import Engine
from sandbox.lifecycle import Lifecycle
from sandbox.paths import ENV, Sandbox
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


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    root: Path = tmp_path_factory.mktemp("engine") / ".sandbox"
    patch = pytest.MonkeyPatch()
    patch.setenv(ENV, str(root))
    lifecycle = Lifecycle(sandbox=Sandbox(root=root), console=Console())
    try:
        with lifecycle.started() as engine:
            yield World(sandbox=lifecycle.sandbox, engine=engine)
    finally:
        lifecycle.stop_all()
        patch.undo()
