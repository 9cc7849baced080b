"""A chart as an Application that keeps itself as it was declared."""

from __future__ import annotations

import json

import pytest

from components.kit import Brings, ChartApp, ChartAppArgs, CrdChart, spread
from components.kit import project as kinds
from components.versions import Chart
from tests.support.parts import done, namespace, project, waits_for
from tests.support.recorder import Recording, record

CHART = Chart("https://charts.example.org", "controller", "1.2.3")
BRINGS = Brings(namespaced=[kinds.DEPLOYMENT])


def application() -> ChartApp:
    return ChartApp(
        "controller",
        ChartAppArgs(
            project=project(),
            chart=CHART,
            namespace=namespace("controllers"),
            brings=BRINGS,
            values={"replicas": 2},
            depends_on=[done("credentials")],
        ),
    )


@pytest.fixture(scope="module")
def recording() -> Recording[ChartApp]:
    return record(application)


def test_the_chart_is_installed_at_its_pinned_version_with_exactly_these_values(recording: Recording[ChartApp]) -> None:
    assert recording.one(":Application", "controller").spec == {
        "project": "k8s-infra",
        "source": {
            "repoURL": "https://charts.example.org",
            "chart": "controller",
            "targetRevision": "1.2.3",
            "helm": {"releaseName": "controller", "valuesObject": {"replicas": 2}},
        },
        "destination": {"server": "https://kubernetes.default.svc", "namespace": "controllers"},
        "syncPolicy": {
            "automated": {"prune": True, "selfHeal": True},
            "retry": {"limit": 5, "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m"}, "refresh": True},
            "syncOptions": ["ServerSideApply=true"],
        },
    }


def test_an_update_waits_until_it_is_healthy_and_synced(recording: Recording[ChartApp]) -> None:
    made = recording.one(":Application", "controller").inputs["metadata"]
    assert (made["namespace"], made["name"]) == ("argocd", "controller")
    assert json.loads(made["annotations"]["pulumi.com/waitFor"]) == [
        "jsonpath={.status.health.status}=Healthy",
        "jsonpath={.status.sync.status}=Synced",
    ]


def test_what_it_brought_goes_with_it(recording: Recording[ChartApp]) -> None:
    made = recording.one(":Application", "controller").inputs["metadata"]
    assert made["finalizers"] == ["resources-finalizer.argocd.argoproj.io"]


@pytest.mark.parametrize(
    ("kind", "name"),
    [("core/v1:Namespace", "controllers"), (":ConfigMap", "project"), (":ConfigMap", "credentials")],
)
def test_it_comes_after_what_its_pods_need(recording: Recording[ChartApp], kind: str, name: str) -> None:
    assert waits_for(recording, recording.one(":Application", "controller"), kind, name)


def test_crds_of_another_chart_are_in_the_same_application_and_its_own_are_left_out() -> None:
    """In the same one, or Argo CD would prune them in the one before it met them in the other."""
    crds = Chart("https://charts.example.org", "controller-crds", "4.5.6")

    def program() -> None:
        args = ChartAppArgs(
            project=project(),
            chart=CHART,
            namespace=namespace("controllers"),
            brings=BRINGS,
            values={"replicas": 2},
            crds=CrdChart(chart=crds, values={"all": False}),
        )
        ChartApp("controller", args)

    spec = record(program).one(":Application", "controller").spec
    assert "source" not in spec
    assert [(source["chart"], source["targetRevision"], source["helm"]) for source in spec["sources"]] == [
        ("controller-crds", "4.5.6", {"releaseName": "controller-crds", "valuesObject": {"all": False}}),
        ("controller", "1.2.3", {"releaseName": "controller", "valuesObject": {"replicas": 2}, "skipCrds": True}),
    ]


def test_pods_are_spread_over_the_nodes_that_there_are() -> None:
    (constraint,) = spread({"app": "x"})
    assert constraint["labelSelector"] == {"matchLabels": {"app": "x"}}
    assert (constraint["topologyKey"], constraint["maxSkew"]) == ("kubernetes.io/hostname", 1)
    assert constraint["whenUnsatisfiable"] == "ScheduleAnyway"
