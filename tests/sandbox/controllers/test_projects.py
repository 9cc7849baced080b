from __future__ import annotations

from typing import Any

import pytest

from sandbox.controllers.projects import application_problem, namespace_permitted, object_problem, sources_of

SERVER = "https://kubernetes.default.svc"


def project(**spec: Any) -> dict[str, Any]:
    defaults = {
        "sourceRepos": ["https://charts.example.org"],
        "destinations": [{"server": SERVER, "namespace": "apps-*"}, {"server": SERVER, "namespace": "!apps-secret"}],
        "clusterResourceWhitelist": [{"group": "rbac.authorization.k8s.io", "kind": "*"}],
    }
    return {"metadata": {"name": "infra"}, "spec": {**defaults, **spec}}


def application(**changes: Any) -> dict[str, Any]:
    spec = {
        "project": "infra",
        "source": {"repoURL": "https://charts.example.org/", "chart": "x"},
        "destination": {"server": SERVER, "namespace": "apps-one"},
    }
    return {"metadata": {"name": "x"}, "spec": {**spec, **changes}}


def test_a_permitted_application_has_no_problem() -> None:
    assert application_problem(application(), project()) is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"source": {"repoURL": "https://other.example.org"}}, "repo https://other.example.org is not permitted"),
        (
            {"sources": [{"repoURL": "https://charts.example.org"}, {"repoURL": "https://other.example.org"}]},
            "repo https://other.example.org is not permitted",
        ),
        ({"destination": {"server": SERVER, "namespace": "kube-system"}}, "and namespace 'kube-system' do not match"),
        ({"destination": {"server": SERVER, "namespace": "apps-secret"}}, "do not match any of the allowed"),
        ({"destination": {"namespace": "apps-one"}}, "Destination server missing"),
        ({"destination": {"server": "https://x", "namespace": "apps-one"}}, "no clusters with this name or address"),
        ({"destination": {"server": SERVER, "name": "in-cluster"}}, "can't have both name and server"),
    ],
)
def test_a_forbidden_application_is_refused_with_argo_cds_words(changes: dict[str, Any], message: str) -> None:
    assert message in str(application_problem(application(**changes), project()))


def test_a_missing_project_is_named() -> None:
    assert application_problem(application(), None) == "Application referencing project infra which does not exist"


def test_destinations_may_name_the_cluster() -> None:
    by_name = project(destinations=[{"name": "in-cluster", "namespace": "*"}])
    assert namespace_permitted(by_name, "anything")
    assert not namespace_permitted(project(destinations=[{"server": "https://x", "namespace": "*"}]), "apps-one")


def test_cluster_wide_kinds_have_to_be_listed_and_namespaced_ones_are_free() -> None:
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "r"}}
    crd = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "c"}}
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "namespace": "apps-one"}}
    assert object_problem(project(), role, namespaced=False) is None
    refused = object_problem(project(), crd, namespaced=False)
    assert refused == "resource apiextensions.k8s.io:CustomResourceDefinition is not permitted in project infra"
    assert object_problem(project(), deployment, namespaced=True) is None
    denied = project(namespaceResourceBlacklist=[{"group": "apps", "kind": "Deployment"}])
    assert "apps:Deployment is not permitted" in str(object_problem(denied, deployment, namespaced=True))


def test_an_object_in_a_foreign_namespace_is_refused() -> None:
    role = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s", "namespace": "kube-system"}}
    assert (
        object_problem(project(), role, namespaced=True) == "namespace kube-system is not permitted in project 'infra'"
    )


def test_several_sources_stand_before_a_single_one() -> None:
    assert [source["chart"] for source in sources_of(application())] == ["x"]
    assert [source["chart"] for source in sources_of(application(sources=[{"chart": "a"}, {"chart": "b"}]))] == [
        "a",
        "b",
    ]
