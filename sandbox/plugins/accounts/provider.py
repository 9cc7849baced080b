"""The provider: the engine's calls, answered by the types and lookups of one account."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, TypeVar

from sandbox.errors import SandboxError
from sandbox.plugins.accounts.account import Account, Data
from sandbox.plugins.accounts.faults import Fault, Request, Trouble
from sandbox.plugins.accounts.kind import Kind, Lookup
from sandbox.plugins.accounts.schema import Property, group, problems
from sandbox.plugins.accounts.shaping import importable, protected, pruned
from sandbox.plugins.host import Host
from sandbox.plugins.interface import Diff, Failure, Live, ProviderError, Subject
from sandbox.plugins.wire import Properties, Secret, conceal, has_unknown, reveal

ENGINE_KEYS: Final = frozenset({"version", "pluginDownloadURL", "__internal"})
"""Provider arguments that the engine itself adds."""
READING: Final = frozenset({"read", "invoke"})
"""Operations that change nothing."""

T = TypeVar("T")


@dataclass
class AccountProvider:
    """One simulated account, as a provider."""

    tries: ClassVar[int] = 1
    """How often the provider's client asks an account that is in trouble."""

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

    def complaint(self, trouble: Trouble, request: Request) -> str:
        """The words in which the provider's client gives up; for the account to say."""
        raise NotImplementedError

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
        given = reveal(news)
        own, live = self._call("create", kind, subject, given, lambda data: kind.create(data, given))
        return own, self._outputs(kind, live, news)

    def read(self, subject: Subject, inputs: Properties, state: Properties) -> Live | None:
        """The live object; its inputs are those that were declared, or all of them when it is imported."""
        kind = self._kind(subject.type)
        # As the published plugins: without outputs it is an import, whatever inputs the state has.
        own = subject.id if state else kind.imported(subject.id)
        live = self._call("read", kind, subject, reveal(inputs or state), lambda data: kind.find(data, own))
        if live is None:
            _fail(kind.absent(own, "read"))
            return None
        declared = reveal(inputs)
        live = kind.told(live, declared or reveal(state))
        whole = kind.schema.whole
        found = pruned(whole, live, declared) if declared and state else importable(whole, live)
        like = inputs or state
        concealed = protected(whole, conceal(found, like))
        return Live(id=own, inputs=concealed, outputs=self._outputs(kind, live, like))

    def update(self, subject: Subject, olds: Properties, news: Properties, timeout: float, preview: bool) -> Properties:
        """Change it; a preview calls nobody."""
        del timeout
        kind = self._kind(subject.type)
        if preview:
            return self._outputs(kind, kind.expected(reveal(news), reveal(olds)), news)
        given = kind.carried(reveal(news), reveal(olds))
        live = self._call("update", kind, subject, given, lambda data: kind.update(data, subject.id, given))
        return self._outputs(kind, live, news)

    def delete(self, subject: Subject, olds: Properties, timeout: float) -> None:
        """Remove it; whether one that is gone already is an error is for its type to say."""
        del timeout
        kind = self._kind(subject.type)
        if kind.staying[1]:
            self._warn(subject, kind.staying[1])
            return

        def gone(data: Data) -> None:
            live = kind.find(data, subject.id)
            if live is not None:
                kind.delete(data, subject.id, live)
            else:
                _fail(kind.absent(subject.id, "delete"))

        self._call("delete", kind, subject, reveal(olds), gone)

    def invoke(self, token: str, args: Properties) -> Properties:
        """Answer a lookup."""
        lookup = self._lookups.get(token)
        if lookup is None:
            raise ProviderError(_unknown("lookup", token, self._lookups))
        given = {key: value for key, value in reveal(args).items() if value is not None}
        found = list(problems(group(fields=lookup.inputs), given))
        if found or has_unknown(given):
            raise ProviderError(f"lookup {lookup.short}: {'; '.join(found) or 'its arguments are not known yet'}")
        nobody = Subject(type=token, name="", urn="")
        result = self._call("invoke", lookup, nobody, given, lambda data: {**given, **lookup.answer(data, given)})
        return {key: Secret(value) if key in lookup.secrets else value for key, value in result.items()}

    def _kind(self, token: str) -> Kind:
        kind = self._kinds.get(token)
        if kind is None:
            raise ProviderError(_unknown("resource type", token, self._kinds))
        return kind

    def _warn(self, subject: Subject, message: str) -> None:
        if message:
            self.host.warn(subject.urn, message)

    def _call(
        self,
        operation: str,
        what: Kind | Lookup,
        subject: Subject,
        given: Properties,
        work: Callable[[Data], T],
    ) -> T:
        """What the account makes of a call, asked as often as the provider's client does."""
        if has_unknown(self.config):
            raise ProviderError(f"{self.title}: the provider's arguments are not known yet")
        short = what.short if isinstance(what, Lookup) else what.schema.short
        request = Request(operation=operation, kind=short, id=subject.id, given=given)
        said = ""
        for _ in range(self.tries):
            fault = self._fault(operation, short, subject.name)
            if fault is None:
                return self._done(operation, what, work)
            if fault.trouble is None:
                raise ProviderError(fault.says)
            if fault.trouble is Trouble.LOST:
                self._done(operation, what, work)
            said = self.complaint(fault.trouble, request)
            time.sleep(fault.wait)
        raise ProviderError(said)

    def _fault(self, operation: str, short: str, name: str) -> Fault | None:
        try:
            return self.account.take_fault(operation, short, name)
        except SandboxError as error:
            raise ProviderError(str(error)) from error

    def _done(self, operation: str, what: Kind | Lookup, work: Callable[[Data], T]) -> T:
        """The work, after the account's checks of who asks; what is refused changes nothing."""
        try:
            opened = nullcontext(self.account.read()) if operation in READING else self.account.edit()
            with opened as data, self._understood():
                self.authenticate(data)
                self.authorise(data, what, operation)
                return work(data)
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
