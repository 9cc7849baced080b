"""Runs a program against mocks and records all that it registers, also what Pulumi's own mocks do not show."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from unittest.mock import patch

from google.protobuf.json_format import MessageToDict
from pulumi import ResourceHook
from pulumi.runtime import mocks, rpc, set_all_config
from pulumi.runtime.proto import source_pb2
from pulumi.runtime.settings import SETTINGS, _get_rpc_manager, _load_monitor_feature_support, get_project, get_stack
from pulumi.runtime.stack import wait_for_rpcs

from tests.support.answers import Answers

T = TypeVar("T")
THREADS = 4


@dataclass(frozen=True)
class Secret:
    """A secret input, as it was registered."""

    value: Any


@dataclass(frozen=True, kw_only=True)
class Registered:
    """One resource as it was registered; inputs in camelCase, secrets wrapped in `Secret`."""

    urn: str
    type: str
    name: str
    custom: bool
    parent: str
    inputs: dict[str, Any]
    protect: bool
    retain_on_delete: bool
    depends_on: frozenset[str]
    delete_before_replace: bool
    replace_with: frozenset[str]
    """URNs of what it is replaced together with."""
    replacement_trigger: Any
    """What has it replaced when it changes; None if nothing has."""
    ignored: frozenset[str]
    """Properties whose changes the engine ignores."""
    provider: str
    handed_on: frozenset[str]
    """URNs of the providers that what is in a component has from it."""
    before_create: tuple[str, ...]
    """Names of the hooks that run before it is made."""

    @property
    def spec(self) -> Any:
        """The spec of a Kubernetes object."""
        return self.inputs["spec"]

    @property
    def object_name(self) -> str:
        """`namespace/name` of a Kubernetes object, or its name."""
        metadata = self.inputs["metadata"]
        return f"{metadata['namespace']}/{metadata['name']}" if "namespace" in metadata else metadata["name"]


@dataclass
class Recording(Generic[T]):
    """Everything that a program registered, and what it returned."""

    result: T
    resources: list[Registered] = field(default_factory=list)
    """By URN: the order in which they are registered is another one each time."""
    finished: set[str] = field(default_factory=set)
    """URNs of the components that registered their outputs."""
    lookups: dict[str, str] = field(default_factory=dict)
    """Provider of each look-up, by its token."""
    reads: list[str] = field(default_factory=list)
    """Ids of the resources that the program only reads."""
    hooks: dict[str, ResourceHook] = field(default_factory=dict)
    """What runs before or after something is made, by its name."""

    def of(self, type_suffix: str) -> list[Registered]:
        """Resources whose type ends so, for example `:Deployment` or `DnsRecord`."""
        return [item for item in self.resources if item.type.endswith(type_suffix)]

    def one(self, type_suffix: str, name: str) -> Registered:
        """The only resource of that type and name."""
        found = [item for item in self.of(type_suffix) if item.name == name]
        assert len(found) == 1, f"expected one {type_suffix} {name!r}, found {[item.urn for item in found]}"
        return found[0]

    def before(self, item: Registered) -> set[str]:
        """URNs of everything that is done before a resource, directly or by way of others."""
        known = {other.urn: other for other in self.resources}
        seen: set[str] = set()
        pending = list(item.depends_on)
        while pending:
            urn = pending.pop()
            if urn not in seen:
                seen.add(urn)
                pending += known[urn].depends_on if urn in known else ()
        return seen

    def objects(self) -> Iterator[Registered]:
        """Everything that is a Kubernetes object of its own: not what only adds to somebody else's."""
        kinds = (item for item in self.resources if item.custom and item.type.startswith("kubernetes:"))
        return (item for item in kinds if not item.type.endswith("Patch"))


