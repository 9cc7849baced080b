"""The gRPC side of a provider plugin: a `Provider` of plain Python values is served to the engine."""

from __future__ import annotations

import functools
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import grpc
from google.protobuf import any_pb2, empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from sandbox.plugins import wire
from sandbox.plugins.host import Host
from sandbox.plugins.wire import Properties

THREADS = 32
"""Calls served at once; an awaited rollout keeps one of them for its whole time."""
MESSAGE_BYTES = 400 * 1024 * 1024
"""Largest message, the same bound as the engine's."""


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


_KINDS = {
    ("add", False): provider_pb2.PropertyDiff.ADD,
    ("add", True): provider_pb2.PropertyDiff.ADD_REPLACE,
    ("delete", False): provider_pb2.PropertyDiff.DELETE,
    ("delete", True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    ("update", False): provider_pb2.PropertyDiff.UPDATE,
    ("update", True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


def _subject(request: Any) -> Subject:
    parts = request.urn.split("::", 3)
    return Subject(type=parts[2].rsplit("$", 1)[-1], name=parts[3], urn=request.urn, id=getattr(request, "id", ""))


def _failures(failures: list[Failure]) -> list[provider_pb2.CheckFailure]:
    return [provider_pb2.CheckFailure(property=item.property, reason=item.reason) for item in failures]


Handler = Callable[["Servicer", Any, Any], Any]


def _answered(handler: Handler) -> Handler:
    """The handler with the provider's refusals turned into the status that the engine prints."""

    @functools.wraps(handler)
    def answer(servicer: Servicer, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return handler(servicer, request, context)
        except InitFailed as failed:
            context.set_trailing_metadata((("grpc-status-details-bin", _details(failed)),))
            context.abort(grpc.StatusCode.UNKNOWN, str(failed))
        except (ProviderError, wire.NotUnderstoodError) as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))

    return answer


def _details(failed: InitFailed) -> bytes:
    detail = any_pb2.Any()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=failed.id,
            properties=wire.encode_map(failed.outputs),
            reasons=list(failed.reasons),
            inputs=wire.encode_map(failed.inputs),
        )
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(failed), details=[detail])
    return status.SerializeToString()


@dataclass
class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """Translates the engine's calls for one provider."""

    provider: Provider
    version: str

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802, D102, ARG002
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802, D102, ARG002
        return plugin_pb2.PluginInfo(version=self.version)

    def Attach(self, request: Any, context: Any) -> Any:  # noqa: N802, D102, ARG002
        if isinstance(self.provider, Talkative):
            self.provider.attach(Host(request.address))
        return empty_pb2.Empty()

    @_answered
    def Parameterize(self, request: Any, context: Any) -> Any:  # noqa: N802, D102, ARG002
        value = request.value
        self.provider.parameterize(value.name, value.version)
        return provider_pb2.ParameterizeResponse(name=value.name, version=value.version)

    @_answered
    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802, D102, ARG002
        failures = self.provider.check_config(wire.decode_map(request.news))
        return provider_pb2.CheckResponse(inputs=request.news, failures=_failures(failures))

    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802, D102, ARG002
        # A provider's own arguments are no resource: a change in them is configured anew, never a replacement.
        changed = request.old_inputs != request.news
        changes = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=changes)

    @_answered
    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802, D102, ARG002
        self.provider.configure(wire.decode_map(request.args))
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    @_answered
    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802, D102, ARG002
        olds, news = wire.decode_map(request.olds), wire.decode_map(request.news)
        inputs, failures = self.provider.check(_subject(request), olds, news)
        return provider_pb2.CheckResponse(inputs=wire.encode_map(inputs), failures=_failures(failures))

    @_answered
    def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802, D102, ARG002
        old_inputs, olds = wire.decode_map(request.old_inputs), wire.decode_map(request.olds)
        news = wire.decode_map(request.news)
        for path in request.ignoreChanges:
            _ignore(path, old_inputs, news)
        diff = self.provider.diff(_subject(request), old_inputs, olds, news)
        some = provider_pb2.DiffResponse.DIFF_SOME if diff.changes else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(
            changes=some,
            diffs=sorted({change.path.split(".", 1)[0].split("[", 1)[0] for change in diff.changes}),
            replaces=[change.path for change in diff.changes if change.replace],
            deleteBeforeReplace=diff.delete_before_replace,
            hasDetailedDiff=True,
            detailedDiff={
                change.path: provider_pb2.PropertyDiff(kind=_KINDS[change.kind, change.replace], inputDiff=True)
                for change in diff.changes
            },
        )

    @_answered
    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802, D102, ARG002
        news = wire.decode_map(request.properties)
        identifier, outputs = self.provider.create(_subject(request), news, request.timeout, request.preview)
        return provider_pb2.CreateResponse(id=identifier, properties=wire.encode_map(outputs))

    @_answered
    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802, D102, ARG002
        inputs, state = wire.decode_map(request.inputs), wire.decode_map(request.properties)
        live = self.provider.read(_subject(request), inputs, state)
        if live is None:
            return provider_pb2.ReadResponse(id="", properties=struct_pb2.Struct())
        return provider_pb2.ReadResponse(
            id=live.id, properties=wire.encode_map(live.outputs), inputs=wire.encode_map(live.inputs)
        )

    @_answered
    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802, D102, ARG002
        olds, news = wire.decode_map(request.olds), wire.decode_map(request.news)
        outputs = self.provider.update(_subject(request), olds, news, request.timeout, request.preview)
        return provider_pb2.UpdateResponse(properties=wire.encode_map(outputs))

    @_answered
    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802, D102, ARG002
        self.provider.delete(_subject(request), wire.decode_map(request.properties), request.timeout)
        return empty_pb2.Empty()

    @_answered
    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802, D102, ARG002
        result = self.provider.invoke(request.tok, wire.decode_map(request.args))
        answer = provider_pb2.InvokeResponse()
        getattr(answer, "return").CopyFrom(wire.encode_map(result))
        return answer

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802, D102, ARG002
        if isinstance(self.provider, Cancellable):
            self.provider.cancel()
        return empty_pb2.Empty()


def _ignore(path: str, old_inputs: Properties, news: Properties) -> None:
    """Give the new inputs the old value at `path`, a plain dotted path."""
    *parents, last = path.split(".")
    old: Any = old_inputs
    new: Any = news
    for key in parents:
        if not (isinstance(old, dict) and isinstance(new, dict)):
            return
        old, new = old.get(key), new.get(key)
    if isinstance(old, dict) and isinstance(new, dict):
        if last in old:
            new[last] = old[last]
        else:
            new.pop(last, None)


def serve(provider: Provider, *, version: str) -> None:
    """Serve until the engine interrupts the process; the port goes to standard output, as the engine expects.

    The engine keeps plugins away from the terminal's Ctrl-C, and waits 5 s for one that does not heed an interrupt.
    """
    if isinstance(provider, Talkative) and len(sys.argv) > 1:
        provider.attach(Host(sys.argv[-1]))  # the engine's address is the last argument
    options = [("grpc.max_receive_message_length", MESSAGE_BYTES), ("grpc.max_send_message_length", MESSAGE_BYTES)]
    server = grpc.server(ThreadPoolExecutor(max_workers=THREADS), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(provider, version), server)
    port = server.add_insecure_port("127.0.0.1:0")
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    ended.wait()
    server.stop(None)
    sys.stdout.flush()
    os._exit(0)  # a thread that still waits for something would keep the process
