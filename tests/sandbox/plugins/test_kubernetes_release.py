from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.plugins.interface import Change, InitFailed, ProviderError, Subject
from sandbox.plugins.kubernetes import record as record_module
from sandbox.plugins.kubernetes import waiting
from sandbox.plugins.kubernetes.provider import RELEASE, KubernetesProvider
from sandbox.plugins.wire import UNKNOWN, Properties, Secret
from tests.support.kubernetes_api import FakeApi

RECORDS = "/api/v1/namespaces/argocd/configmaps"
RECORD = f"{RECORDS}/sh.helm.release.sandbox.cd"
SUBJECT = Subject(type=RELEASE, name="res", urn=f"urn:pulumi:dev::p::{RELEASE}::res", id="argocd/cd")


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    monkeypatch.setattr(waiting, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(record_module, "FAILED_FOR_SECONDS", 0)
    return FakeApi()


@pytest.fixture
def provider(api: FakeApi) -> KubernetesProvider:
    made = KubernetesProvider()
    made.cluster.client = api.client()
    return made


def inputs(**more: Any) -> Properties:
    return {
        "name": "cd",
        "namespace": "argocd",
        "chart": "argo-cd",
        "version": "9.1.0",
        "repositoryOpts": {"repo": "https://charts.example.org"},
        "values": {"a": 1, "secret": Secret("pw"), "secrets": Secret({"x": "y"})},
        "compat": "true",
        **more,
    }


VALUES = json.dumps({"a": 1, "secret": "[secret]", "secrets": {"x": "[secret]"}}, sort_keys=True)


def record(status: str = "deployed", **data: str) -> dict[str, Any]:
    metadata = {"name": "sh.helm.release.sandbox.cd", "namespace": "argocd", "uid": "u", "resourceVersion": "1"}
    wanted = {
        "name": "cd",
        "chart": "argo-cd",
        "version": "9.1.0",
        "repository": "https://charts.example.org",
        "values": VALUES,
        "revision": "1",
    }
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {**wanted, "status": status, **data}}


def test_a_release_is_a_record_that_somebody_reports_on(provider: KubernetesProvider, api: FakeApi) -> None:
    api.answer("PATCH", "/api/v1/namespaces/argocd", {"kind": "Namespace"})
    api.answer("PATCH", RECORD, record("pending-install"))
    api.watch(RECORDS, ("ADDED", record("pending-install")), ("MODIFIED", record()))
    identifier, outputs = provider.create(SUBJECT, inputs(createNamespace=True), 0, preview=False)
    assert identifier == "argocd/cd"
    assert outputs["status"] == {
        "name": "cd",
        "namespace": "argocd",
        "chart": "argo-cd",
        "version": "9.1.0",
        "status": "deployed",
        "revision": 1,
    }
    namespace, sent = api.sent("PATCH")
    assert namespace.body["metadata"] == {"name": "argocd"}
    assert sent.body["metadata"]["labels"] == {"owner": "helm-sandbox", "name": "cd"}
    assert sent.body["data"] == {**record("pending-install")["data"], "message": ""}


def test_no_secret_is_written(provider: KubernetesProvider, api: FakeApi) -> None:
    api.answer("PATCH", RECORD, record())
    provider.create(SUBJECT, inputs(), 0, preview=False)
    assert "pw" not in json.dumps(api.sent("PATCH")[0].body)


def test_a_release_that_fails_says_why(provider: KubernetesProvider, api: FakeApi) -> None:
    api.answer("PATCH", RECORD, record("failed", message="no such chart"))
    with pytest.raises(InitFailed, match=r"^Release argocd/cd: the chart argo-cd failed: no such chart$"):
        provider.create(SUBJECT, inputs(), 0, preview=False)


def test_a_release_that_nobody_reports_on_runs_out_of_time(provider: KubernetesProvider, api: FakeApi) -> None:
    api.answer("PATCH", RECORD, record(""))
    api.watch(RECORDS, ("ADDED", record("")))
    with pytest.raises(InitFailed, match="nobody reports the chart argo-cd as deployed"):
        provider.create(SUBJECT, inputs(timeout=0.05), 0, preview=False)
    provider.create(SUBJECT, inputs(skipAwait=True), 0, preview=False)


def test_a_name_is_used_once(provider: KubernetesProvider, api: FakeApi) -> None:
    api.answer("GET", RECORD, record())
    with pytest.raises(ProviderError, match="cannot re-use a name that is still in use"):
        provider.create(SUBJECT, inputs(), 0, preview=False)


def test_an_upgrade_is_the_next_revision(provider: KubernetesProvider, api: FakeApi) -> None:
    api.answer("PATCH", RECORD, record(revision="3"))
    olds = {**inputs(), "status": {"revision": 2}}
    outputs = provider.update(SUBJECT, olds, inputs(version="9.2.0"), 0, preview=False)
    assert outputs["status"]["revision"] == 3
    sent = api.sent("PATCH")[0].body["data"]
    assert (sent["revision"], sent["status"], sent["version"]) == ("3", "pending-upgrade", "9.2.0")


def test_previews_render_nothing(provider: KubernetesProvider, api: FakeApi) -> None:
    assert provider.create(SUBJECT, inputs(), 0, preview=True) == ("argocd/cd", inputs())
    assert provider.create(SUBJECT, inputs(name=UNKNOWN), 0, preview=True)[0] == ""
    assert provider.update(SUBJECT, {"status": 1}, inputs(), 0, preview=True) == {**inputs(), "status": 1}
    assert not api.asked


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"name": ""}, "name is missing"),
        ({"chart": "./folder"}, "charts from a folder are not served"),
        ({"verify": True}, "verify is not served"),
        ({"valueYamlFiles": []}, "valueYamlFiles is not served"),
    ],
)
def test_check_refuses(provider: KubernetesProvider, given: Properties, told: str) -> None:
    failures = provider.check(SUBJECT, {}, inputs(**given))[1]
    assert [told in failure.reason for failure in failures] == [True]


def test_check_takes_helms_options(provider: KubernetesProvider) -> None:
    assert provider.check(SUBJECT, {}, inputs(atomic=True, maxHistory=3))[1] == []


def test_another_name_is_another_release(provider: KubernetesProvider) -> None:
    found = provider.diff(SUBJECT, inputs(), {}, inputs(name="other", version="9.2.0"))
    assert found.changes == [
        Change(path="name", kind="update", replace=True),
        Change(path="version", kind="update"),
    ]
    assert not found.delete_before_replace


def test_refresh_reads_the_record(provider: KubernetesProvider, api: FakeApi) -> None:
    assert provider.read(SUBJECT, inputs(), {}) is None
    api.answer("GET", RECORD, record())
    found = provider.read(SUBJECT, inputs(), {})
    assert found is not None
    assert found.inputs == inputs()
    api.answers.pop(("GET", RECORD))
    api.answer("GET", RECORD, record(version="8.0.0", values='{"a": 2}', repository=""))
    drifted = provider.read(SUBJECT, inputs(), {})
    assert drifted is not None
    assert drifted.inputs == inputs(version="8.0.0", values={"a": 2}, repositoryOpts={"repo": ""})


def test_deletion_waits_for_the_controllers(provider: KubernetesProvider, api: FakeApi) -> None:
    api.answer("DELETE", RECORD, record())
    api.watch(RECORDS, ("DELETED", record()))
    provider.delete(SUBJECT, inputs(), 0)
    assert len(api.sent("DELETE")) == 1
