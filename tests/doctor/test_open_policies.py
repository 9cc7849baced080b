"""Policies that open what is closed, whoever brings them: nobody has to have put them among the platform's own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from doctor.examination import examine
from sandbox.controllers import projects
from sandbox.rendering import uses as charts
from tests.support.charts import NO_DEFINITIONS
from tests.support.healthy import Healthy, Object

DATABASE = "database -> its own namespace, or named pods"
RULES = "object -> policy rules"


def broken(healthy: Healthy) -> set[tuple[str, str, str]]:
    found = examine(healthy.snapshot(), datetime.now(tz=UTC)).broken
    return {(name, item.subject, item.target) for name, item in found}


def test_charts_bring_no_policy_of_their_own(healthy_platform: Healthy) -> None:
    for application in healthy_platform.all("Application"):
        for source in projects.sources_of(application):
            use = charts.of_source(source, application["spec"]["destination"]["namespace"])
            assert [item for item in use.rendered(NO_DEFINITIONS).objects if item["kind"] == "NetworkPolicy"] == []


def test_a_policy_that_opens_a_database_is_seen_in_both_directions(healthy_platform: Healthy) -> None:
    spec = {
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "postgresql"}},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"ports": [{"port": 5432}]}],
        "egress": [{}],
    }
    meta = {"namespace": "authentik", "name": "authentik-postgresql"}
    healthy_platform.objects.append({"kind": "NetworkPolicy", "metadata": meta, "spec": spec})
    policy = "NetworkPolicy authentik/authentik-postgresql"
    instances = {
        item["metadata"]["name"] for item in healthy_platform.get_all("Pod", "cnpg.io/cluster", "authentik-db")
    }
    assert broken(healthy_platform) == {
        *((DATABASE, f"Pod authentik/{name}", "port 5432") for name in instances),
        (RULES, policy, "rule named-callers"),
        (RULES, policy, "rule named-targets"),
    }


@pytest.mark.parametrize("namespace", ["argocd", "authentik", "cert-manager", "navidrome", "onepassword", "traefik"])
@pytest.mark.parametrize(
    ("spec", "rule"),
    [
        ({"policyTypes": ["Egress"], "egress": [{}]}, "named-targets"),
        ({"policyTypes": ["Egress"], "egress": [{"to": [{"namespaceSelector": {}}]}]}, "named-targets"),
        ({"policyTypes": ["Egress"], "egress": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]}, "named-targets"),
        ({"policyTypes": ["Ingress"], "ingress": [{"ports": [{"port": 1}]}]}, "named-callers"),
    ],
)
def test_no_namespace_is_excused(healthy_platform: Healthy, namespace: str, spec: Object, rule: str) -> None:
    meta = {"namespace": namespace, "name": "open"}
    policy = {"kind": "NetworkPolicy", "metadata": meta, "spec": {"podSelector": {}, **spec}}
    healthy_platform.objects.append(policy)
    assert broken(healthy_platform) == {(RULES, f"NetworkPolicy {namespace}/open", f"rule {rule}")}


@pytest.mark.parametrize("port", [3306, 5432, 6379, 27017])
def test_a_database_is_known_by_its_service_if_its_pod_declares_no_port(healthy_platform: Healthy, port: int) -> None:
    pod = next(item for item in healthy_platform.all("Pod") if item["metadata"]["namespace"] == "navidrome")
    healthy_platform.objects.append(
        {
            "kind": "Service",
            "metadata": {"namespace": "navidrome", "name": "data"},
            "spec": {"selector": pod["metadata"]["labels"], "ports": [{"port": port}]},
        }
    )
    opened = {
        "kind": "NetworkPolicy",
        "metadata": {"namespace": "navidrome", "name": "open"},
        "spec": {"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": "192.168.0.0/16"}}]}]},
    }
    assert broken(healthy_platform) == set()
    healthy_platform.objects.append(opened)
    subject = "Pod navidrome/navidrome"
    assert broken(healthy_platform) == {(DATABASE, subject, f"port {port}")}
