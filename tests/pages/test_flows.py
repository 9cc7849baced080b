"""The ten flows: whole, drawn of what is there, and not drawn without it."""

from __future__ import annotations

import re

import pytest

from pages.errors import PagesError
from pages.flows import FLOWS, flows, gitops
from pages.flows.http import chains
from tests.pages.conftest import Running
from tests.support.flowcharts import charts


@pytest.mark.parametrize("name", ["committed", "whole"])
def test_each_flow_is_a_flowchart_whose_arrows_lead_somewhere(name: str, request: pytest.FixtureRequest) -> None:
    text = flows(request.getfixturevalue(name).platform)
    found = list(charts(text))
    assert len(found) == len(FLOWS) == 10
    assert [int(number) for number in re.findall(r"^## (\d+)\. ", text, re.MULTILINE)] == list(range(1, 11))
    for chart in found:
        names = [*chart.nodes, *chart.groups]
        assert len(names) == len(set(names))
        assert {end for arrow in chart.arrows for end in arrow} <= set(chart.nodes)
        # What nothing leads to or from has no place in a flow.
        assert set(chart.nodes) == {end for arrow in chart.arrows for end in arrow}


@pytest.mark.parametrize(
    ("kind", "name", "namespace"),
    [
        ("ConfigMap", "argocd-cm", "argocd"),
        ("IngressRoute", "argocd-webhook", "argocd"),
        ("TraefikService", "argocd-webhook", "argocd"),
        ("StatefulSet", "argocd-application-controller", "argocd"),
        ("Middleware", "authentik-forward-auth", "traefik"),
        ("Deployment", "access-tunnel", "access-tunnel"),
        ("OnePasswordItem", "secret-n8n-encryption", "n8n"),
        ("Deployment", "onepassword-connect-operator", "onepassword"),
        ("PodMonitor", "node-exporter", "node-exporter"),
        ("Prometheus", "temporis", "temporis"),
        ("Alertmanager", "temporis", "temporis"),
        ("Certificate", "tls-harvestasya.org", "traefik"),
        ("ClusterIssuer", "letsencrypt-production", ""),
        ("TLSStore", "default", "traefik"),
        ("Cluster", "immich-db", "immich"),
        ("ScheduledBackup", "n8n-db", "n8n"),
        ("ObjectStore", "n8n-archive", "n8n"),
        ("Service", "navidrome", "navidrome"),
        ("PersistentVolumeClaim", "navidrome-data", "navidrome"),
        ("ReplicationSource", "navidrome-data", "navidrome"),
    ],
)
def test_what_is_not_there_is_not_drawn_but_named(running: Running, kind: str, name: str, namespace: str) -> None:
    running.healthy.drop(kind, name, namespace)
    # Of what there is one, no name is known: it is looked for by its kind or by what it runs.
    said = re.compile(rf"({re.escape(name)}|{kind}|onepassword-operator).*(looked for|the cluster)")
    with pytest.raises(PagesError, match=said) as error:
        flows(running.platform)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("kind", ["ZeroTrustAccessApplication", "ZeroTrustTunnelCloudflaredConfig", "DnsRecord"])
def test_so_is_what_is_missing_in_an_account(running: Running, kind: str) -> None:
    for item in [item for item in running.healthy.resources if item["type"].endswith(f":{kind}")]:
        running.healthy.resources.remove(item)
    with pytest.raises(PagesError, match=f"^{kind} .*: looked for it"):
        flows(running.platform)


def test_a_figure_that_the_cluster_has_otherwise_is_told(running: Running) -> None:
    running.healthy.get("PodMonitor", "node-exporter", "node-exporter")["spec"]["podMetricsEndpoints"][0][
        "interval"
    ] = "7s"
    with pytest.raises(PagesError, match="interval of node-exporter: the stack outputs say '15s' and the cluster '7s'"):
        flows(running.platform)


def test_the_figures_of_live_objects_are_on_the_page(running: Running) -> None:
    cluster = running.healthy.get("Cluster", "immich-db", "immich")
    cluster["spec"]["imageName"] = "registry.example.org/postgres:99.9"
    cluster["spec"]["instances"] = 7
    assert "PostgreSQL 99.9<br/>7 instances" in flows(running.platform)


def test_every_route_is_there_with_its_middlewares(committed: Running) -> None:
    found = chains(committed.platform)
    assert {route for route, _, _, _ in found} == {
        f"{item['metadata']['namespace']}/{item['metadata']['name']}" for item in committed.healthy.all("IngressRoute")
    }
    guarded = [names for route, _, names, _ in found if route == "navidrome/navidrome" and names]
    assert ("security-headers", "authentik-forward-auth", "compress") in guarded


def test_a_repository_of_the_developers_is_drawn_where_there_is_one(committed: Running, whole: Running) -> None:
    drawn = [gitops.flow(running.platform).split("```")[1] for running in (committed, whole)]
    assert ["developer" in text for text in drawn] == [False, True]
    assert whole.summary.gitops.repository in drawn[1]
