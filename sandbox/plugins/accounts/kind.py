"""What every resource type and lookup of a simulated account is made of."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

from sandbox.plugins.accounts.account import Data, objects
from sandbox.plugins.accounts.schema import Property, Schema
from sandbox.plugins.accounts.shaping import changes, completed, foreseen
from sandbox.plugins.interface import ProviderError
from sandbox.plugins.wire import Properties


class Kind:
    """A resource type: the generic life of an object, with the steps that a type may change."""

    schema: ClassVar[Schema]
    permission: ClassVar[str] = ""
    """What a token needs for it, in an account whose tokens have permissions."""
    staying: ClassVar[tuple[str, str]] = ("", "")
    """Of what the provider never deletes: its warnings when it is made, and when it is to be deleted."""

    def imported(self, asked: str) -> str:
        """The id of what is imported by this id."""
        return asked

    def absent(self, own: str, operation: str) -> str:
        """The provider's failure to `read` or `delete` what is gone; nothing if it takes that as it is."""
        del own, operation
        return ""

    def told(self, live: Data, declared: Properties) -> Data:
        """The live object with what the provider knows from the state alone, since the service does not tell it."""
        del declared
        return live

    def offline(self, given: Properties) -> Iterable[str]:
        """What the provider finds wrong with inputs beyond the table, also in a preview; values may be unknown."""
        del given
        return ()

    def carried(self, given: Properties, olds: Properties) -> Properties:
        """What an update really sends: the given inputs, and what the provider remembers of the old outputs."""
        inputs = self.schema.inputs.items()
        kept = {key: olds[key] for key, prop in inputs if prop.remembered and olds.get(key) is not None}
        return {**kept, **given}

    def admit(self, data: Data, given: Properties, own: str) -> None:
        """Refuse what the service refuses: dangling references, duplicates, bad syntax; `own` is an update's id."""

    def new_id(self, data: Data, given: Properties) -> str:
        """The id of a new object."""
        del data, given
        return str(uuid.uuid4())

    def computed(self, data: Data, given: Properties, own: str, old: Data) -> Data:
        """What the service adds to the given values, None for what it takes away; `old` is empty for a new object."""
        del data, given, own, old
        return {}

    def release(self, data: Data, own: str, live: Data) -> None:
        """Refuse the deletion of what is in use, and take away what goes with it."""

    def find(self, data: Data, own: str) -> Data | None:
        """The live object as the provider reads it."""
        found: Data | None = objects(data, self.schema.short).get(own)
        return found

    def create(self, data: Data, given: Properties) -> tuple[str, Data]:
        """Make an object of plain inputs."""
        self.admit(data, given, "")
        own = self.new_id(data, given)
        live = _present({**completed(self.schema.whole, given), **self.computed(data, given, own, {})})
        objects(data, self.schema.short)[own] = live
        return own, live

    def update(self, data: Data, own: str, given: Properties) -> Data:
        """Change an object to plain inputs."""
        old = self.find(data, own)
        if old is None:
            raise ProviderError(f"{self.schema.short} {own} is not there any more: run `pulumi refresh`")
        self.admit(data, given, own)
        given_now = completed(self.schema.whole, given)
        live = _present({**self._kept(old), **given_now, **self.computed(data, given, own, old)})
        objects(data, self.schema.short)[own] = live
        return live

    def _kept(self, old: Data) -> Data:
        """What an update leaves alone: all but the inputs that are the program's alone."""
        inputs = self.schema.inputs
        return {key: value for key, value in old.items() if key not in inputs or inputs[key].computed}

    def delete(self, data: Data, own: str, live: Data) -> None:
        """Remove an object that exists."""
        self.release(data, own, live)
        del objects(data, self.schema.short)[own]

    def expected(self, given: Properties, old: Data) -> Properties:
        """The outputs that a preview shows; the inputs may hold unknown values."""
        outputs = foreseen(self.schema.whole, given, old)
        for key, prop in self.schema.outputs.items():
            outputs[key] = old[key] if key in old and not prop.volatile else foreseen(_CHOSEN, None, None)
        return dict(outputs)

    def differs(self, given: Properties, actual: Properties) -> list[Any]:
        """How plain inputs differ from plain outputs."""
        return list(changes(self.schema.whole, given, actual))


_CHOSEN = Property(type="any", computed=True)


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """A data source."""

    token: str
    inputs: Mapping[str, Property]
    answer: Callable[[Data, Properties], Data]
    """The plain result for plain arguments; raises ProviderError if there is none."""
    secrets: frozenset[str] = field(default_factory=frozenset)
    """Properties of the result that are secret."""
    permission: str = ""
    """What a token needs for it, in an account whose tokens have permissions."""

    @property
    def short(self) -> str:
        """The function's own name, as faults name it."""
        return self.token.rsplit(":", 1)[-1]


def _present(values: Data) -> Data:
    return {key: value for key, value in values.items() if value is not None}


def now() -> str:
    """This moment as the services write it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def hexadecimal(length: int = 32) -> str:
    """A random id of hexadecimal digits."""
    return secrets.token_hex(length // 2)


def others(data: Data, kind: str, own: str) -> list[tuple[str, Data]]:
    """Every object of a type but one, with its id."""
    return [(key, value) for key, value in objects(data, kind).items() if key != own]
