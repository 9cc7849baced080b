"""A running sandbox, as the engine tests use it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from doctor import examination
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

    def settle(self, **settings: str) -> None:
        """Set keys, `__` between the parts of their paths, and update; every reference resolves then."""
        for path, value in settings.items():
            self.engine.read("config", "set", "--path", f"homelab:{path.replace('__', '.')}", value)
        self.up()
        assert self.broken() == []

    def broken(self) -> list[Any]:
        """References that do not resolve, once controllers have done what an update leaves to them."""
        report = examination.run(self.sandbox.kubeconfig, None, self.engine.state(), settling=examination.SETTLING)
        assert report.total, "there was nothing to check"
        return report.broken

    def kept_claims(self, namespace: str) -> dict[str, str]:
        """Uid of each claim of a namespace whose volume stays when it goes, by its name."""
        kept = {
            item["spec"]["claimRef"]["uid"]
            for item in self.cluster.list("v1", "PersistentVolume")
            if item["spec"].get("claimRef") and item["spec"]["persistentVolumeReclaimPolicy"] == "Retain"
        }
        found = [item["metadata"] for item in self.cluster.list("v1", "PersistentVolumeClaim", namespace)]
        return {meta["name"]: meta["uid"] for meta in found if meta["uid"] in kept}


def needed(found: dict[str, Any] | None) -> dict[str, Any]:
    """An object that has to be there."""
    assert found is not None
    return found


def _short(urn: str) -> str:
    """`DnsRecord::navidrome` of a URN."""
    kind, name = urn.split("::")[2:4]
    return f"{kind.rsplit('$', 1)[-1].rsplit(':', 1)[-1]}::{name}"
