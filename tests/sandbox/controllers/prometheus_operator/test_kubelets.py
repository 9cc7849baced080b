"""How the simulated operator writes down where the kubelets are."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.controllers.prometheus_operator import installation
from sandbox.controllers.prometheus_operator.operator import KUBELETS, PrometheusOperator
from tests.sandbox.controllers.prometheus_operator.conftest import (
    conditions,
    install,
    prometheus,
    settle,
)
from tests.sandbox.controllers.world import World

SYSTEM = "kube-system"
SERVICE = ("Service", SYSTEM, "kubelet")
NAMED = {"kubeletService": {"enabled": True, "namespace": SYSTEM, "name": "kubelet"}}


@pytest.fixture
def told(operator: PrometheusOperator, world: World) -> PrometheusOperator:
    """An operator that is to write them into `kube-system/kubelet`."""
    install(world, **NAMED)
    return operator


def node(world: World, name: str, *, ready: str = "True", **addresses: str) -> None:
    status = {
        "addresses": [{"type": kind, "address": address} for kind, address in addresses.items()],
        "conditions": [{"type": "Ready", "status": ready}],
    }
    world.have({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "status": status})


def slices(world: World) -> dict[str, dict[str, Any]]:
    """The slices of the Service, by the family of their addresses."""
    return {obj["addressType"]: obj for (kind, _, _), obj in world.objects.items() if kind == "EndpointSlice"}


def found(world: World) -> dict[str, str]:
    """Names of nodes, by the address at which their kubelet is found."""
    return {
        address: endpoint["nodeName"]
        for piece in slices(world).values()
        for endpoint in piece["endpoints"]
        for address in endpoint["addresses"]
    }


def test_the_service_is_known_by_its_labels_and_has_no_pods(told: PrometheusOperator, world: World) -> None:
    told.reconcile(KUBELETS)
    service = world.objects[SERVICE]
    assert service["metadata"]["labels"] == {
        "app.kubernetes.io/managed-by": "prometheus-operator",
        "app.kubernetes.io/name": "kubelet",
        "k8s-app": "kubelet",
    }
    assert service["spec"]["clusterIP"] == "None"
    assert "selector" not in service["spec"]


def test_every_node_is_found_by_the_service_at_the_ports_that_it_names(told: PrometheusOperator, world: World) -> None:
    node(world, "b", InternalIP="192.168.1.12")
    node(world, "a", InternalIP="192.168.1.11", ExternalIP="203.0.113.1")
    node(world, "c", ExternalIP="203.0.113.3")
    told.reconcile(KUBELETS)
    assert found(world) == {"192.168.1.11": "a", "192.168.1.12": "b", "203.0.113.3": "c"}
    (piece,) = slices(world).values()
    service = world.objects[SERVICE]
    assert piece["metadata"]["namespace"] == SYSTEM
    assert piece["metadata"]["labels"]["kubernetes.io/service-name"] == "kubelet"
    assert piece["metadata"]["labels"].items() >= service["metadata"]["labels"].items()
    ports = {port["name"]: port["port"] for port in piece["ports"]}
    assert ports["https-metrics"] == 10250
    assert ports == {port["name"]: port["port"] for port in service["spec"]["ports"]}


def test_slices_go_with_their_service(told: PrometheusOperator, world: World) -> None:
    node(world, "a", InternalIP="192.168.1.11")
    told.reconcile(KUBELETS)
    (owner,) = slices(world)["IPv4"]["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["uid"]) == ("Service", world.objects[SERVICE]["metadata"]["uid"])


def test_each_family_of_addresses_has_a_slice_of_its_own(told: PrometheusOperator, world: World) -> None:
    node(world, "a", InternalIP="192.168.1.11")
    node(world, "b", InternalIP="fd00::12")
    told.reconcile(KUBELETS)
    nodes = {family: [item["nodeName"] for item in piece["endpoints"]] for family, piece in slices(world).items()}
    assert nodes == {"IPv4": ["a"], "IPv6": ["b"]}


def test_a_node_that_is_gone_is_no_longer_found(told: PrometheusOperator, world: World) -> None:
    node(world, "a", InternalIP="192.168.1.11")
    node(world, "b", InternalIP="fd00::12")
    told.reconcile(KUBELETS)
    world.delete("v1", "Node", "b")
    told.reconcile(KUBELETS)
    assert found(world) == {"192.168.1.11": "a"}
    assert slices(world).keys() == {"IPv4"}


def test_of_two_nodes_with_one_address_that_counts_of_which_something_is_heard(
    told: PrometheusOperator, world: World
) -> None:
    node(world, "new", InternalIP="192.168.1.11")
    node(world, "old", InternalIP="192.168.1.11", ready="Unknown")
    node(world, "lost", InternalIP="192.168.1.12", ready="Unknown")
    told.reconcile(KUBELETS)
    assert found(world) == {"192.168.1.11": "new", "192.168.1.12": "lost"}


def test_what_has_not_been_heard_of_yet_is_not_taken_for_gone(told: PrometheusOperator, world: World) -> None:
    node(world, "a", InternalIP="192.168.1.11")
    told.reconcile(KUBELETS)
    world.hub._synced["v1", "Node"].clear()
    world.delete("v1", "Node", "a")
    assert told.reconcile(KUBELETS)
    assert found(world) == {"192.168.1.11": "a"}


def test_it_does_so_only_if_it_was_told_to(operator: PrometheusOperator, world: World) -> None:
    install(world, kubeletService={"enabled": False})
    node(world, "a", InternalIP="192.168.1.11")
    operator.reconcile(KUBELETS)
    assert SERVICE not in world.objects
    assert not slices(world)


def test_it_does_so_only_while_it_runs(told: PrometheusOperator, world: World) -> None:
    world.delete("apps/v1", "Deployment", "prometheus-operator-kube-p-operator", "temporis")
    node(world, "a", InternalIP="192.168.1.11")
    told.reconcile(KUBELETS)
    assert SERVICE not in world.objects


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (
            {"kubeletEndpointsEnabled": False, "kubeletEndpointSliceEnabled": False},
            "at least one of endpoints or endpointslice needs to be enabled",
        ),
        ({"kubeletEndpointsEnabled": True}, "knows EndpointSlices only"),
        ({"kubeletService": {"enabled": True, "namespace": SYSTEM, "name": "a/b"}}, 'in format "namespace/name"'),
    ],
)
def test_arguments_with_which_it_does_not_start_keep_it_from_everything(
    operator: PrometheusOperator, world: World, options: dict[str, Any], reason: str
) -> None:
    install(world, **{**NAMED, **options})
    (deployment,) = world.hub.list("apps/v1", "Deployment", "temporis")
    assert reason in installation.why_not(deployment)
    assert [reason in probe(deployment) for probe in operator.environment.probes] == [True]
    prometheus(world)
    settle(operator, world)
    operator.reconcile(KUBELETS)
    assert SERVICE not in world.objects
    assert "status" not in world.the("Prometheus", "main")


def test_other_workloads_are_not_its_affair(operator: PrometheusOperator, world: World) -> None:
    prometheus(world)
    settle(operator, world)
    assert installation.why_not(world.the("StatefulSet", "prometheus-main")) == ""
    assert conditions(world, "Prometheus")["Reconciled"] == ("True", "")
