"""The gRPC side of a provider plugin: a `Provider` of plain Python values is served to the engine."""

from __future__ import annotations

import functools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import grpc
from google.protobuf import any_pb2, empty_pb2

from sandbox.plugins import paths, wire
from sandbox.plugins.host import Host
from sandbox.plugins.interface import (
    Cancellable,
    Change,
    Diff,
    Failure,
    Identified,
    InitFailed,
    Live,
    Provider,
    ProviderError,
    Subject,
    Talkative,
)
from sandbox.plugins.messages import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

__all__ = [
    "Change",
    "Diff",
    "Failure",
    "InitFailed",
    "Live",
    "Provider",
    "ProviderError",
    "Subject",
    "serve",
]

ORPHAN_POLL_SECONDS = 1
THREADS = 32
"""Calls served at once; an awaited rollout keeps one of them for its whole time."""
MESSAGE_BYTES = 400 * 1024 * 1024
"""Largest message, the same bound as the engine's."""


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


def _ignored(change: Change, patterns: Iterable[str]) -> bool:
    return any(paths.covers(pattern, change.path) for pattern in patterns)


def _failures(failures: list[Failure]) -> list[provider_pb2.CheckFailure]:
    return [provider_pb2.CheckFailure(property=item.property, reason=item.reason) for item in failures]


def _answer(diff: Diff) -> provider_pb2.DiffResponse:
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

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        self._attach(request.engine_address)
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        return plugin_pb2.PluginInfo(version=self.version)

    def Attach(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        self._attach(request.address)
        return empty_pb2.Empty()

    @_answered
    def Parameterize(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        value = request.value
        self.provider.parameterize(value.name, value.version)
        return provider_pb2.ParameterizeResponse(name=value.name, version=value.version)

    @_answered
    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        failures = self.provider.check_config(wire.decode_map(request.news))
        return provider_pb2.CheckResponse(inputs=request.news, failures=_failures(failures))

    @_answered
    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        if isinstance(self.provider, Identified):
            olds = wire.decode_map(request.old_inputs) or wire.decode_map(request.olds)
            return _answer(self.provider.diff_config(olds, wire.decode_map(request.news)))
        # Another argument is configured anew, and replaces nothing.
        changed = request.old_inputs != request.news
        changes = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=changes)

    @_answered
    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        self.provider.configure(wire.decode_map(request.args))
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    @_answered
    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        olds, news = wire.decode_map(request.olds), wire.decode_map(request.news)
        inputs, failures = self.provider.check(_subject(request), olds, news)
        return provider_pb2.CheckResponse(inputs=wire.encode_map(inputs), failures=_failures(failures))

    @_answered
    def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        old_inputs, olds = wire.decode_map(request.old_inputs), wire.decode_map(request.olds)
        news = wire.decode_map(request.news)
        for path in request.ignoreChanges:
            paths.copy(path, old_inputs, news)
        diff = self.provider.diff(_subject(request), old_inputs, olds, news)
        wanted = [change for change in diff.changes if not _ignored(change, request.ignoreChanges)]
        return _answer(replace(diff, changes=wanted))

    @_answered
    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        news = wire.decode_map(request.properties)
        identifier, outputs = self.provider.create(_subject(request), news, request.timeout, request.preview)
        return provider_pb2.CreateResponse(id=identifier, properties=wire.encode_map(outputs))

    @_answered
    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        inputs, state = wire.decode_map(request.inputs), wire.decode_map(request.properties)
        live = self.provider.read(_subject(request), inputs, state)
        if live is None:
            return provider_pb2.ReadResponse()  # no properties at all: an import then says that it does not exist
        return provider_pb2.ReadResponse(
            id=live.id, properties=wire.encode_map(live.outputs), inputs=wire.encode_map(live.inputs)
        )

    @_answered
    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        olds, news = wire.decode_map(request.olds), wire.decode_map(request.news)
        outputs = self.provider.update(_subject(request), olds, news, request.timeout, request.preview)
        return provider_pb2.UpdateResponse(properties=wire.encode_map(outputs))

    @_answered
    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        self.provider.delete(_subject(request), wire.decode_map(request.properties), request.timeout)
        return empty_pb2.Empty()

    @_answered
    def Construct(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        raise ProviderError(f"{request.type}: the sandbox's providers serve resources, no components")

    @_answered
    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        result = self.provider.invoke(request.tok, wire.decode_map(request.args))
        answer = provider_pb2.InvokeResponse()
        getattr(answer, "return").CopyFrom(wire.encode_map(result))
        return answer

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        if isinstance(self.provider, Cancellable):
            self.provider.cancel()
        return empty_pb2.Empty()

    def _attach(self, engine: str) -> None:
        """Give the provider the way to the user, at the engine's address."""
        if engine and isinstance(self.provider, Talkative):
            self.provider.attach(Host(engine))


def _end_with(engine: int, ended: threading.Event) -> None:
    """Set `ended` once the engine is gone: one that is killed interrupts nobody."""
    while os.getppid() == engine:
        time.sleep(ORPHAN_POLL_SECONDS)
    ended.set()


def serve(provider: Provider, *, version: str) -> None:
    """Serve until the engine interrupts the process or is gone; the port goes to standard output, as it expects.

    The engine keeps plugins away from the terminal's Ctrl-C, and waits 5 s for one that does not heed an interrupt.
    """
    options = [("grpc.max_receive_message_length", MESSAGE_BYTES), ("grpc.max_send_message_length", MESSAGE_BYTES)]
    server = grpc.server(ThreadPoolExecutor(max_workers=THREADS), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(provider, version), server)
    port = server.add_insecure_port("127.0.0.1:0")
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    threading.Thread(target=_end_with, args=(os.getppid(), ended), daemon=True).start()
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    ended.wait()
    server.stop(None)
    sys.stdout.flush()
    os._exit(0)  # a thread that still waits for something would keep the process
