from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import Any

import grpc
import pytest

from sandbox.paths import REPOSITORY
from sandbox.plugins import server, wire
from sandbox.plugins.host import Host
from sandbox.plugins.interface import Change, Diff, Failure, InitFailed, Live, ProviderError, Subject
from sandbox.plugins.messages import provider_pb2
from sandbox.plugins.wire import Properties, Secret

URN = "urn:pulumi:dev::project::parent:a:B$kubernetes:core/v1:ConfigMap::name::with::colons"


class Example:
    """A provider that answers what the test wants."""

    def __init__(self) -> None:
        self.cancelled = False
        self.seen: list[Subject] = []
        self.found: Live | None = None

    def parameterize(self, name: str, version: str) -> None:
        raise ProviderError(f"no {name} {version}")

    def check_config(self, news: Properties) -> list[Failure]:
        return [Failure("", "bad")] if news else []

    def configure(self, args: Properties) -> None:
        if args:
            raise ProviderError("not so")

    def check(self, subject: Subject, olds: Properties, news: Properties) -> tuple[Properties, list[Failure]]:
        del olds
        self.seen.append(subject)
        return {**news, "checked": True}, []

    def diff(self, subject: Subject, old_inputs: Properties, olds: Properties, news: Properties) -> Diff:
        del subject, olds
        changed = [Change(path="spec.a[0]", kind="update", replace=True)] if old_inputs != news else []
        return Diff(changes=changed, delete_before_replace=bool(changed))

    def create(self, subject: Subject, news: Properties, timeout: float, preview: bool) -> tuple[str, Properties]:
        del subject
        if timeout == 1:
            raise InitFailed(id="id", outputs={"a": Secret("pw")}, inputs=news, reasons=["first", "second"])
        return "id", {**news, "preview": preview}

    def read(self, subject: Subject, inputs: Properties, state: Properties) -> Live | None:
        del subject, inputs, state
        return self.found

    def update(self, subject: Subject, olds: Properties, news: Properties, timeout: float, preview: bool) -> Properties:
        del subject, timeout, preview
        return {**olds, **news}

    def delete(self, subject: Subject, olds: Properties, timeout: float) -> None:
        raise ProviderError(f"{subject.name} stays: {olds['a']} {timeout:g}")

    def invoke(self, token: str, args: Properties) -> Properties:
        return {"token": token, **args}

    def cancel(self) -> None:
        self.cancelled = True


class Aborted(Exception):  # noqa: N818 what gRPC does to a call
    pass


class Context:
    """What gRPC gives a call."""

    def __init__(self) -> None:
        self.trailing: dict[str, bytes] = {}

    def set_trailing_metadata(self, metadata: tuple[tuple[str, bytes], ...]) -> None:
        self.trailing.update(metadata)

    def abort(self, code: grpc.StatusCode, message: str) -> None:
        raise Aborted(f"{code.name}: {message}")


@pytest.fixture
def example() -> Example:
    return Example()


@pytest.fixture
def servicer(example: Example) -> server.Servicer:
    return server.Servicer(example, "1.2.3")


def plain(struct: Any) -> Properties:
    return wire.decode_map(struct)


def test_a_resource_is_known_by_its_type_and_name(servicer: server.Servicer, example: Example) -> None:
    request = provider_pb2.CheckRequest(urn=URN, news=wire.encode_map({"a": 1}))
    answer = servicer.Check(request, Context())
    assert plain(answer.inputs) == {"a": 1, "checked": True}
    assert example.seen == [Subject(type="kubernetes:core/v1:ConfigMap", name="name::with::colons", urn=URN)]


def test_a_difference_names_paths_and_what_replaces(servicer: server.Servicer) -> None:
    request = provider_pb2.DiffRequest(urn=URN, old_inputs=wire.encode_map({"a": 1}), news=wire.encode_map({"a": 2}))
    answer = servicer.Diff(request, Context())
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert (list(answer.diffs), list(answer.replaces), answer.deleteBeforeReplace) == (["spec"], ["spec.a[0]"], True)
    assert answer.detailedDiff["spec.a[0]"].kind == provider_pb2.PropertyDiff.UPDATE_REPLACE


def test_ignored_changes_are_no_difference(servicer: server.Servicer) -> None:
    old, new = wire.encode_map({"a": {"b": 1}}), wire.encode_map({"a": {"b": 2}})
    request = provider_pb2.DiffRequest(urn=URN, old_inputs=old, news=new, ignoreChanges=["a.b"])
    assert servicer.Diff(request, Context()).changes == provider_pb2.DiffResponse.DIFF_NONE


