"""Calls of an account that the next update is made to need: something to make, to change, to delete.

State and account are changed together, as if the program had been another one before: what is to be made is in neither,
what is to be changed differs in both from what the program declares, what is to be deleted is in both and not declared.
"""

from __future__ import annotations

import copy
import json
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sandbox.engine import Engine
from sandbox.plugins.accounts.account import Account, Data, objects

STALE: Final = "stale"
"""Begins the names of what no program declares."""
CHANGED: Final[dict[str, tuple[str, Any]]] = {
    "DnsRecord": ("comment", STALE),
    "Item": ("url", "https://stale.example.org"),
    "PolicyBinding": ("timeout", 31),
}
"""By type, a property that the platform leaves alone, and another value of it."""
GOES_ALONG: Final = {"ZeroTrustTunnelCloudflared": ("ZeroTrustTunnelCloudflaredConfig",)}
"""By type, what an account keeps under the same id, and only as long."""
TELLS_APART: Final = {"DnsRecord": "fqdn", "Item": "title", "PolicyBinding": "order"}
"""By type, what tells one of them from another."""


@dataclass(frozen=True, kw_only=True)
class Thing:
    """Something in an account that the stack has."""

    account: str
    kind: str
    """Its type's own name."""
    name: str
    """In the program."""
    urn: str
    id: str

    @property
    def key(self) -> str:
        """Its id in the account's file."""
        return self.id.rpartition("/")[2]

    @classmethod
    def of(cls, resource: Data) -> Thing:
        """What a resource of the state stands for."""
        kind = resource["type"]
        return cls(
            account=kind.partition(":")[0],
            kind=kind.rpartition(":")[2],
            name=resource["urn"].rpartition("::")[2],
            urn=resource["urn"],
            id=resource["id"],
        )


@dataclass(kw_only=True)
class Calls:
    """A state that is being changed, with its accounts."""

    state: Data
    accounts: dict[str, Data]

    @property
    def _resources(self) -> list[Data]:
        resources: list[Data] = self.state["deployment"]["resources"]
        return resources

    def things(self, account: str, kind: str) -> list[Thing]:
        """All of a type that may go and come again: none that others are below, and none whose value was generated.

        The first that the program makes is the last: Authentik's own host is.
        """
        parents = {resource.get("parent") for resource in self._resources}
        return [
            Thing.of(resource)
            for resource in reversed(self._resources)
            if resource["type"].startswith(f"{account}:")
            and resource["type"].endswith(f":{kind}")
            and resource["urn"] not in parents
            and "passwordRecipe" not in resource.get("inputs", {})
        ]

    def make(self, thing: Thing) -> Thing:
        """Have it made anew: neither the state nor the account has it any more."""
        for kind in (thing.kind, *GOES_ALONG.get(thing.kind, ())):
            objects(self.accounts[thing.account], kind).pop(thing.key, None)
        self.state["deployment"]["resources"] = [
            _without(resource, thing.urn) for resource in self._resources if resource["urn"] != thing.urn
        ]
        return thing

    def change(self, thing: Thing) -> Thing:
        """Have it changed: the state and the account hold something else."""
        key, value = CHANGED[thing.kind]
        live = objects(self.accounts[thing.account], thing.kind)[thing.key]
        live.update({"urls": [{"primary": True, "href": value}]} if thing.kind == "Item" else {key: value})
        self._of(thing)["outputs"][key] = value
        return thing

    def delete(self, thing: Thing) -> Thing:
        """Have something deleted that is like it, under another name."""
        live = copy.deepcopy(objects(self.accounts[thing.account], thing.kind)[thing.key])
        apart = TELLS_APART[thing.kind]
        live[apart] = secrets.randbelow(10**6) if apart == "order" else f"{STALE}-{secrets.token_hex(3)}-{live[apart]}"
        key = secrets.token_hex(len(thing.key) // 2)
        objects(self.accounts[thing.account], thing.kind)[key] = live
        resource = copy.deepcopy(self._of(thing))
        resource["urn"] = f"{thing.urn.removesuffix(thing.name)}{STALE}-{key}"
        resource["id"] = f"{thing.id.removesuffix(thing.key)}{key}"
        self._resources.append(resource)
        return Thing.of(resource)

    def _of(self, thing: Thing) -> Data:
        return next(resource for resource in self._resources if resource["urn"] == thing.urn)


def _without(resource: Data, urn: str) -> Data:
    """A resource that depends on one no more."""
    kept = dict(resource)
    if "dependencies" in kept:
        kept["dependencies"] = [other for other in kept["dependencies"] if other != urn]
    if "propertyDependencies" in kept:
        kept["propertyDependencies"] = {
            key: [other for other in others or () if other != urn]
            for key, others in kept["propertyDependencies"].items()
        }
    return kept


@contextmanager
def needed(engine: Engine, accounts: dict[str, Account]) -> Iterator[Calls]:
    """Make the next update need calls; all of it is written when the block ends."""
    calls = Calls(state=engine.state(), accounts={name: account.read() for name, account in accounts.items()})
    yield calls
    with tempfile.NamedTemporaryFile("w", suffix=".json", dir=engine.sandbox.root) as file:
        json.dump(calls.state, file)
        file.flush()
        engine.read("stack", "import", "--file", file.name)
    for name, account in accounts.items():
        with account.edit() as data:
            data.clear()
            data.update(calls.accounts[name])
