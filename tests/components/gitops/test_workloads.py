"""Workloads from the developers' repository: what is made of a folder, and what no folder may do."""

from __future__ import annotations

from typing import Any

import pytest

from components.gitops.workloads import Workloads, WorkloadsArgs
from components.settings import Repository
from tests.support.parts import project, store, waits_for
from tests.support.recorder import Recording, record

URL = "https://github.com/owner/name"
ITEM = "abcdefghijklmnopqrstuvwxyz"


def workloads(*, previews: bool = False, **repository: Any) -> Recording[Workloads]:
    args = {"url": URL, **repository}

    def build() -> Workloads:
        found = WorkloadsArgs(argocd=project(), store=store(), repository=Repository(**args), previews=previews)
        return Workloads("workloads", found)

    return record(build)


@pytest.fixture(scope="module")
def recording() -> Recording[Workloads]:
    return workloads()


def test_each_folder_is_an_application_in_a_namespace_of_its_own(recording: Recording[Any]) -> None:
    found = recording.one(":ApplicationSet", "workloads-set")
    assert found.object_name == "argocd/apps"
    (generator,) = found.spec["generators"]
    assert generator["git"] == {
        "repoURL": URL,
        "revision": "main",
        "directories": [{"path": "apps/*"}],
        "requeueAfterSeconds": 180,
    }
    template = found.spec["template"]
    own = template["metadata"]["name"]
    assert own == template["spec"]["destination"]["namespace"] == "apps-{{.path.basenameNormalized}}"
    assert template["spec"]["source"] == {"repoURL": URL, "targetRevision": "main", "path": "{{.path.path}}"}
    policy = template["spec"]["syncPolicy"]
    assert policy["automated"] == {"prune": True, "selfHeal": True}
    assert "CreateNamespace=true" in policy["syncOptions"]
    assert policy["managedNamespaceMetadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_its_project_takes_the_repository_and_what_workloads_are_made_of(recording: Recording[Any]) -> None:
    spec = recording.one(":AppProject", "workloads-project").spec
    assert spec["sourceRepos"] == [URL]
    assert [item["namespace"] for item in spec["destinations"]] == ["apps-*"]
    assert spec["clusterResourceWhitelist"] == [{"group": "", "kind": "Namespace"}]
    kinds = {item["kind"] for item in spec["namespaceResourceWhitelist"]}
    assert kinds.isdisjoint({"*", "IngressRoute", "Ingress", "OnePasswordItem", "Certificate", "Application"})
    assert {"Deployment", "Service", "NetworkPolicy"} <= kinds


def test_no_workload_is_found_before_the_api_server_watches(recording: Recording[Any]) -> None:
    found = recording.one(":ApplicationSet", "workloads-set")
    bindings = recording.of(":ValidatingAdmissionPolicyBinding")
    policies = {item.object_name for item in recording.of(":ValidatingAdmissionPolicy")}
    assert policies == {item.spec["policyName"] for item in bindings}
    for binding in bindings:
        assert binding.spec["validationActions"] == ["Deny"]
        assert waits_for(recording, found, ":ValidatingAdmissionPolicyBinding", binding.name)
    pods = recording.one(":ValidatingAdmissionPolicyBinding", "workloads-closed-pods-binding").spec
    assert pods["paramRef"] == {"name": "default-deny", "parameterNotFoundAction": "Deny"}


def test_a_rule_whose_parameter_may_be_missing_is_for_workloads_alone(
    recording: Recording[Any],
) -> None:
    # The API server looks for the parameter before it asks the rule's conditions.
    bindings = {item.spec["policyName"]: item.spec for item in recording.of(":ValidatingAdmissionPolicyBinding")}
    looking = [item for item in recording.of(":ValidatingAdmissionPolicy") if "paramKind" in item.spec]
    assert looking
    template = recording.one(":ApplicationSet", "workloads-set").spec["template"]["spec"]
    given = template["syncPolicy"]["managedNamespaceMetadata"]["labels"]
    for rule in looking:
        assert bindings[rule.object_name]["paramRef"]["parameterNotFoundAction"] == "Deny"
        selected = rule.spec["matchConstraints"]["namespaceSelector"]["matchLabels"]
        assert selected
        assert selected.items() <= given.items()


def test_the_api_server_asks_for_a_namespace_only_where_there_is_one(recording: Recording[Any]) -> None:
    rules = recording.of(":ValidatingAdmissionPolicy")
    assert rules
    for rule in rules:
        (condition,) = rule.spec["matchConditions"]
        scopes = {each["scope"] for each in rule.spec["matchConstraints"]["resourceRules"]}
        wanted = {"Namespaced"} if "request.namespace" in condition["expression"] else {"Cluster"}
        assert scopes == wanted, rule.name


def test_a_public_repository_needs_no_secret_and_a_private_one_has_its_item(recording: Recording[Any]) -> None:
    assert recording.of(":OnePasswordItem") == []
    private = workloads(item=ITEM)
    (item,) = private.of(":OnePasswordItem")
    assert item.spec["itemPath"].endswith(f"/items/{ITEM}")
    assert item.inputs["metadata"]["labels"] == {"argocd.argoproj.io/secret-type": "repository"}
    assert waits_for(private, private.one(":ApplicationSet", "workloads-set"), ":OnePasswordItem", item.name)


def test_pull_requests_are_delivered_beside_what_is_there_if_somebody_says_so() -> None:
    assert [item.name for item in workloads().of(":ApplicationSet")] == ["workloads-set"]
    spec = workloads(previews=True, item=ITEM).one(":ApplicationSet", "workloads-previews-set").spec
    (generator,) = spec["generators"]
    pull_requests, folders = generator["matrix"]["generators"]
    assert pull_requests["pullRequest"]["github"] == {
        "owner": "owner",
        "repo": "name",
        "labels": ["preview"],
        "appSecretName": "secret-workloads-repository",
    }
    assert folders["git"]["revision"] == spec["template"]["spec"]["source"]["targetRevision"] == "{{.head_sha}}"
    assert spec["template"]["metadata"]["name"] == "apps-pr-{{.number}}-{{.path.basenameNormalized}}"
