"""The hub's copies are never set back, whatever order answers and events come in, and listeners miss nothing."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import kube
from sandbox.controllers.hub import CRD, Hub
from sandbox.controllers.log import Log
from sandbox.controllers.objects import patch

KEY = ("v1", "Secret")
Event = tuple[str, kube.Object]


def secret(version: int | str, name: str = "a") -> kube.Object:
    meta = {"name": name, "namespace": "n", "resourceVersion": str(version)}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta}


class Server:
    """An API server that has one list for each round and plays the round's events; then it is over."""

    def __init__(self, *rounds: tuple[int, list[kube.Object], list[Event]]) -> None:
        self.rounds = list(rounds)
        self.before_answer: Any = None
        self.patched: list[Any] = []

    def kind(self, api_version: str, kind: str) -> kube.Kind:
        return kube.Kind(api_version=api_version, kind=kind, plural="secrets", namespaced=True)

    def request(self, method: str, _path: str, **given: Any) -> Any:
        if method == "PATCH":
            self.patched.append(given["body"])
            return {}
        version, items, _ = self.rounds[0]
        if self.before_answer:
            self.before_answer()
        return {"metadata": {"resourceVersion": str(version)}, "items": items}

    def watch(self, *_kind: str, **_given: Any) -> Iterator[Event]:
        yield from self.rounds.pop(0)[2]


def hub_of(*rounds: tuple[int, list[kube.Object], list[Event]]) -> tuple[Hub, Server, list[tuple[str, str]]]:
    server = Server(*rounds)
    hub = Hub(client=server, log=Log(), stopping=threading.Event())  # type: ignore[arg-type]
    told: list[tuple[str, str]] = []
    hub.on(*KEY, lambda event, obj: told.append((event, obj["metadata"]["resourceVersion"])))
    return hub, server, told


def version(hub: Hub, name: str = "a") -> str | None:
    found = hub.get(*KEY, name, "n")
    return found["metadata"]["resourceVersion"] if found else None


def test_the_newest_version_stays_whatever_order_they_come_in() -> None:
    def by_event(hub: Hub, obj: kube.Object) -> None:
        hub._event(KEY, "MODIFIED", obj)

    ways = [Hub.put, by_event]
    for order in itertools.permutations([9, 10, 11]):
        for chosen in itertools.product(ways, repeat=3):
            hub, _, _ = hub_of()
            for number, way in zip(order, chosen, strict=True):
                way(hub, secret(number))
            assert version(hub) == "11", order


def test_an_answer_that_comes_after_the_deletion_does_not_bring_the_object_back() -> None:
    hub, _, _ = hub_of()
    hub._event(KEY, "ADDED", secret(5))
    hub._event(KEY, "DELETED", secret(8))
    hub.put(secret(7))
    assert version(hub) is None
    hub.put(secret(9))
    assert version(hub) == "9"


def test_a_deletion_that_comes_after_the_next_object_of_that_name_leaves_it() -> None:
    hub, _, told = hub_of()
    hub._event(KEY, "ADDED", secret(5))
    hub.put(secret(9))
    hub._event(KEY, "DELETED", secret(8))
    assert version(hub) == "9"
    hub._event(KEY, "ADDED", secret(9))
    assert told == [("ADDED", "5"), ("DELETED", "8"), ("ADDED", "9")]


def test_what_a_list_does_not_have_any_more_cannot_be_put_back() -> None:
    hub, _, _ = hub_of((20, [], []))
    hub._event(KEY, "ADDED", secret(5))
    hub._list_and_watch(*KEY)
    hub.put(secret(6))
    assert version(hub) is None
    hub.put(secret(21))
    assert version(hub) == "21"


def test_what_was_written_while_the_list_was_on_its_way_stays() -> None:
    hub, server, told = hub_of((20, [secret(10, "old")], []))

    def write() -> None:
        hub.put(secret(21))
        hub.put(secret(22, "old"))

    server.before_answer = write
    hub._list_and_watch(*KEY)
    assert (version(hub), version(hub, "old")) == ("21", "22")
    assert ("DELETED", "21") not in told


def test_listeners_hear_after_a_broken_watch_of_what_only_a_put_had_brought() -> None:
    hub, _, told = hub_of((10, [secret(5)], []), (20, [secret(15)], []))
    hub._list_and_watch(*KEY)
    hub.put(secret(15))
    hub._list_and_watch(*KEY)
    assert told == [("ADDED", "5"), ("MODIFIED", "15")]


def test_a_deletion_while_nobody_watched_is_told() -> None:
    hub, _, told = hub_of((10, [secret(5), secret(6, "b")], []), (20, [secret(6, "b")], []))
    hub._list_and_watch(*KEY)
    hub._list_and_watch(*KEY)
    assert told == [("ADDED", "5"), ("ADDED", "6"), ("DELETED", "5")]


def test_versions_are_compared_as_numbers_and_others_by_arrival() -> None:
    hub, _, _ = hub_of()
    hub.put(secret(99))
    hub.put(secret(100))
    assert version(hub) == "100"
    for text in ("b", "a"):
        hub.put(secret(text, "opaque"))
    assert version(hub, "opaque") == "a"


def test_a_crd_that_changes_during_a_look_ends_the_wait_for_it_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.controllers.hub.SLOW_SECONDS", 60.0)
    hub, _, _ = hub_of()
    seen = hub._crd_changes
    hub._crd_event("ADDED", {"apiVersion": CRD[0], "kind": CRD[1], "metadata": {"name": "x"}})
    hub._last_crd_change -= 1000
    waiting = threading.Thread(target=hub._wait_for_crds, args=(seen,), daemon=True)
    waiting.start()
    waiting.join(5)
    assert not waiting.is_alive()


def test_finalizers_are_changed_only_in_the_version_that_was_looked_at() -> None:
    _, server, _ = hub_of()
    patch(server, secret(5), {"metadata": {"finalizers": ["a"]}}, "manager")  # type: ignore[arg-type]
    patch(server, secret(5), {"metadata": {"annotations": {"a": "b"}}}, "manager")  # type: ignore[arg-type]
    assert server.patched == [
        {"metadata": {"finalizers": ["a"], "resourceVersion": "5"}},
        {"metadata": {"annotations": {"a": "b"}}},
    ]