def test_an_ignored_property_is_none_either_where_only_the_service_has_it(servicer: server.Servicer) -> None:
    request = provider_pb2.DiffRequest(
        urn=URN, old_inputs=wire.encode_map({"a": 1}), news=wire.encode_map({"a": 2}), ignoreChanges=["spec"]
    )
    assert servicer.Diff(request, Context()).changes == provider_pb2.DiffResponse.DIFF_NONE


def test_a_refusal_is_the_message_of_the_call(servicer: server.Servicer) -> None:
    request = provider_pb2.DeleteRequest(urn=URN, properties=wire.encode_map({"a": 1}), timeout=5)
    with pytest.raises(Aborted, match=r"^UNKNOWN: name::with::colons stays: 1 5$"):
        servicer.Delete(request, Context())


def test_what_is_not_ready_is_kept_with_its_reasons(servicer: server.Servicer) -> None:
    context = Context()
    request = provider_pb2.CreateRequest(urn=URN, properties=wire.encode_map({"a": 1}), timeout=1)
    with pytest.raises(Aborted, match="first; second"):
        servicer.Create(request, context)
    details = context.trailing["grpc-status-details-bin"]
    assert b"ErrorResourceInitFailed" in details
    assert b"second" in details


def test_a_value_that_nobody_takes_is_a_refusal(servicer: server.Servicer) -> None:
    asset = {"a": {wire.SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "text": "x"}}
    with pytest.raises(Aborted, match="assets"):
        servicer.Check(provider_pb2.CheckRequest(urn=URN, news=wire.encode_map(asset)), Context())


def test_what_is_gone_reads_as_nothing(servicer: server.Servicer, example: Example) -> None:
    request = provider_pb2.ReadRequest(urn=URN, id="x")
    assert servicer.Read(request, Context()).id == ""
    example.found = Live(id="x", inputs={"a": 1}, outputs={"a": 1, "b": 2})
    answer = servicer.Read(request, Context())
    assert (answer.id, plain(answer.inputs), plain(answer.properties)) == ("x", {"a": 1}, {"a": 1, "b": 2})


def test_the_other_calls(servicer: server.Servicer, example: Example) -> None:
    context = Context()
    assert servicer.GetPluginInfo(None, context).version == "1.2.3"
    assert servicer.Handshake(provider_pb2.ProviderHandshakeRequest(), context).accept_secrets
    configured = servicer.Configure(provider_pb2.ConfigureRequest(), context)
    assert configured.acceptSecrets
    assert configured.supportsPreview
    refused = servicer.CheckConfig(provider_pb2.CheckRequest(news=wire.encode_map({"a": 1})), context)
    assert [failure.reason for failure in refused.failures] == ["bad"]
    created = servicer.Create(provider_pb2.CreateRequest(urn=URN, preview=True), context)
    assert (created.id, plain(created.properties)) == ("id", {"preview": True})
    updated = servicer.Update(
        provider_pb2.UpdateRequest(urn=URN, olds=wire.encode_map({"a": 1}), news=wire.encode_map({"b": 2})), context
    )
    assert plain(updated.properties) == {"a": 1, "b": 2}
    answer = servicer.Invoke(provider_pb2.InvokeRequest(tok="t", args=wire.encode_map({"a": 1})), context)
    assert plain(getattr(answer, "return")) == {"token": "t", "a": 1}
    with pytest.raises(Aborted, match="a:b:C: the sandbox's providers serve resources, no components"):
        servicer.Construct(provider_pb2.ConstructRequest(type="a:b:C"), context)
    servicer.Cancel(None, context)
    assert example.cancelled
    unchanged = servicer.DiffConfig(provider_pb2.DiffRequest(), context)
    assert unchanged.changes == provider_pb2.DiffResponse.DIFF_NONE


class Teller(Example):
    """One that has something to tell the user."""

    address = ""

    def attach(self, host: Host) -> None:
        self.address = host.address


def test_whoever_has_something_to_tell_is_given_the_engine_that_greets_it() -> None:
    teller = Teller()
    servicer = server.Servicer(teller, "1.2.3")
    servicer.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address="127.0.0.1:1"), Context())
    assert teller.address == "127.0.0.1:1"
    servicer.Handshake(provider_pb2.ProviderHandshakeRequest(), Context())
    assert teller.address == "127.0.0.1:1"


def test_a_plugin_prints_its_port_and_heeds_an_interrupt() -> None:
    command = [sys.executable, "-m", "sandbox.plugins.kubernetes"]
    with subprocess.Popen(command, cwd=REPOSITORY, env=os.environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        assert port > 1024
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=4) == 0
        assert time.monotonic() - begun < 4
