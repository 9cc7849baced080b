"""Middlewares: known to the stack by who declares them, and in the cluster by what they are called."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from components.kit import Middleware
from components.kit.traefik import chain, middleware, reference
from tests.support.parts import done, traefik, waits_for
from tests.support.recorder import Recording, record


def declared() -> Middleware:
    proxy, parent = traefik(), pulumi.ComponentResource("test:kit:Part", "part")
    spec: dict[str, Any] = {"compress": {}}
    items = [
        middleware("second", spec, traefik=proxy, parent=parent),
        middleware("first", spec, traefik=proxy, parent=parent, depends_on=[done("asked")]),
    ]
    return chain("both", items, traefik=proxy, parent=parent)


@pytest.fixture(scope="module")
def recording() -> Recording[Middleware]:
    return record(declared)


def test_it_is_in_traefiks_namespace_by_its_own_name_and_in_the_stack_by_its_components(
    recording: Recording[Middleware],
) -> None:
    found = {item.name: item.object_name for item in recording.of(":Middleware")}
    assert found == {"part-second": "traefik/second", "part-first": "traefik/first", "part-both": "traefik/both"}
    assert {item.parent for item in recording.of(":Middleware")} == {recording.one(":Part", "part").urn}


def test_it_comes_after_traefiks_own_kinds_and_what_it_needs(recording: Recording[Middleware]) -> None:
    for item in recording.of(":Middleware"):
        assert waits_for(recording, item, ":ConfigMap", "traefik-runs")
    assert waits_for(recording, recording.one(":Middleware", "part-first"), ":ConfigMap", "asked")


def test_a_chain_applies_its_middlewares_in_their_order_and_comes_after_them(recording: Recording[Middleware]) -> None:
    made = recording.one(":Middleware", "part-both")
    assert made.spec == {
        "chain": {
            "middlewares": [{"name": name, "namespace": "traefik"} for name in ("second", "first")],
        }
    }
    for name in ("part-second", "part-first"):
        assert waits_for(recording, made, ":Middleware", name)


def test_routes_of_other_namespaces_name_it_with_its_namespace(recording: Recording[Middleware]) -> None:
    assert reference(recording.result) == {"name": "both", "namespace": "traefik"}
