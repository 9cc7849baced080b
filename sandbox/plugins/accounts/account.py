"""One account's file: what it holds, who may change it, and how it is made to drift or fail on purpose.

Every account has `tokens` (accepted credentials), `faults` (failures to come) and `objects`, by type and id, with
property names as on the wire. 1Password keeps its items under `items` instead, in the shape that its own API has.
"""

from __future__ import annotations

import fcntl
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandbox.errors import SandboxError
from sandbox.paths import Sandbox
from sandbox.plugins.accounts.faults import Fault

Data = dict[str, Any]
"""The content of an account's file, or one object in it."""

ANY: Final = "*"
NAMES: Final = ("cloudflare", "authentik", "onepassword")
TABLES: Final = ("items", "vaults", "zones", "accounts")
SHAPES: Final[Mapping[str, tuple[tuple[type, ...], str]]] = {
    "tokens": ((list, dict), "a list or an object"),
    "faults": ((list,), "a list"),
    "objects": ((dict,), "an object"),
    **dict.fromkeys(TABLES, ((dict,), "an object")),
}
OPERATIONS: Final = ("create", "read", "update", "delete", "invoke", ANY)


@dataclass(frozen=True)
class Account:
    """An account by its file. Readers need no lock: the file is replaced as a whole."""

    path: Path

    @classmethod
    def of(cls, name: str) -> Account:
        """The account `name` of the sandbox that the environment names."""
        if name not in NAMES:
            raise SandboxError(f"account {name}: there is no such account; there are: {', '.join(NAMES)}")
        return cls(Sandbox.of_clone().account(name))

    def read(self) -> Data:
        """The content as it is now; changes to it are lost.

        Raises:
            SandboxError: the account does not exist or its file is damaged.
        """
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise SandboxError(f"account file {self.path} does not exist: `make up` creates it") from error
        except OSError as error:
            raise SandboxError(f"account file {self.path} cannot be read: {error.strerror}") from error
        except (ValueError, RecursionError) as error:
            raise SandboxError(f"account file {self.path} is not JSON ({error}): correct it or delete it") from error
        if not isinstance(content, dict):
            raise SandboxError(f"account file {self.path} is not a JSON object: correct it or delete it")
        for part in _misshapen(content):
            raise SandboxError(f"account file {self.path}: {part}: correct it or delete it")
        return content

    @contextmanager
    def edit(self) -> Iterator[Data]:
        """The content, to be changed; it is written when the block ends without an exception."""
        with self._locked():
            data = self.read()
            yield data
            self._write(data)

    def create(self, data: Data) -> bool:
        """Make the account unless it exists; whether it was made."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._locked():
            if self.path.exists():
                return False
            self._write(data)
            return True

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            lock = self.path.with_name(f"{self.path.name}.lock").open("w")
        except FileNotFoundError as error:
            raise SandboxError(f"account file {self.path} does not exist: `make up` creates it") from error
        except OSError as error:
            raise SandboxError(f"account file {self.path} cannot be locked: {error.strerror}") from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, data: Data) -> None:
        try:
            with tempfile.NamedTemporaryFile(
                "w", dir=self.path.parent, prefix=f".{self.path.name}-", delete=False, encoding="utf-8"
            ) as file:
                json.dump(data, file, indent=1, sort_keys=True)
                file.write("\n")
            Path(file.name).replace(self.path)  # its mode is 0600: the file holds what the real account keeps secret
        except OSError as error:
            raise SandboxError(f"account file {self.path} cannot be written: {error.strerror}") from error

    def fail(
        self, operation: str, kind: str, message: str, *, name: str = ANY, times: int = 1, wait: float = 0.0
    ) -> None:
        """Let the next `times` calls of an operation on a type (`DnsRecord`, `getVault`, `*`) fail.

        Args:
            operation: one of OPERATIONS.
            kind: the type's or lookup's own name.
            message: the provider fails with it; or a kind of `Trouble`, which the provider's client takes as the real
                one does: what that tries again is tried again here, and each try uses up one of the `times`.
            name: the resource's name in the program.
            times: how many calls.
            wait: seconds after which the client goes on. Nobody waits as long as in earnest: it stands for what
                `Retry-After` says, for the pause between two tries, and for the minutes until a silent account is
                given up.
        """
        if operation not in OPERATIONS:
            raise SandboxError(f"operation {operation}: there is no such operation; there are: {', '.join(OPERATIONS)}")
        fault = {"operation": operation, "type": kind, "name": name, "message": message, "times": times, "wait": wait}
        with self.edit() as data:
            data.setdefault("faults", []).append(fault)

    def take_fault(self, operation: str, kind: str, name: str) -> Fault | None:
        """What this call has to meet; each fault is used up as often as it says."""

        def meant(fault: Mapping[str, Any]) -> bool:
            asked = (("operation", operation), ("type", kind), ("name", name))
            return all(fault.get(key, ANY) in (ANY, value) for key, value in asked)

        if not any(meant(fault) for fault in self.read().get("faults", ())):
            return None
        with self.edit() as data:
            for fault in filter(meant, data["faults"]):
                fault["times"] = fault.get("times", 1) - 1
                data["faults"] = [other for other in data["faults"] if other.get("times", 1) > 0]
                return Fault.of(fault)
        return None

    def drift(self, kind: str, which: str, changes: Mapping[str, Any]) -> None:
        """Change properties of an object behind the program's back; None removes one.

        Args:
            kind: type of the object, for example `DnsRecord` or `Item`.
            which: its id, or the name, slug or title that only it has.
            changes: new values by property; a dotted key reaches into objects and lists. An item's field is meant by
                its label.
        """
        with self.edit() as data:
            found = objects(data, kind)
            keys = [key for key, value in found.items() if which in (key, *_names(value))]
            if len(keys) != 1:
                known = ", ".join(sorted(_label(key, value) for key, value in found.items())) or "none"
                raise SandboxError(f"{kind} {which}: {len(keys)} objects are meant, expected one; there are: {known}")
            for key, value in changes.items():
                _set(found[keys[0]], key, value)


def _misshapen(content: Data) -> Iterator[str]:
    """What is not of the shape that every account has, each with what was expected."""
    for key, (types, expected) in SHAPES.items():
        if key in content and not isinstance(content[key], types):
            yield f"{key} is not {expected}"
    held = content.get("objects")
    tables = {f"objects.{kind}": table for kind, table in held.items()} if isinstance(held, dict) else {}
    for name, table in {**tables, **{key: content.get(key, {}) for key in TABLES}}.items():
        if not isinstance(table, dict) or not all(isinstance(value, dict) for value in table.values()):
            yield f"{name} is not an object of objects by id"


def objects(data: Data, kind: str) -> Data:
    """The objects of a type, by id."""
    held: Data = data.setdefault("items", {}) if kind == "Item" else data.setdefault("objects", {}).setdefault(kind, {})
    return held


def _names(value: Mapping[str, Any]) -> list[Any]:
    return [value[key] for key in ("name", "slug", "title", "uuid") if value.get(key)]


def _label(key: str, value: Mapping[str, Any]) -> str:
    return str((_names(value) or [key])[0])


def _set(target: Any, path: str, value: Any) -> None:
    labelled = [field for field in target.get("fields", ()) if field.get("label") == path]
    if labelled:
        labelled[0]["value"] = value
        target["version"] = target.get("version", 0) + 1
        return
    *parents, last = path.split(".")
    try:
        for part in parents:
            target = target[int(part)] if isinstance(target, list) else target.setdefault(part, {})
        key = int(last) if isinstance(target, list) else last
        if value is None:
            del target[key]
        else:
            target[key] = value
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise SandboxError(f"property {path}: the object has nothing there to change") from error
