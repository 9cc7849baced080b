"""What a provider plugin is made of: plain Python values in, plain Python values out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from sandbox.plugins.host import Host
from sandbox.plugins.wire import Properties


class ProviderError(Exception):
    """The provider refuses: the message is what the user sees."""


@dataclass
class InitFailed(Exception):  # noqa: N818 the engine's own word for it
    """An object exists but did not become ready; the engine keeps it in state and tries again at the next update."""

    id: str
    outputs: Properties
    inputs: Properties
    reasons: Sequence[str]

    def __str__(self) -> str:
        """The reasons, in one line."""
        return "; ".join(self.reasons)


@dataclass(frozen=True)
class Failure:
    """One property that `check` refuses."""

    property: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The resource that a call is about: its type token, its name, its URN and, once it exists, its id."""

    type: str
    name: str
    urn: str
    id: str = ""


@dataclass(frozen=True, kw_only=True)
class Change:
    """How one property differs; `path` in the engine's notation, for example `spec.rules[0].host`."""

    path: str
    kind: str
    """`add`, `delete` or `update`."""
    replace: bool = False


@dataclass(frozen=True, kw_only=True)
class Diff:
    """What an update would change; no changes means no update."""

    changes: Sequence[Change] = ()
    delete_before_replace: bool = False


@dataclass(frozen=True, kw_only=True)
class Live:
    """A resource as it was read: the inputs that would make it, and its outputs."""

    id: str
    inputs: Properties
    outputs: Properties


class Provider(Protocol):
    """What a plugin implements. Values may hold `Secret` and, in previews, `UNKNOWN`.

    Every method may raise ProviderError; `create` and `update` may also raise InitFailed.
    """

    def parameterize(self, name: str, version: str) -> None:
        """Take the part of the package `name`; only a plugin that serves several packages is asked."""

    def check_config(self, news: Properties) -> list[Failure]:
        """Judge the provider's own arguments."""

    def configure(self, args: Properties) -> None:
        """Take the provider's own arguments; `UNKNOWN` in them means that only previews follow."""

    def check(self, subject: Subject, olds: Properties, news: Properties) -> tuple[Properties, list[Failure]]:
        """The inputs with defaults filled in, and what is wrong with them."""

    def diff(self, subject: Subject, old_inputs: Properties, olds: Properties, news: Properties) -> Diff:
        """How the new inputs differ from the old inputs and the old outputs."""

    def create(self, subject: Subject, news: Properties, timeout: float, preview: bool) -> tuple[str, Properties]:
        """Make it; its id and outputs. A timeout of 0 means the provider's default, in seconds."""

    def read(self, subject: Subject, inputs: Properties, state: Properties) -> Live | None:
        """The live resource, or None if it is gone; empty inputs and state mean an import."""

    def update(self, subject: Subject, olds: Properties, news: Properties, timeout: float, preview: bool) -> Properties:
        """Change it; its new outputs."""

    def delete(self, subject: Subject, olds: Properties, timeout: float) -> None:
        """Remove it; one that is gone already is no error."""

    def invoke(self, token: str, args: Properties) -> Properties:
        """Answer a lookup."""


@runtime_checkable
class Cancellable(Protocol):
    """A provider whose calls may wait for long."""

    def cancel(self) -> None:
        """End every wait soon: the user interrupted the engine."""


@runtime_checkable
class Talkative(Protocol):
    """A provider that tells the user what it is doing."""

    def attach(self, host: Host) -> None:
        """Take the way to the user."""


@runtime_checkable
class Identified(Protocol):
    """A provider whose own arguments say what it works on; another one has resources of its own."""

    def diff_config(self, olds: Properties, news: Properties) -> Diff:
        """How its arguments differ, and whether they mean something else than before."""
