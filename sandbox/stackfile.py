"""The stack file that a sandbox runs with: what the committed one says, and stand-ins for its secrets.

The engine alone reads and writes stack files here. It tells what the committed one says, and is told the same for the
copy: so what it refuses is refused in its own words, and what it takes for text, a number or a duplicate is that in the
sandbox too.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox.cluster import CONTEXT
from sandbox.errors import SandboxError

HIDDEN: Final = "encrypted"
"""Stands in the copy for what somebody has encrypted where the program expects plain values: it says so then."""

LIMIT: Final = 120_000
"""Bytes that all values may take together, as JSON: Pulumi hands them to a Python program in one variable of its
environment, together with the secrets, and Linux has room for 131,072 in one."""

Pulumi = Callable[..., str]
"""Runs pulumi with arguments and returns what it printed; SandboxError with its reason."""


def stand_ins(keys: Sequence[str]) -> dict[str, str]:
    """A random value for each secret key; Connect's credentials are a JSON file in real life, so here too."""
    values = {key: f"sandbox-{secrets.token_hex(16)}" for key in keys}
    if "onepasswordConnectCredentials" in values:
        credentials = {"version": "2", "deviceUuid": values["onepasswordConnectCredentials"]}
        values["onepasswordConnectCredentials"] = json.dumps(credentials)
    return values


def structured(value: Any) -> dict[str, Any]:
    """An entry for the engine: it takes the text, and of the object only that there is one."""
    return {"value": json.dumps(value), "objectValue": True}


@dataclass(frozen=True, kw_only=True)
class StackFile:
    """A committed stack file, and the copy that a sandbox runs with."""

    committed: Path
    copy: Path
    """In the folder of a `Pulumi.yaml` of its own; the engine has made the stack there, so it holds the salt."""
    namespace: str
    pulumi: Pulumi

    @property
    def _saved(self) -> Path:
        """The copy as it was before a secret was committed in plain text: it holds the stand-in for that secret."""
        return self.copy.with_name("stand-ins.yaml")

    def values(self) -> dict[str, Any]:
        """The plain values of the copy, by key without namespace; structured ones as such."""
        return self._plain(self._read(self.copy))

    def bring_up_to_date(self, secret_keys: Sequence[str]) -> dict[str, str]:
        """Take over what the committed file says; the stand-ins that were made anew.

        Stand-ins that are there already stay: the accounts know them. The copy changes only if all of it succeeds.

        Raises:
            SandboxError: there is no committed file, or the engine cannot read it; with its words. Or it has more in
                it than a program can be handed.
        """
        if not self.committed.exists():
            name = self.committed.name
            message = (
                f"{name}: it is missing; bring it back with `git restore {name}`, or copy another home's and change it"
            )
            raise SandboxError(message)
        given = self._read(self.committed)
        before = self._saved if self._saved.exists() else self.copy
        kept = _kept(before)
        new = self.copy.with_name("new.yaml")
        shutil.copyfile(before, new)
        dropped = [key for key, is_secret in kept.items() if not is_secret and key not in given]
        if dropped:
            self.pulumi("config", "rm-all", "--config-file", str(new), *dropped)
        wanted = {self._key(key) for key in secret_keys}
        exposed = [key for key in given if key in wanted and not given[key].get("secret")]
        entries = {key: self._entry(key, value) for key, value in given.items() if key not in wanted or key in exposed}
        there = {key for key, is_secret in kept.items() if is_secret}
        made = stand_ins([key for key in secret_keys if self._key(key) not in {*there, *exposed}])
        entries |= {self._key(key): {"value": value, "secret": True} for key, value in made.items()}
        self._room_for(entries)
        if entries:
            self.pulumi("config", "set-all", "--config-file", str(new), "--json", json.dumps(entries))
        if exposed and before == self.copy:
            shutil.copyfile(self.copy, self._saved)
        new.replace(self.copy)
        if not exposed:
            self._saved.unlink(missing_ok=True)
        return made

    def _entry(self, key: str, value: Mapping[str, Any]) -> Mapping[str, Any]:
        """An entry as it is handed back to the engine, with the sandbox's cluster in the place of the user's own.

        A kubeconfig that is named there goes before the environment's: the sandbox would work on somebody's real
        cluster.
        """
        if value.get("secret"):
            return {"value": HIDDEN, "secret": True}
        if "objectValue" not in value:
            return value
        own = value["objectValue"]
        if key == self._key("cluster") and isinstance(own, Mapping):
            own = {**{name: own[name] for name in own if name != "kubeconfig"}, "context": CONTEXT}
        return structured(own)

    def _room_for(self, entries: Mapping[str, Mapping[str, Any]]) -> None:
        sizes = {key: len(json.dumps(entry).encode()) for key, entry in entries.items()}
        if sum(sizes.values()) > LIMIT:
            largest = max(sizes, key=lambda key: sizes[key])
            message = (
                f"{self.committed.name}: its values take {sum(sizes.values()) // 1000} kB, expected at most"
                f" {LIMIT // 1000} kB, which is what Pulumi can hand to a Python program on Linux"
                f"; make {largest} shorter, {sizes[largest] // 1000} kB of it"
            )
            raise SandboxError(message)

    def _key(self, key: str) -> str:
        return f"{self.namespace}:{key}"

    def _read(self, file: Path) -> dict[str, dict[str, Any]]:
        """What a file says, in the engine's words: `value`, `objectValue` if it is structured, and `secret`."""
        try:
            found: dict[str, dict[str, Any]] = json.loads(self.pulumi("config", "--config-file", str(file), "--json"))
        except SandboxError as error:
            reason = str(error).removeprefix("pulumi config: ").removeprefix("error: ")
            message = f"{file.name}: {reason}"
            raise SandboxError(message) from error
        return found

    def _plain(self, found: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        prefix = self._key("")
        return {
            key.removeprefix(prefix): value.get("objectValue", value.get("value"))
            for key, value in found.items()
            if key.startswith(prefix) and not value.get("secret")
        }


def _kept(file: Path) -> dict[str, bool]:
    """The keys of a copy, which the engine wrote, and whether each is a secret."""
    try:
        config = (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).get("config") or {}
    except (AttributeError, UnicodeDecodeError, yaml.YAMLError) as error:
        message = f"{file} is damaged: `make clean` begins anew, as the stand-ins in it are lost"
        raise SandboxError(message) from error
    return {key: isinstance(value, Mapping) and set(value) == {"secure"} for key, value in config.items()}
