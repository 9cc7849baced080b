"""An interrupted update of a sandbox, brought back: things are looked up in the files of its accounts."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import recovery
from recovery import Directory, Report, Thing
from recovery.accounts import providers
from recovery.cluster import Access, Cluster
from recovery.engine import Engine as Asking
from recovery.errors import RecoveryError
from recovery.helm import Helm
from recovery.onepassword import item_of
from recovery.state import Resource, State
from sandbox import kube
from sandbox.engine import Engine
from sandbox.errors import SandboxError
from sandbox.plugins.accounts.account import NAMES, Account, objects

RECORD: Final = "sh.helm.release.sandbox."
GOES_SECONDS: Final = 120.0
"""How long what a chart has brought may take to go."""


def recover(engine: Engine, *, adopt: bool = False, force: bool = False) -> Report:
    """Bring a sandbox's interrupted update back.

    Raises:
        RecoveryError: it cannot be.
    """
    directories = partial(_directories, engine)
    return recovery.recover(engine, directories, folders=[engine.sandbox.state], adopt=adopt, force=force)


def _directories(engine: Engine, state: State, asking: Asking) -> dict[str, Directory]:
    del asking
    found: dict[str, Directory] = {
        name: _Simulated(title=name, account=Account(engine.sandbox.account(name))) for name in NAMES
    }
    provider = providers(state).get("kubernetes")
    if provider is not None:
        access = Access.of(provider)
        client = access.client(kube.Client)
        found["kubernetes"] = Cluster(client=client, releases=_Releases(client, Helm(client=client, access=access)))
    return found


@dataclass(frozen=True, kw_only=True)
class _Simulated:
    """A simulated account, by its file."""

    title: str
    account: Account

    def things(self, resource: Resource) -> Sequence[Thing]:
        """Everything of the resource's kind."""
        kind = resource["type"].rpartition(":")[2]
        try:
            held = objects(self.account.read(), kind)
        except SandboxError as error:
            raise RecoveryError(str(error)) from None
        if kind == "Item":
            vault = resource["inputs"]["vault"]
            return [item_of(vault, own, item["title"]) for own, item in held.items() if item["vault"] == vault]
        return [Thing(id=own, properties=value) for own, value in held.items() if not value.get("deletedAt")]


@dataclass(frozen=True)
class _Releases:
    """Releases as this repository's plugin records them, or else as Helm does."""

    client: kube.Client
    helm: Helm

    def find(self, namespace: str, name: str) -> Thing | None:
        """The release, by its record."""
        record = self.client.get("v1", "ConfigMap", f"{RECORD}{name}", namespace)
        if record is None:
            return self.helm.find(namespace, name)
        status = record["data"].get("status", "")
        if status != "pending-install":
            return Thing(id=f"{namespace}/{name}")
        return Thing(id=f"{namespace}/{name}", unfinished=status, undo=partial(self._uninstall, namespace, name))

    def _uninstall(self, namespace: str, name: str) -> None:
        """Who brought the chart's objects takes them away before the record goes."""
        give_up = time.monotonic() + GOES_SECONDS
        self.client.delete("v1", "ConfigMap", f"{RECORD}{name}", namespace)
        while self.client.get("v1", "ConfigMap", f"{RECORD}{name}", namespace) is not None:
            if time.monotonic() > give_up:
                message = f"release {namespace}/{name} does not go: see what its controllers say"
                raise RecoveryError(message)
            time.sleep(0.2)
