"""Policies that open what is closed, whoever brings them: nobody has to have put them among the platform's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from doctor.examination import examine
from sandbox.rendering import uses as charts
from tests.support.charts import NO_DEFINITIONS
from tests.support.healthy import Healthy, Object

DATABASE = "database -> its own namespace, or named pods"
RULES = "object -> policy rules"


def broken(healthy: Healthy) -> set[tuple[str, str, str]]:
    found = examine(healthy.snapshot(), datetime.now(tz=UTC)).broken
    return {(name, item.subject, item.target) for name, item in found}


def of_the_bundled_database(healthy: Healthy, **primary: Any) -> list[Object]:
    """What the platform's own chart of Authentik renders with these values of its database changed."""
    source = healthy.get("Application", "authentik", "argocd")["spec"]["source"]
    use = charts.of_source(source, "authentik")
    database = {**use.release.values["postgresql"]}
    database["primary"] = {**database["primary"], **primary}
    release = replace(use.release, values={**use.release.values, "postgresql": database})
    return list(replace(use, release=release).rendered(NO_DEFINITIONS).objects)


def test_charts_bring_no_policy_of_their_own(healthy_platform: Healthy) -> None:
    objects = of_the_bundled_database(healthy_platform)
    assert [item for item in objects if item["kind"] == "NetworkPolicy"] == []


def test_a_policy_that_a_chart_brings_is_seen_in_both_directions(healthy_platform: Healthy) -> None:
    objects = of_the_bundled_database(healthy_platform, networkPolicy={"enabled": True})
    healthy_platform.objects += [item for item in objects if item["kind"] == "NetworkPolicy"]
    policy = "NetworkPolicy authentik/authentik-postgresql"
    assert broken(healthy_platform) == {
        (DATABASE, "Pod authentik/authentik-postgresql", "port 5432"),
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
