"""Nothing is made twice: the account is asked, right before a create, whether it has the thing already.

1Password takes a second item of the same title without a word. An update whose answer was lost made one that the state
knows nothing of; the next one would make another, with another password in it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import grpc
import pulumi
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime import rpc
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import get_monitor

ITEM: Final = "onepassword:index/item:Item"
ADVICE: Final = "`make recover ADOPT=1` takes it over (docs/runbooks/interrupted-update.md)"
NONE: Final = re.compile(r"isn't an item|Found 0 item")
SEVERAL: Final = re.compile(r"More than one item|Found \d+ item")
"""How `op` and a Connect server say that no item, or more than one, has a title."""
_THREADS: Final = ThreadPoolExecutor(max_workers=4, thread_name_prefix="once")


def no_second_item(store: pulumi.Resource) -> pulumi.ResourceHook:
    """A hook for items: before one is made, the vault must have none of its title but the one that it replaces.

    The account is asked by the provider that the part `store` has of it.
    """
    provider = store.get_provider(ITEM)

    async def before_create(args: pulumi.ResourceHookArgs) -> None:
        inputs = args.new_inputs or {}
        vault, title = inputs["vault"], inputs["title"]
        where = f"1Password vault {vault}"
        try:
            found = await _ask("onepassword:index/getItem:getItem", {"vault": vault, "title": title}, provider)
        except (grpc.RpcError, LookupError) as error:
            reason = " ".join(str(error.details() if isinstance(error, grpc.Call) else error).split())
            if NONE.search(reason):
                return
            if SEVERAL.search(reason):
                message = f"{where} has more than one item {title!r}, so none is made: {ADVICE}"
            else:
                message = f"{where} cannot be asked for item {title!r}, so none is made: {reason}"
            raise pulumi.RunError(message) from None
        if found["uuid"] != await _uuid_in_state(args.urn):
            message = f"{where} has an item {title!r} already, {found['uuid']}, which the state does not know: {ADVICE}"
            raise pulumi.RunError(message)

    return pulumi.ResourceHook("no-second-item", before_create)


async def _uuid_in_state(urn: str) -> Any:
    """The id of the item that the state has under this name; None if it has none. Only a replacement comes so far."""
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    answer = await _ask("pulumi:pulumi:readStackResourceOutputs", {"stackName": stack}, None)
    known: Mapping[str, Any] = answer["outputs"].get(urn, {})
    return known.get("outputs", {}).get("uuid")


async def _ask(token: str, args: Mapping[str, str], provider: pulumi.ProviderResource | None) -> Mapping[str, Any]:
    """The answer of a look-up.

    The SDK's own way takes a thread of the few in which it waits for resources to be made. When each of these waits for
    an item, whose hook waits for a thread, nothing goes on: so the call has threads of its own.
    """
    of = f"{await provider.urn.future()}::{await provider.id.future()}" if provider is not None else ""
    given = Struct()
    given.update(args)
    request = resource_pb2.ResourceInvokeRequest(tok=token, args=given, provider=of)
    monitor: Any = get_monitor()
    answer = await asyncio.get_running_loop().run_in_executor(_THREADS, monitor.Invoke, request)
    if answer.failures:
        message = "; ".join(failure.reason for failure in answer.failures)
        raise LookupError(message)
    # A value is secret as a whole if something in it is.
    found = rpc.deserialize_properties(getattr(answer, "return"))
    return {key: rpc.unwrap_rpc_secret(value) for key, value in found.items()}
