"""What charts bring, on a real control plane: what opens something is seen, and no kind is lost by changing places."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import Any

from doctor import examination
from tests.support.world import World

CRD = "ingressroutes.traefik.io"
PROJECT = ("argoproj.io/v1alpha1", "AppProject", "k8s-infra", "argocd")
POLICY = ("networking.k8s.io/v1", "NetworkPolicy", "cert-manager-webhook-allow-ingress", "cert-manager")


def application(world: World, name: str) -> dict[str, Any]:
    found = world.cluster.get("argoproj.io/v1alpha1", "Application", name, "argocd")
    assert found is not None
    return found


def as_before(world: World, live: dict[str, Any], spec: dict[str, Any]) -> None:
    """Give an object the spec that an earlier version of the program gave it."""
    managers = [entry["manager"] for entry in live["metadata"]["managedFields"] if entry["operation"] == "Apply"]
    (manager,) = {item for item in managers if item.startswith("pulumi")}
    known = ("name", "namespace", "annotations", "finalizers")
    kept = {key: live["metadata"][key] for key in known if key in live["metadata"]}
    obj = {"apiVersion": live["apiVersion"], "kind": live["kind"], "metadata": kept, "spec": spec}
    world.cluster.apply(obj, manager, force=True)


def wait(until: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 60
    while not until():
        assert time.monotonic() < end, f"not within a minute: {what}"
        time.sleep(0.5)


def synced(world: World, name: str) -> bool:
    return bool(application(world, name)["status"]["sync"]["status"] == "Synced")


def identities(world: World) -> dict[str, str]:
    """The uids of the kind of routes and of all routes."""
    crd = world.cluster.get("apiextensions.k8s.io/v1", "CustomResourceDefinition", CRD)
    assert crd is not None
    routes = world.cluster.list("traefik.io/v1alpha1", "IngressRoute")
    return {item["metadata"]["name"]: item["metadata"]["uid"] for item in [crd, *routes]}


def broken(world: World) -> set[tuple[str, str]]:
    found = examination.run(world.sandbox.kubeconfig, None, world.engine.state()).broken
    return {(item.subject, item.target) for _, item in found}


def test_everything_works_with_no_more_than_is_permitted(world: World) -> None:
    world.up()
    assert world.broken() == []
    assert world.cluster.get(*POLICY) is None


BEYOND = [{"group": "networking.k8s.io", "kind": "NetworkPolicy"}]
"""What cert-manager's chart can bring that no chart of the platform does."""


def permit(world: World, kinds: list[dict[str, str]]) -> None:
    """Let charts bring more kinds than they say, as the project of an earlier version did with every kind."""
    live = world.cluster.get(*PROJECT)
    assert live is not None
    kinds = [*live["spec"]["namespaceResourceWhitelist"], *kinds]
    as_before(world, live, {**live["spec"], "namespaceResourceWhitelist": kinds})


def test_a_policy_that_a_chart_brings_is_refused_and_seen_where_it_is_let_in(world: World) -> None:
    good = copy.deepcopy(application(world, "cert-manager")["spec"])
    spec = copy.deepcopy(good)
    # As a person might have it who edits the Application.
    helm = spec["source"]["helm"]
    helm["valuesObject"].setdefault("webhook", {})["networkPolicy"] = {"enabled": True}
    as_before(world, application(world, "cert-manager"), spec)
    refused = "networking.k8s.io:NetworkPolicy is not permitted"
    wait(lambda: refused in str(application(world, "cert-manager")["status"]), "the project refuses the policy")
    assert world.cluster.get(*POLICY) is None
    permit(world, BEYOND)
    wait(lambda: world.cluster.get(*POLICY) is not None, "the chart's policy")
    policy = "NetworkPolicy cert-manager/cert-manager-webhook-allow-ingress"
    assert broken(world) >= {(policy, "rule named-callers")}
    # What its project does not permit, Argo CD does not prune either: first the chart, then the project.
    as_before(world, application(world, "cert-manager"), good)
    wait(lambda: world.cluster.get(*POLICY) is None, "the policy is pruned")
    world.up("--refresh")
    assert world.broken() == []


def test_no_route_is_lost_when_the_kinds_come_from_another_chart(world: World) -> None:
    """As in a home that was built when Traefik's own chart brought them."""
    before = identities(world)
    spec = copy.deepcopy(application(world, "traefik")["spec"])
    source = spec.pop("sources")[-1]
    source["helm"].pop("skipCrds")
    as_before(world, application(world, "traefik"), {**spec, "source": source})
    wait(lambda: synced(world, "traefik"), "Traefik as it was")
    world.up("--refresh")
    wait(lambda: synced(world, "traefik"), "Traefik as it is")
    spec = application(world, "traefik")["spec"]
    assert "source" not in spec
    assert len(spec["sources"]) == 2
    assert identities(world) == before
