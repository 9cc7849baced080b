"""Which charts bring accounts that come to all of the cluster: those that docs/threat-model.md names, and no more.

The stand-ins have the rights of the real charts, which `tests/sandbox/rendering/test_facts.py` holds them to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from components.outputs import Outputs
from tests.support.charts import rendered
from tests.support.recorder import Recording

READING = {"get", "list", "watch", "*"}
MAKING = {"create", "update", "patch", "*"}
WORKLOADS = {"pods", "deployments", "statefulsets", "daemonsets", "replicasets", "jobs", "cronjobs", "*"}
BEYOND = {"impersonate", "escalate", "bind"}
KNOWN = {
    *("argocd/argocd-application-controller", "argocd/argocd-notifications-controller", "argocd/argocd-server"),
    *("cert-manager/cert-manager", "cert-manager/cert-manager-cainjector", "cnpg-system/cloudnative-pg"),
    *("cnpg-system/plugin-barman-cloud", "csi-driver-nfs/csi-nfs-controller-sa"),
    *("onepassword/onepassword-connect-operator", "traefik/traefik", "volsync/volsync"),
    "tunnel-ingress/tunnel-ingress-cloudflare-tunnel-ingress-controller",
    "temporis/prometheus-operator",
}
"""Namespace and name; docs/threat-model.md has a line for each."""


def powers(rule: dict[str, Any]) -> Iterator[str]:
    """What a rule of a ClusterRole, bound for the whole cluster, makes of an account."""
    resources, verbs = set(rule.get("resources") or []), set(rule["verbs"])
    if rule.get("resourceNames"):
        return
    if resources & {"secrets", "*"} and verbs & READING:
        yield "reads every Secret"
    if resources & WORKLOADS and verbs & MAKING:
        yield "makes workloads anywhere"
    if resources & {"serviceaccounts/token", "pods/exec", "nodes/proxy"} and verbs & MAKING:
        yield "acts as others"
    if verbs & BEYOND:
        yield "goes beyond its own rights"


def powerful(objects: list[dict[str, Any]]) -> dict[str, set[str]]:
    """Every account with such rights, and which."""
    roles = {obj["metadata"]["name"]: obj for obj in objects if obj["kind"] == "ClusterRole"}
    found: dict[str, set[str]] = {}
    for binding in objects:
        if binding["kind"] != "ClusterRoleBinding" or binding["roleRef"]["name"] not in roles:
            continue
        for rule in roles[binding["roleRef"]["name"]].get("rules") or []:
            for subject in binding["subjects"]:
                for power in powers(rule):
                    found.setdefault(f"{subject['namespace']}/{subject['name']}", set()).add(power)
    return found


@pytest.fixture(name="found", scope="module")
def _found(homelab: Recording[Outputs]) -> dict[str, set[str]]:
    """Of all charts, with the platform's own values."""
    objects = [obj for made in rendered(homelab).values() for obj in made]
    return powerful(objects)


def test_no_chart_brings_an_account_with_rights_that_are_not_known(found: dict[str, set[str]]) -> None:
    assert set(found) - KNOWN == set(), found


def test_what_is_known_is_not_left_over(found: dict[str, set[str]]) -> None:
    assert set(found) == KNOWN


def test_nothing_that_the_program_itself_brings_is_bound_for_the_whole_cluster(homelab: Recording[Outputs]) -> None:
    """But for Prometheus, which finds what there is to scrape, by names and not by contents."""
    roles = {item.object_name: item.inputs for item in homelab.of(":ClusterRole")}
    assert not [name for name, role in roles.items() for rule in role["rules"] if list(powers(rule))]