class _Monitor(mocks.MockMonitor):
    def __init__(self, answers: Answers) -> None:
        super().__init__(answers)
        self.recorded: list[Registered] = []
        self.finished: set[str] = set()
        self.lookups: dict[str, str] = {}
        self.reads: list[str] = []

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """As the engine makes them: with the types of all that a resource is in, which the mocks leave out."""
        above = parent.split("::")[2] if parent else ""
        chain = type_ if above in ("", "pulumi:pulumi:Stack") else f"{above}${type_}"
        return f"urn:pulumi:{get_stack()}::{get_project()}::{chain}::{name}"

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 - gRPC's name
        self.reads.append(request.id)
        return super().ReadResource(request)  # type: ignore[no-untyped-call]

    def Invoke(self, request: Any) -> Any:  # noqa: N802 - gRPC's name
        self.lookups[request.tok] = request.provider
        return super().Invoke(request)  # type: ignore[no-untyped-call]

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - gRPC's name
        self.finished.add(request.urn)
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - gRPC's name
        if request.type != "pulumi:pulumi:Stack":
            self.recorded.append(
                Registered(
                    urn=self.make_urn(request.parent, request.type, request.name),
                    type=request.type,
                    name=request.name,
                    custom=request.custom,
                    parent=request.parent,
                    inputs=_wrapped(rpc.deserialize_properties(request.object)),
                    protect=request.protect,
                    retain_on_delete=request.retainOnDelete,
                    depends_on=frozenset(request.dependencies),
                    delete_before_replace=request.deleteBeforeReplace,
                    replace_with=frozenset(request.replace_with),
                    replacement_trigger=MessageToDict(request.replacement_trigger)
                    if request.HasField("replacement_trigger")
                    else None,
                    ignored=frozenset(request.ignoreChanges),
                    provider=request.provider,
                    handed_on=frozenset(each.rpartition("::")[0] for each in request.providers.values()),
                    before_create=tuple(request.hooks.before_create),
                )
            )
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]


class _Callbacks:
    """The hooks that were registered: mocks have nobody to call them."""

    def __init__(self) -> None:
        self.hooks: dict[str, ResourceHook] = {}

    def register_resource_hook(self, hook: ResourceHook) -> None:
        self.hooks[hook.name] = hook


def _wrapped(value: Any) -> Any:
    if rpc.is_rpc_secret(value):
        return Secret(_wrapped(rpc.unwrap_rpc_secret(value)))
    if isinstance(value, dict):
        return {key: _wrapped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_wrapped(item) for item in value]
    return value


async def _settled() -> None:
    """Wait for all outputs at once: `wait_for_rpcs` looks at all of them anew whenever one is done.

    Those that failed stay among them, and it is for `wait_for_rpcs` to raise their errors.
    """
    while pending := {output for output in SETTINGS.outputs if not output.done()}:
        await asyncio.wait(pending)


def record(
    program: Callable[[], T],
    *,
    config: Mapping[str, str] | None = None,
    encrypted: Iterable[str] = (),
    preview: bool = False,
    stack: str = "homelab",
) -> Recording[T]:
    """Run the program, wait until all is registered, and return the record; `encrypted` are keys of `config`.

    With `preview=False`, an output that the mocks leave out is an error instead of a skipped test. With `preview=True`
    it is the first preview of all: nothing that a provider computes is known.
    """
    answers = Answers(made=not preview)
    monitor = _Monitor(answers)
    callbacks = _Callbacks()
    loops: list[asyncio.AbstractEventLoop] = []

    def with_loop() -> None:
        # The mocks want an event loop in each thread; those that they make themselves are never closed.
        loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(loops[-1])

    async def main() -> T:
        # One event loop for each run: the runtime keeps its locks in it.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, initializer=with_loop))
        mocks.set_mocks(answers, project="homelab", stack=stack, preview=preview, monitor=monitor)
        SETTINGS.callbacks = callbacks
        set_all_config(dict(config or {}), list(encrypted))
        await _load_monitor_feature_support()  # type: ignore[no-untyped-call]
        # What failed in an earlier run is none of this one's business.
        _get_rpc_manager().clear()
        SETTINGS.outputs.clear()
        try:
            return program()
        finally:
            # Also after an error: what was registered before it would hang on to a closed event loop.
            await _settled()
            await wait_for_rpcs()

    try:
        # A quarter of the time would go into noting where in the source each resource was registered.
        with patch("pulumi.runtime.resource._get_stack_trace", return_value=source_pb2.StackTrace()):
            result = asyncio.run(main())
    finally:
        for loop in loops:
            loop.close()
    return Recording(
        result=result,
        resources=sorted(monitor.recorded, key=lambda item: item.urn),
        finished=monitor.finished,
        lookups=monitor.lookups,
        reads=monitor.reads,
        hooks=callbacks.hooks,
    )
