"""Nothing is made twice: what runs before an item is made, and what it says."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pulumi
import pytest
from pulumi import ResourceHookArgs
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2

from components.kit import Generated, VaultItem, VaultItemArgs, once
from tests.support.parts import VAULT, store
from tests.support.recorder import record

URN = "urn:pulumi:homelab::homelab::homelab:kit:VaultItem$onepassword:index/item:Item::app"
NONE = 'Unable to read item, got error: op error: "app" isn\'t an item in the "v" vault. Specify it'
TWO = 'Unable to read item, got error: op error: More than one item matches "app". Try again and specify the item'


def before_create(monkeypatch: pytest.MonkeyPatch, found: Any, state: Mapping[str, Any] | None = None) -> list[str]:
    """Run the hook of a vault's items; the look-ups that it made."""
    asked: list[str] = []

    async def ask(token: str, args: Mapping[str, Any], provider: Any) -> Any:
        del provider
        asked.append(token.rpartition(":")[2])
        if token.startswith("pulumi:"):
            assert args == {"stackName": "organization/homelab/homelab"}
            return {"outputs": state or {}}
        assert args == {"vault": VAULT, "title": "app"}
        if isinstance(found, Exception):
            raise found
        return {"uuid": found}

    monkeypatch.setattr(once, "_ask", ask)
    recording = record(lambda: VaultItem("app", VaultItemArgs(store=store(), fields={"password": Generated()})))
    (hook,) = recording.hooks.values()
    inputs = {"vault": VAULT, "title": "app"}
    given = ResourceHookArgs(URN, "", "app", once.ITEM, new_inputs=inputs)
    monkeypatch.setattr(pulumi, "get_organization", lambda: "organization")
    monkeypatch.setattr(pulumi, "get_project", lambda: "homelab")
    monkeypatch.setattr(pulumi, "get_stack", lambda: "homelab")
    answer = hook.callback(given)
    assert answer is not None
    asyncio.run(_awaited(answer))
    return asked


async def _awaited(answer: Any) -> None:
    await answer


def test_every_item_of_the_vault_is_made_behind_it() -> None:
    recording = record(lambda: VaultItem("app", VaultItemArgs(store=store(), fields={"password": Generated()})))
    assert {item.before_create for item in recording.of(":Item")} == {tuple(recording.hooks)}
    assert len(recording.of(":Item")) == 2


def test_a_title_that_the_vault_does_not_have_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    assert before_create(monkeypatch, LookupError(NONE)) == ["getItem"]


def test_the_item_that_is_replaced_is_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    state = {URN: {"type": once.ITEM, "outputs": {"uuid": "known"}}}
    assert before_create(monkeypatch, "known", state) == ["getItem", "readStackResourceOutputs"]


def test_one_that_the_state_does_not_know_is_not_made_a_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    said = f"1Password vault {VAULT} has an item 'app' already, unknown.*make recover ADOPT=1"
    for state in ({}, {URN: {"outputs": {"uuid": "another"}}}):
        with pytest.raises(pulumi.RunError, match=said):
            before_create(monkeypatch, "unknown", state)


def test_two_of_a_title_do_not_become_three(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(pulumi.RunError, match=r"more than one item 'app'.*make recover ADOPT=1"):
        before_create(monkeypatch, LookupError(TWO))


def test_an_account_that_does_not_answer_gets_no_item(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(pulumi.RunError, match=r"cannot be asked for item 'app', so none is made: out of order"):
        before_create(monkeypatch, LookupError("out\n of order"))


def test_it_asks_though_every_thread_of_the_sdk_waits_for_an_item(monkeypatch: pytest.MonkeyPatch) -> None:
    class Monitor:
        def Invoke(self, request: Any) -> Any:  # noqa: N802 - gRPC's name
            answer = provider_pb2.InvokeResponse()
            getattr(answer, "return").update({"uuid": f"of {request.args['title']}"})
            return answer

    async def asked() -> Any:
        made = threading.Event()
        with ThreadPoolExecutor(1) as only:
            loop = asyncio.get_running_loop()
            loop.set_default_executor(only)
            waits = loop.run_in_executor(None, made.wait)
            try:
                return await asyncio.wait_for(once._ask("t", {"title": "app"}, None), 10)
            finally:
                made.set()
                await waits

    monkeypatch.setattr(once, "get_monitor", Monitor)
    assert asyncio.run(asked()) == {"uuid": "of app"}


def test_an_answer_with_a_secret_in_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = {rpc._special_sig_key: rpc._special_secret_sig, "value": "hush"}

    class Monitor:
        def Invoke(self, _: Any) -> Any:  # noqa: N802 - gRPC's name
            answer = provider_pb2.InvokeResponse()
            getattr(answer, "return").update({"outputs": {URN: {"outputs": {"uuid": "u", "password": hidden}}}})
            return answer

    monkeypatch.setattr(once, "get_monitor", Monitor)
    answer = asyncio.run(once._ask("t", {"stackName": "s"}, None))
    assert answer["outputs"][URN]["outputs"]["uuid"] == "u"


def test_what_a_look_up_refuses_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Monitor:
        def Invoke(self, _: Any) -> Any:  # noqa: N802 - gRPC's name
            return provider_pb2.InvokeResponse(failures=[provider_pb2.CheckFailure(reason="no title")])

    monkeypatch.setattr(once, "get_monitor", Monitor)
    with pytest.raises(LookupError, match="no title"):
        asyncio.run(once._ask("t", {"title": ""}, None))
