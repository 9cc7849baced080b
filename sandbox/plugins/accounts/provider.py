"""The provider: the engine's calls, answered by the types and lookups of one account."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.errors import SandboxError
from sandbox.plugins.accounts.account import Account, Data
from sandbox.plugins.accounts.kind import Kind, Lookup
from sandbox.plugins.accounts.schema import Property, group, problems
from sandbox.plugins.accounts.shaping import importable, protected, pruned
from sandbox.plugins.host import Host
from sandbox.plugins.interface import Diff, Failure, Live, ProviderError, Subject
from sandbox.plugins.wire import Properties, Secret, conceal, has_unknown, reveal

ENGINE_KEYS: Final = frozenset({"version", "pluginDownloadURL", "__internal"})
"""Provider arguments that the engine itself adds."""


@dataclass
class AccountProvider:
    """One simulated account, as a provider."""

    account: Account
    title: str
    """Name of the service, for messages."""
    arguments: Mapping[str, Property]
    """Of the provider itself."""
    kinds: Sequence[Kind]
    lookups: Sequence[Lookup]
    package: str = ""
    """The package that this plugin is told to serve, if it could serve several."""
    config: Properties = field(default_factory=dict)
    host: Host = field(default_factory=Host)
    """The way to the user."""

    def __post_init__(self) -> None:
        self._kinds = {kind.schema.token: kind for kind in self.kinds}
        self._lookups = {lookup.token: lookup for lookup in self.lookups}

    def authenticate(self, data: Data) -> None:
        """Refuse credentials that the account does not accept; for the account to say."""
        raise NotImplementedError

    def authorise(self, data: Data, what: Kind | Lookup, operation: str) -> None:
        """Refuse what the credentials do not allow; for the account to say."""

    def attach(self, host: Host) -> None:
        """Take the way to the user."""
        self.host = host

    def parameterize(self, name: str, version: str) -> None:
        """Take the part of the package, if it is the one that is simulated."""
        if name != self.package:
            raise ProviderError(
                f"the sandbox does not simulate package {name} {version}, only {self.package or 'none'}"
            )

    def check_config(self, news: Properties) -> list[Failure]:
        """Judge the provider's own arguments."""
        given = {key: value for key, value in news.items() if key not in ENGINE_KEYS and value is not None}
        found = problems(group(fields=self.arguments), given)
        return [Failure("", f"provider argument {problem}") for problem in found]

    def configure(self, args: Properties) -> None:
        """Take the provider's own arguments."""
        self.config = reveal(args)

    def check(self, subject: Subject, olds: Properties, news: Properties) -> tuple[Properties, list[Failure]]:
        """The inputs with a name made up where none is given, and what is wrong with them."""
        kind = self._kind(subject.type)
        inputs = {key: value for key, value in news.items() if value is not None and not key.startswith("__")}
        if kind.schema.autoname and "name" not in inputs:
            inputs["name"] = reveal(olds.get("name")) or f"{subject.name}-{secrets.token_hex(4)[:7]}"
        found = [*problems(kind.schema.whole, inputs)]
        if not found:
            found = list(kind.offline(reveal(inputs)))
        marked = protected(kind.schema.whole, inputs) if not found else inputs
        return marked, [Failure("", problem) for problem in found]

    def diff(self, subject: Subject, old_inputs: Properties, olds: Properties, news: Properties) -> Diff:
        """How the new inputs differ from what the account held when it was last asked."""
        del old_inputs
        return Diff(changes=self._kind(subject.type).differs(reveal(news), reveal(olds)))

    def create(self, subject: Subject, news: Properties, timeout: float, preview: bool) -> tuple[str, Properties]:
        """Make it; a preview calls nobody."""
        del timeout
        kind = self._kind(subject.type)
        self._warn(subject, kind.staying[0])
        if preview:
            return "", self._outputs(kind, kind.expected(reveal(news), {}), news)
        with self._calling("create", kind, subject.name) as data:
            own, live = kind.create(data, reveal(news))
        return own, self._outputs(kind, live, news)

    def read(self, subject: Subject, inputs: Properties, state: Properties) -> Live | None:
        """The live object; its inputs are those that were declared, or all of them when it is imported."""
        kind = self._kind(subject.type)
        own = subject.id if inputs or state else kind.imported(subject.id)
        data = self._asking("read", kind, subject.name)
        with self._understood():
            live = kind.find(data, own)
        if live is None:
            _fail(kind.absent(own, "read"))
            return None
        declared = reveal(inputs)
        live = kind.told(live, declared or reveal(state))
        whole = kind.schema.whole
        found = pruned(whole, live, declared) if inputs else importable(whole, live)
        like = inputs or state
        concealed = protected(whole, conceal(found, like))
        return Live(id=own, inputs=concealed, outputs=self._outputs(kind, live, like))

    def update(self, subject: Subject, olds: Properties, news: Properties, timeout: float, preview: bool) -> Properties:
        """Change it; a preview calls nobody."""
        del timeout
        kind = self._kind(subject.type)
        if preview:
            return self._outputs(kind, kind.expected(reveal(news), reveal(olds)), news)
        with self._calling("update", kind, subject.name) as data:
            live = kind.update(data, subject.id, kind.carried(reveal(news), reveal(olds)))
        return self._outputs(kind, live, news)

    def delete(self, subject: Subject, olds: Properties, timeout: float) -> None:
        """Remove it; whether one that is gone already is an error is for its type to say."""
        del olds, timeout
        kind = self._kind(subject.type)
        if kind.staying[1]:
            self._warn(subject, kind.staying[1])
            return
        with self._calling("delete", kind, subject.name) as data:
            live = kind.find(data, subject.id)
            if live is not None:
                kind.delete(data, subject.id, live)
            else:
                _fail(kind.absent(subject.id, "delete"))

    def invoke(self, token: str, args: Properties) -> Properties:
        """Answer a lookup."""
        lookup = self._lookups.get(token)
        if lookup is None:
            raise ProviderError(_unknown("lookup", token, self._lookups))
        given = {key: value for key, value in reveal(args).items() if value is not None}
        found = list(problems(group(fields=lookup.inputs), given))
        if found or has_unknown(given):
            raise ProviderError(f"lookup {lookup.short}: {'; '.join(found) or 'its arguments are not known yet'}")
        data = self._asking("invoke", lookup, "")
        with self._understood():
            result = {**given, **lookup.answer(data, given)}
        return {key: Secret(value) if key in lookup.secrets else value for key, value in result.items()}

    def _kind(self, token: str) -> Kind:
        kind = self._kinds.get(token)
        if kind is None:
            raise ProviderError(_unknown("resource type", token, self._kinds))
        return kind

    def _warn(self, subject: Subject, message: str) -> None:
        if message:
            self.host.warn(subject.urn, message)

    def _asking(self, operation: str, what: Kind | Lookup, name: str) -> Data:
        """The account's content after its checks of who asks, and the fault that was ordered for this call."""
        if has_unknown(self.config):
            raise ProviderError(f"{self.title}: the provider's arguments are not known yet")
        try:
            short = what.short if isinstance(what, Lookup) else what.schema.short
            message = self.account.take_fault(operation, short, name)
            data = self.account.read()
        except SandboxError as error:
            raise ProviderError(str(error)) from error
        if message is not None:
            raise ProviderError(message)
        self.authenticate(data)
        self.authorise(data, what, operation)
        return data

    @contextmanager
    def _calling(self, operation: str, kind: Kind, name: str) -> Iterator[Data]:
        self._asking(operation, kind, name)
        try:
            with self.account.edit() as data, self._understood():
                yield data
        except SandboxError as error:
            raise ProviderError(str(error)) from error

    @contextmanager
    def _understood(self) -> Iterator[None]:
        """One line for an object in the file that somebody has written by hand, and not quite right."""
        try:
            yield
        except (AttributeError, IndexError, KeyError, TypeError) as error:
            raise ProviderError(
                f"account file {self.account.path} holds something that the sandbox cannot read "
                f"({type(error).__name__}: {error}): correct it or delete it"
            ) from error

    @staticmethod
    def _outputs(kind: Kind, live: Data, like: Properties) -> Properties:
        outputs: Properties = protected(kind.schema.everything, conceal(live, like))
        return outputs


def _fail(message: str) -> None:
    if message:
        raise ProviderError(message)


def _unknown(what: str, token: str, known: Mapping[str, Any]) -> str:
    names = ", ".join(sorted(key.rsplit(":", 1)[-1] for key in known))
    return f"the sandbox does not simulate {what} {token}; it knows: {names}"
