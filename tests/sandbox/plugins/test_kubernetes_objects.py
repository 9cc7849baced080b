from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.plugins.host import Host
from sandbox.plugins.interface import InitFailed, ProviderError, Subject
from sandbox.plugins.kubernetes import applying, awaits, waiting
from sandbox.plugins.kubernetes.provider import KubernetesProvider
from sandbox.plugins.wire import UNKNOWN, Properties, Secret
from tests.support.kubernetes_api import FakeApi

CONFIGMAPS = "/api/v1/namespaces/web/configmaps"
SECRETS = "/api/v1/namespaces/web/secrets"
DEPLOYMENTS = "/apis/apps/v1/namespaces/web/deployments"


class Told(Host):
    """Keeps what the user would have been told."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def status(self, urn: str, message: str) -> None:
        del urn
        self.lines.append(message)

    def warn(self, urn: str, message: str) -> None:
        del urn
        self.lines.append(f"warning: {message}")


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    monkeypatch.setenv(applying.KIND_WAIT, "0")
    monkeypatch.setattr(applying, "KIND_POLL_SECONDS", 0)
    monkeypatch.setattr(waiting, "PAUSE_SECONDS", 0)
    return FakeApi()


@pytest.fixture
def provider(api: FakeApi) -> KubernetesProvider:
    made = KubernetesProvider()
    made.cluster.client = api.client()
    made.attach(Told())
    return made


def subject(token: str = "kubernetes:core/v1:ConfigMap", identifier: str = "") -> Subject:  # noqa: S107 a type token
    return Subject(type=token, name="res", urn=f"urn:pulumi:dev::p::{token}::res", id=identifier)


def inputs(kind: str = "ConfigMap", api_version: str = "v1", annotations: Any = None, **more: Any) -> Properties:
    metadata: Properties = {"name": "a", "namespace": "web"}
    if annotations:
        metadata["annotations"] = {f"pulumi.com/{key}": value for key, value in annotations.items()}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **more}


def live(declared: Properties, **more: Any) -> dict[str, Any]:
    metadata = {**declared["metadata"], "uid": "u1", "resourceVersion": "5", "managedFields": [{"manager": "m"}]}
    return {**declared, "metadata": metadata, **more}


def test_check_fills_in_the_namespace_and_hides_a_secrets_data(provider: KubernetesProvider) -> None:
    news = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "stringData": {"pw": "x"}}
    checked, failures = provider.check(subject("kubernetes:core/v1:Secret"), {}, news)
    assert not failures
    assert checked["metadata"] == {"name": "a", "namespace": "default"}
    assert checked["stringData"] == Secret({"pw": "x"})
    wide, _ = provider.check(subject(), {}, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}})
    assert wide["metadata"] == {"name": "a"}


@pytest.mark.parametrize(
    ("news", "told"),
    [
        ({"apiVersion": "v1", "kind": "ConfigMap"}, "metadata.name is missing"),
        ({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "a-"}}, "generateName is not served"),
        ({"apiVersion": UNKNOWN, "kind": "ConfigMap", "metadata": {"name": "a"}}, "have to be known"),
        ({"apiVersion": "v1", "kind": "ConfigMapList", "items": []}, "lists are not served"),
        (inputs(annotations={"waitFor": "Ready"}), "annotation pulumi.com/waitFor: expected"),
    ],
)
def test_check_refuses(provider: KubernetesProvider, news: Properties, told: str) -> None:
    failures = provider.check(subject(), {}, news)[1]
    assert [told in failure.reason for failure in failures] == [True]


def test_check_lets_unknown_metadata_pass(provider: KubernetesProvider) -> None:
    news = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": UNKNOWN}
    assert provider.check(subject(), {}, news) == (news, [])


def test_create_applies_with_a_manager_of_its_own(provider: KubernetesProvider, api: FakeApi) -> None:
    news = inputs(data={"a": "1"})
    api.answer("PATCH", f"{CONFIGMAPS}/a", live(news))
    identifier, outputs = provider.create(subject(), news, 0, preview=False)
    manager = outputs["__fieldManager"]
    assert identifier == "web/a"
    assert manager.startswith("pulumi-kubernetes-")
    assert "managedFields" not in outputs["metadata"]
    asked = api.sent("PATCH")[0]
    assert (asked.query["fieldManager"], asked.query["force"], asked.body) == (manager, "false", news)


def test_create_refuses_what_exists_already(provider: KubernetesProvider, api: FakeApi) -> None:
    api.answer("GET", f"{CONFIGMAPS}/a", live(inputs()))
    with pytest.raises(ProviderError, match=r"^ConfigMap web/a already exists; .*import it .*patchForce"):
        provider.create(subject(), inputs(), 0, preview=False)
    forced = inputs(annotations={"patchForce": "true"})
    api.answer("PATCH", f"{CONFIGMAPS}/a", live(forced))
    provider.create(subject(), forced, 0, preview=False)
    assert api.sent("PATCH")[0].query["force"] == "true"


def test_a_patch_takes_what_exists_and_gives_its_fields_up(provider: KubernetesProvider, api: FakeApi) -> None:
    patch = subject("kubernetes:core/v1:ConfigMapPatch")
    api.answer("GET", f"{CONFIGMAPS}/a", live(inputs()))
    api.answer("PATCH", f"{CONFIGMAPS}/a", live(inputs()))
    outputs = provider.create(patch, inputs(data={"a": "1"}), 0, preview=False)[1]
    provider.delete(patch, outputs, 0)
    given_up = api.sent("PATCH")[1]
    assert given_up.body == inputs()
    assert given_up.query["fieldManager"] == outputs["__fieldManager"]
    assert not api.sent("DELETE")


def test_an_unknown_kind_is_named_with_its_missing_crd(provider: KubernetesProvider) -> None:
    with pytest.raises(ProviderError, match=r'no matches for kind "T" in version "a\.org/v1": its CRD is missing'):
        provider.create(subject("kubernetes:a.org/v1:T"), inputs("T", "a.org/v1"), 0, preview=False)


def test_a_kind_that_appears_is_used(
    provider: KubernetesProvider, api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(applying.KIND_WAIT, "5")
    api.refuse("GET", "/apis/a.org/v1", 404, "not found")
    resources = [{"kind": "T", "name": "ts", "namespaced": True, "verbs": []}]
    api.answer("GET", "/apis/a.org/v1", {"resources": resources})
    api.answer("PATCH", "/apis/a.org/v1/namespaces/web/ts/a", live(inputs("T", "a.org/v1")))
    assert provider.create(subject("kubernetes:a.org/v1:T"), inputs("T", "a.org/v1"), 0, preview=False)[0] == "web/a"


@pytest.mark.parametrize(
    ("status", "message", "told"),
    [
        (404, 'namespaces "web" not found', r"^ConfigMap web/a: namespace web does not exist"),
        (422, "spec.x: Invalid value: topsecret", r"refuses it: spec\.x: Invalid value: \[secret\]$"),
        (401, "Unauthorized", "does not accept the credentials"),
        (
            409,
            'Apply failed with 1 conflict: conflict with "robot": .data.a',
            r'conflict with "robot": \.data\.a; give',
        ),
    ],
)
def test_refusals_in_the_servers_words(
    provider: KubernetesProvider, api: FakeApi, status: int, message: str, told: str
) -> None:
    api.refuse("PATCH", f"{CONFIGMAPS}/a", status, message)
    with pytest.raises(ProviderError, match=told):
        provider.create(subject(), inputs(data={"a": Secret("topsecret")}), 0, preview=False)


def test_what_kubectl_changed_is_taken_back(provider: KubernetesProvider, api: FakeApi) -> None:
    conflict = 'Apply failed with 2 conflicts: conflicts with "kubectl-edit": - .data.a'
    api.refuse("PATCH", f"{CONFIGMAPS}/a", 409, conflict)
    api.answer("PATCH", f"{CONFIGMAPS}/a", live(inputs()))
    provider.update(subject(), live(inputs()), inputs(), 0, preview=False)
    assert [asked.query["force"] for asked in api.sent("PATCH")] == ["false", "true"]


def test_an_update_is_of_the_object_in_the_state(provider: KubernetesProvider, api: FakeApi) -> None:
    olds = {**live(inputs()), "__fieldManager": "mine"}
    api.answer("PATCH", f"{CONFIGMAPS}/a", live(inputs()))
    outputs = provider.update(subject(), olds, inputs(), 0, preview=False)
    asked = api.sent("PATCH")[0]
    assert (asked.body["metadata"]["uid"], asked.query["fieldManager"]) == ("u1", "mine")
    assert outputs["__fieldManager"] == "mine"
    api.answers.pop(("PATCH", f"{CONFIGMAPS}/a"))
    api.refuse("PATCH", f"{CONFIGMAPS}/a", 409, "uid mismatch: no existing object was found")
    with pytest.raises(ProviderError, match=r"no longer the object in the state.*pulumi refresh"):
        provider.update(subject(), olds, inputs(), 0, preview=False)


def test_a_secrets_text_is_sent_encoded_and_its_data_stays_secret(provider: KubernetesProvider, api: FakeApi) -> None:
    news = inputs("Secret", stringData=Secret({"pw": "x"}), data=Secret({"b": "AA=="}))
    encoded = {"b": "AA==", "pw": base64.b64encode(b"x").decode()}
    api.answer("PATCH", f"{SECRETS}/a", live(inputs("Secret", data=encoded)))
    outputs = provider.create(subject("kubernetes:core/v1:Secret"), news, 0, preview=False)[1]
    assert api.sent("PATCH")[0].body["data"] == encoded
    assert "stringData" not in api.sent("PATCH")[0].body
    assert outputs["data"] == Secret(encoded)


def test_a_preview_asks_the_server_and_leaves_unknown_what_it_makes_up(
    provider: KubernetesProvider, api: FakeApi
) -> None:
    news = inputs(data={"a": "1"})
    api.answer("PATCH", f"{CONFIGMAPS}/a", live(news, added="by the server"))
    outputs = provider.create(subject(), news, 0, preview=True)[1]
    assert api.sent("PATCH")[0].query["dryRun"] == "All"
    assert outputs["added"] == "by the server"
    assert outputs["metadata"]["uid"] is UNKNOWN


def test_a_preview_with_unknown_values_asks_nobody(provider: KubernetesProvider, api: FakeApi) -> None:
    outputs = provider.create(subject(), inputs(data={"a": UNKNOWN}), 0, preview=True)[1]
    assert outputs["data"] == {"a": UNKNOWN}
    assert provider.create(subject(), {**inputs(), "metadata": UNKNOWN}, 0, preview=True)[0] == ""
    changed = provider.update(subject(), live(inputs(), status={"a": 1}), inputs(data={"a": UNKNOWN}), 0, preview=True)
    assert (changed["metadata"]["uid"], changed["status"], changed["data"]) == ("u1", {"a": 1}, {"a": UNKNOWN})
    assert not api.asked


@pytest.mark.parametrize(
    ("status", "message"),
    [(404, 'namespaces "web" not found'), (422, "field is immutable")],
)
def test_a_preview_goes_on_where_the_server_cannot_tell(
    provider: KubernetesProvider, api: FakeApi, status: int, message: str
) -> None:
    api.refuse("PATCH", f"{CONFIGMAPS}/a", status, message)
    assert provider.create(subject(), inputs(data={"a": "1"}), 0, preview=True)[1]["data"] == {"a": "1"}
    unknown = provider.create(subject("kubernetes:a.org/v1:T"), inputs("T", "a.org/v1"), 0, preview=True)
    assert unknown[0] == "web/a"


def test_a_preview_shows_what_the_server_would_refuse(provider: KubernetesProvider, api: FakeApi) -> None:
    api.refuse("PATCH", f"{CONFIGMAPS}/a", 422, "spec.x: Required value")
    with pytest.raises(ProviderError, match="Required value"):
        provider.create(subject(), inputs(), 0, preview=True)


def test_refresh_shows_drift_only(provider: KubernetesProvider, api: FakeApi) -> None:
    declared = inputs(data={"a": "1", "s": Secret("x")})
    api.answer("GET", f"{CONFIGMAPS}/a", live(inputs(data={"a": "9", "s": "y", "other": "z"})))
    found = provider.read(subject(identifier="web/a"), declared, {"__fieldManager": "mine"})
    assert found is not None
    assert found.inputs == inputs(data={"a": "9", "s": Secret("y")})
    assert found.outputs["data"] == {"a": "9", "s": Secret("y"), "other": "z"}
    assert found.outputs["__fieldManager"] == "mine"


def test_refresh_of_what_is_gone(provider: KubernetesProvider) -> None:
    assert provider.read(subject(identifier="web/a"), inputs(), {}) is None
    assert provider.read(subject("kubernetes:a.org/v1:T"), inputs("T", "a.org/v1"), {}) is None


def test_an_import_and_a_lookup_go_by_type_and_id(provider: KubernetesProvider, api: FakeApi) -> None:
    api.answer("GET", f"{CONFIGMAPS}/a", live(inputs(data={"a": "1"})))
    imported = provider.read(subject(identifier="web/a"), {}, {})
    assert imported is not None
    assert imported.inputs == inputs(data={"a": "1"})
    assert "__fieldManager" in imported.outputs
    found = provider.read(subject(identifier="web/a"), {}, {"apiVersion": "v1", "kind": "ConfigMap"})
    assert found is not None
    assert "__fieldManager" not in found.outputs


def deployment(available: int, **metadata: Any) -> dict[str, Any]:
    status = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": available}
    found = live(inputs("Deployment", "apps/v1", spec={"replicas": 1, "selector": {"matchLabels": {"a": "b"}}}))
    return {**found, "metadata": {**found["metadata"], "generation": 1, **metadata}, "status": status}


DEPLOYMENT = subject("kubernetes:apps/v1:Deployment", "web/a")


def test_a_rollout_is_watched_until_it_is_done(provider: KubernetesProvider, api: FakeApi) -> None:
    api.answer("PATCH", f"{DEPLOYMENTS}/a", deployment(0))
    api.watch(DEPLOYMENTS, ("ADDED", deployment(0)), ("MODIFIED", deployment(1)))
    outputs = provider.create(DEPLOYMENT, inputs("Deployment", "apps/v1"), 0, preview=False)[1]
    assert outputs["status"]["availableReplicas"] == 1
    assert isinstance(provider.cluster.host, Told)
    assert provider.cluster.host.lines == ["waiting: 0 of 1 pods are available", ""]


def test_what_does_not_get_ready_is_kept_with_its_reasons(provider: KubernetesProvider, api: FakeApi) -> None:
    api.answer("PATCH", f"{DEPLOYMENTS}/a", deployment(0))
    api.watch(DEPLOYMENTS, ("ADDED", deployment(0)))
    crash = {"name": "c", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
    api.answer("GET", "/api/v1", {"resources": [{"kind": "Pod", "name": "pods", "namespaced": True, "verbs": []}]})
    pod = {"metadata": {"name": "p"}, "status": {"containerStatuses": [crash]}}
    api.answer("GET", "/api/v1/namespaces/web/pods", {"items": [pod]})
    api.answers["GET", "/api/v1"].pop(0)
    news = inputs("Deployment", "apps/v1")
    with pytest.raises(InitFailed) as caught:
        provider.create(DEPLOYMENT, news, 0.05, preview=False)
    assert caught.value.id == "web/a"
    assert caught.value.inputs == news
    assert list(caught.value.reasons) == [
        "Deployment web/a: not ready after 0 s: 0 of 1 pods are available",
        "Deployment web/a: pod p, container c: CrashLoopBackOff",
    ]


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ({"phase": "Busy"}, []),
        (
            {"phase": "Broken", "conditions": [{"type": "SyncError", "message": "the chart\ncannot be had"}]},
            ["Deployment web/a: its last word: the chart cannot be had"],
        ),
    ],
)
def test_what_the_program_waits_for_in_vain_is_told_with_the_controllers_last_word(
    provider: KubernetesProvider, api: FakeApi, status: dict[str, Any], word: list[str]
) -> None:
    news = inputs("Deployment", "apps/v1", {"waitFor": "jsonpath={.status.phase}=Done"})
    api.answer("PATCH", f"{DEPLOYMENTS}/a", live(news, status=status))
    api.watch(DEPLOYMENTS, ("ADDED", live(news, status=status)))
    with pytest.raises(InitFailed) as caught:
        provider.create(DEPLOYMENT, news, 0.05, preview=False)
    waited = f"Deployment web/a: not ready after 0 s: {{.status.phase}} is {status['phase']}, expected Done"
    assert list(caught.value.reasons) == [waited, *word]


def test_what_is_deleted_meanwhile_is_not_waited_for(provider: KubernetesProvider, api: FakeApi) -> None:
    api.answer("PATCH", f"{DEPLOYMENTS}/a", deployment(0))
    api.watch(DEPLOYMENTS, ("DELETED", deployment(0)))
    with pytest.raises(InitFailed, match="it was deleted while it was waited for"):
        provider.create(DEPLOYMENT, inputs("Deployment", "apps/v1"), 0, preview=False)


SERVICE = subject("kubernetes:core/v1:Service", "web/a")
SLICES = "/apis/discovery.k8s.io/v1/namespaces/web/endpointslices"


def endpoint(*, ready: bool) -> dict[str, Any]:
    return {"metadata": {"name": "a-1"}, "endpoints": [{"conditions": {"ready": ready}}]}


@pytest.fixture
def services(api: FakeApi) -> str:
    service = {"kind": "Service", "name": "services", "namespaced": True, "verbs": []}
    api.answers["GET", "/api/v1"].clear()
    api.answer("GET", "/api/v1", {"resources": [service]})
    slices = {"kind": "EndpointSlice", "name": "endpointslices", "namespaced": True, "verbs": []}
    api.answer("GET", "/apis/discovery.k8s.io/v1", {"resources": [slices]})
    return "/api/v1/namespaces/web/services/a"


def test_a_service_waits_for_the_pods_that_it_selects(
    provider: KubernetesProvider, api: FakeApi, services: str
) -> None:
    news = inputs("Service", spec={"selector": {"a": "b"}})
    api.answer("PATCH", services, live(news))
    api.watch(SLICES, ("ADDED", endpoint(ready=False)), ("MODIFIED", endpoint(ready=True)))
    provider.create(SERVICE, news, 0, preview=False)
    assert api.asked[-1].query["labelSelector"] == "kubernetes.io/service-name=a"
    api.answers["WATCH", SLICES].clear()
    api.watch(SLICES, ("ADDED", endpoint(ready=False)))
    with pytest.raises(InitFailed, match="1 of the pods it selects are not ready"):
        provider.create(SERVICE, news, 0.05, preview=False)


@pytest.mark.parametrize(
    "spec", [{}, {"selector": {"a": "b"}, "clusterIP": "None"}, {"type": "ExternalName", "externalName": "x"}]
)
def test_other_services_wait_for_no_pods(
    provider: KubernetesProvider, api: FakeApi, services: str, spec: Properties
) -> None:
    news = inputs("Service", spec=spec)
    api.answer("PATCH", services, live(news))
    provider.create(SERVICE, news, 0, preview=False)
    assert not [asked for asked in api.asked if "watch" in asked.query]


def test_a_load_balancer_needs_an_address(provider: KubernetesProvider, api: FakeApi, services: str) -> None:
    news = inputs("Service", spec={"type": "LoadBalancer"})
    api.answer("PATCH", services, live(news))
    api.watch("/api/v1/namespaces/web/services", ("ADDED", live(news)))
    with pytest.raises(InitFailed, match="no load balancer has given it an address"):
        provider.create(SERVICE, news, 0.05, preview=False)


def test_refresh_says_what_is_not_ready(provider: KubernetesProvider, api: FakeApi) -> None:
    api.answer("GET", f"{DEPLOYMENTS}/a", deployment(0))
    with pytest.raises(InitFailed, match="0 of 1 pods are available"):
        provider.read(DEPLOYMENT, inputs("Deployment", "apps/v1"), {})


def test_a_wait_can_be_skipped(provider: KubernetesProvider, api: FakeApi) -> None:
    api.answer("PATCH", f"{DEPLOYMENTS}/a", deployment(0))
    skipped = inputs("Deployment", "apps/v1", annotations={"skipAwait": "true"})
    provider.create(DEPLOYMENT, skipped, 0, preview=False)
    assert not [asked for asked in api.asked if "watch" in asked.query]


def test_a_wait_ends_when_the_engine_cancels(provider: KubernetesProvider, api: FakeApi) -> None:
    api.answer("PATCH", f"{DEPLOYMENTS}/a", deployment(0))
    provider.cancel()
    with pytest.raises(InitFailed, match="the wait was cancelled"):
        provider.create(DEPLOYMENT, inputs("Deployment", "apps/v1"), 0, preview=False)


def test_a_deletion_is_watched_until_the_object_is_gone(provider: KubernetesProvider, api: FakeApi) -> None:
    going = live(inputs())
    api.answer("DELETE", f"{CONFIGMAPS}/a", going)
    api.watch(CONFIGMAPS, ("MODIFIED", going), ("DELETED", going))
    provider.delete(subject(identifier="web/a"), inputs(), 0)
    assert api.sent("DELETE")[0].body == {"propagationPolicy": "Foreground"}
    assert api.asked[-1].query["resourceVersion"] == "5"


@pytest.mark.parametrize("policy", ["Background", "orphan"])
def test_how_a_deletion_spreads_is_annotated(provider: KubernetesProvider, api: FakeApi, policy: str) -> None:
    api.answer("DELETE", f"{CONFIGMAPS}/a", {"kind": "Status"})
    provider.delete(subject(), inputs(annotations={"deletionPropagationPolicy": policy}), 0)
    assert api.sent("DELETE")[0].body == {"propagationPolicy": policy.capitalize()}


def test_what_is_gone_already_needs_no_deletion(provider: KubernetesProvider) -> None:
    provider.delete(subject(), inputs(), 0)
    provider.delete(subject("kubernetes:a.org/v1:T"), inputs("T", "a.org/v1"), 0)


def test_a_deletion_that_hangs_names_the_finalizers(provider: KubernetesProvider, api: FakeApi) -> None:
    stuck = live(inputs())
    stuck["metadata"]["finalizers"] = ["x/y"]
    api.answer("DELETE", f"{CONFIGMAPS}/a", stuck)
    api.answer("GET", f"{CONFIGMAPS}/a", stuck)
    with pytest.raises(ProviderError, match=r"^ConfigMap web/a: not gone after 0\.05 s: finalizers keep it: x/y$"):
        provider.delete(subject(), inputs(), 0.05)


Call = Callable[[KubernetesProvider], Any]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda provider: provider.invoke("kubernetes:x:y", {}), "answers no lookups"),
        (lambda provider: provider.parameterize("x", "1"), "takes no parameters"),
        (lambda provider: provider.delete(subject("kubernetes:yaml:Group"), inputs(), 0), "serves types of the form"),
    ],
)
def test_what_is_not_served(provider: KubernetesProvider, call: Call, told: str) -> None:
    with pytest.raises(ProviderError, match=told):
        call(provider)


def test_a_provider_without_kubeconfig_previews_only(provider: KubernetesProvider) -> None:
    provider.cluster.client = None
    assert provider.create(subject(), inputs(), 0, preview=True)[0] == "web/a"
    with pytest.raises(ProviderError, match="kubeconfig is not known"):
        provider.create(subject(), inputs(), 0, preview=False)


JOBS = "/apis/batch/v1/namespaces/web/jobs"
JOB = subject("kubernetes:batch/v1:Job", "web/a")


@pytest.fixture
def jobs(api: FakeApi) -> str:
    job = {"kind": "Job", "name": "jobs", "namespaced": True, "verbs": []}
    api.answer("GET", "/apis/batch/v1", {"resources": [job]})
    return f"{JOBS}/a"


def job(image: str, **annotations: str) -> Properties:
    return inputs("Job", "batch/v1", annotations, spec={"template": {"spec": {"containers": [{"image": image}]}}})


@pytest.mark.parametrize("annotations", [{}, {"skipAwait": "true"}])
def test_another_template_of_a_job_replaces_it(provider: KubernetesProvider, annotations: dict[str, str]) -> None:
    found = provider.diff(JOB, job("a:1", **annotations), {}, job("a:2", **annotations))
    assert [change.path for change in found.changes if change.replace] == ["spec.template.spec.containers[0].image"]
    assert found.delete_before_replace


def test_what_replaces_an_object_waits_until_that_is_gone(
    provider: KubernetesProvider, api: FakeApi, jobs: str
) -> None:
    """The end of one that says `skipAwait` was not waited for."""
    news = job("a:2", skipAwait="true")
    goes = live(job("a:1", skipAwait="true"))
    goes["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    api.answer("GET", jobs, goes)
    api.refuse("GET", jobs, 404, "not found")
    api.answer("PATCH", jobs, live(news))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(applying.KIND_WAIT, "30")
        provider.create(JOB, news, 0, preview=False)
    assert [asked.method for asked in api.asked if asked.path == jobs] == ["GET", "GET", "PATCH"]


@pytest.mark.parametrize(
    ("status", "replaced"),
    [
        ({}, True),
        ({"conditions": [{"type": "Failed", "status": "True"}]}, True),
        ({"conditions": [{"type": "Complete", "status": "True"}]}, False),
    ],
)
def test_a_job_that_is_not_ready_is_replaced_if_it_says_so(
    provider: KubernetesProvider, api: FakeApi, jobs: str, status: Properties, replaced: bool
) -> None:
    news = job("a:1", replaceUnready="true")
    api.answer("GET", jobs, live(news, status=status))
    found = provider.diff(JOB, news, {}, news)
    assert bool(found.changes) is replaced
    assert found.delete_before_replace is replaced
    assert not provider.diff(JOB, job("a:1"), {}, job("a:1")).changes, "nobody asked for it"


def test_only_jobs_can_be_replaced_for_not_being_ready(provider: KubernetesProvider) -> None:
    news = inputs("Deployment", "apps/v1", annotations={"replaceUnready": "true"})
    assert not provider.diff(DEPLOYMENT, news, {}, news).changes
    told = provider.cluster.host
    assert isinstance(told, Told)
    assert told.lines == ["warning: pulumi.com/replaceUnready has no effect: it is for Jobs only"]


def test_a_patch_of_somebody_elses_object_never_replaces_it(provider: KubernetesProvider) -> None:
    patch = subject("kubernetes:core/v1:ConfigMapPatch", "web/a")
    found = provider.diff(patch, inputs(data={"a": "1"}), {}, inputs(data={"a": "2"}))
    assert [change.replace for change in found.changes] == [False]


def test_a_conflict_passes_the_preview_and_fails_the_update(provider: KubernetesProvider, api: FakeApi) -> None:
    news = inputs(data={"a": "2"})
    api.refuse("PATCH", f"{CONFIGMAPS}/a", 409, 'conflict with "argocd": .data.a', "Conflict")
    api.answer("PATCH", f"{CONFIGMAPS}/a", live(news))
    provider.update(subject(), live(inputs(data={"a": "1"})), news, 0, preview=True)
    assert [asked.query.get("force") for asked in api.sent("PATCH")] == ["false", "true"]
    assert all(asked.query["dryRun"] == "All" for asked in api.sent("PATCH"))
    api.answers["PATCH", f"{CONFIGMAPS}/a"].clear()
    api.refuse("PATCH", f"{CONFIGMAPS}/a", 409, 'conflict with "argocd": .data.a', "Conflict")
    with pytest.raises(ProviderError, match="another field manager owns what this program sets"):
        provider.update(subject(), live(inputs(data={"a": "1"})), news, 0, preview=False)


@pytest.mark.parametrize("preview", [True, False])
def test_a_field_that_the_server_does_not_know_is_refused(
    provider: KubernetesProvider, api: FakeApi, preview: bool
) -> None:
    """The published plugin creates built-in kinds without it, in silence."""
    api.refuse(
        "PATCH", f"{CONFIGMAPS}/a", 500, "failed to create typed patch object: .dta: field not declared in schema"
    )
    with pytest.raises(ProviderError, match=r"the API server refuses it: .*\.dta: field not declared in schema"):
        provider.create(subject(), inputs(dta={"a": "1"}), 0, preview=preview)


def test_a_wait_for_readiness_alone_can_be_skipped(provider: KubernetesProvider, api: FakeApi) -> None:
    """The end of such an object is waited for all the same."""
    skipped = inputs("Deployment", "apps/v1", annotations={"skipAwait": "ready"})
    api.answer("PATCH", f"{DEPLOYMENTS}/a", {**deployment(0), "metadata": live(skipped)["metadata"]})
    provider.create(DEPLOYMENT, skipped, 0, preview=False)
    assert not [asked for asked in api.asked if "watch" in asked.query]
    api.answer("DELETE", f"{DEPLOYMENTS}/a", live(skipped))
    api.watch(DEPLOYMENTS, ("DELETED", live(skipped)))
    provider.delete(DEPLOYMENT, live(skipped), 0)
    assert [asked for asked in api.asked if "watch" in asked.query]


def test_refresh_says_which_service_is_not_ready(provider: KubernetesProvider, api: FakeApi, services: str) -> None:
    declared = inputs("Service", spec={"selector": {"a": "b"}})
    api.answer("GET", services, live(declared))
    api.answer("GET", SLICES, {"items": [endpoint(ready=False)]})
    with pytest.raises(InitFailed, match="1 of the pods it selects are not ready"):
        provider.read(SERVICE, declared, {})
    balanced = inputs("Service", spec={"type": "LoadBalancer"})
    api.answers["GET", services].clear()
    api.answer("GET", services, live(balanced))
    with pytest.raises(InitFailed, match="no load balancer has given it an address"):
        provider.read(SERVICE, balanced, {})


def test_a_service_is_waited_for_ten_minutes_unless_it_says_otherwise() -> None:
    assert awaits.SECONDS.get("Service", awaits.DEFAULT_SECONDS) == 600
    assert awaits.seconds_of(inputs("Service", annotations={"timeoutSeconds": "5"}), 0, 600) == 5
