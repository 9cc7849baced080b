"""What the simulated operator makes of a Prometheus: what others rely on, and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox import kube
from sandbox.controllers import references
from sandbox.controllers.prometheus_operator.operator import PrometheusOperator
from tests.sandbox.controllers.prometheus_operator.conftest import (
    conditions,
    configuration,
    events,
    prometheus,
    rules,
    settle,
)
from tests.sandbox.controllers.world import SPACE, World, thing

CLASS = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "local"}, "provisioner": "x"}
CLAIM = {"storageClassName": "local", "resources": {"requests": {"storage": "20Gi"}}}
STORAGE = {"volumeClaimTemplate": {"spec": CLAIM}}
BUCKET = {"objectStorageConfig": {"name": "bucket", "key": "bucket.yaml"}}
CONTEXT = {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}}


def pod(world: World) -> Any:
    return world.the("StatefulSet", "prometheus-main")["spec"]["template"]["spec"]


def container(world: World, name: str) -> Any:
    return next(item for item in pod(world)["containers"] if item["name"] == name)


def test_its_pods_are_known_by_the_labels_that_others_select(operator: PrometheusOperator, world: World) -> None:
    prometheus(world, version="v3.7.3", replicas=2)
    settle(operator, world)
    spec = world.the("StatefulSet", "prometheus-main")["spec"]
    labels = spec["template"]["metadata"]["labels"]
    assert labels["app.kubernetes.io/name"] == "prometheus"
    assert labels["app.kubernetes.io/instance"] == "main"
    assert labels["app.kubernetes.io/version"] == "3.7.3"
    assert spec["selector"]["matchLabels"].items() <= labels.items()
    assert (spec["replicas"], spec["serviceName"]) == (2, "prometheus-operated")


def test_the_service_leads_to_ports_that_the_pods_have(operator: PrometheusOperator, world: World) -> None:
    prometheus(world, thanos={})
    settle(operator, world)
    spec = world.the("Service", "prometheus-operated")["spec"]
    declared = {port["name"]: port["containerPort"] for item in pod(world)["containers"] for port in item["ports"]}
    assert {port["targetPort"]: port["port"] for port in spec["ports"]} == {"web": 9090, "grpc": 10901}
    assert all(declared[port["targetPort"]] == port["port"] for port in spec["ports"])
    assert spec["clusterIP"] == "None"
    prometheus(world, thanos=None)
    settle(operator, world)
    assert [port["name"] for port in world.the("Service", "prometheus-operated")["spec"]["ports"]] == ["web"]


def test_everything_that_its_pods_refer_to_is_there(operator: PrometheusOperator, world: World) -> None:
    world.secret("bucket", **{"bucket.yaml": "type: S3"})
    prometheus(world, thanos=BUCKET)
    settle(operator, world)
    for reference in references.of_pod(pod(world)):
        found = world.the(reference.kind, reference.name)
        assert reference.key is None or reference.key in found["data"]
    mounted = {
        mount["name"]
        for part in ("initContainers", "containers")
        for item in pod(world)[part]
        for mount in item["volumeMounts"]
    }
    assert mounted <= {volume["name"] for volume in pod(world)["volumes"]}


def test_the_pod_is_as_secure_as_the_spec_says_and_its_containers_always_are(
    operator: PrometheusOperator, world: World
) -> None:
    prometheus(world, securityContext=CONTEXT, thanos={}, serviceAccountName="prometheus")
    settle(operator, world)
    assert (pod(world)["securityContext"], pod(world)["serviceAccountName"]) == (CONTEXT, "prometheus")
    for item in (*pod(world)["initContainers"], *pod(world)["containers"]):
        assert item["securityContext"]["readOnlyRootFilesystem"]
        assert item["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_a_pod_of_which_the_spec_says_nothing_may_do_anything(operator: PrometheusOperator, world: World) -> None:
    prometheus(world)
    settle(operator, world)
    assert "securityContext" not in pod(world)


def test_a_sidecar_that_uploads_shares_the_data_and_stops_prometheus_from_merging_blocks(
    operator: PrometheusOperator, world: World
) -> None:
    prometheus(world, thanos=BUCKET, storage=STORAGE)
    world.have(CLASS)
    settle(operator, world)
    sidecar, server = container(world, "thanos-sidecar"), container(world, "prometheus")
    data = [
        next(mount for mount in item["volumeMounts"] if mount["mountPath"] == "/prometheus")
        for item in (sidecar, server)
    ]
    assert data[0] == data[1]
    assert data[0]["name"] == "prometheus-main-db"
    assert {"--objstore.config=$(OBJSTORE_CONFIG)", "--tsdb.path=/prometheus"} <= set(sidecar["args"])
    (variable,) = sidecar["env"]
    assert variable["valueFrom"]["secretKeyRef"] == BUCKET["objectStorageConfig"]
    assert {f"--storage.tsdb.{end}-block-duration=2h" for end in ("min", "max")} <= set(server["args"])


def test_without_a_bucket_prometheus_merges_its_blocks_itself(operator: PrometheusOperator, world: World) -> None:
    prometheus(world, thanos={})
    settle(operator, world)
    assert not [item for item in container(world, "prometheus")["args"] if "block-duration" in item]


def test_images_are_the_specs_or_the_operators_own(operator: PrometheusOperator, world: World) -> None:
    prometheus(world, image="mirror/prometheus:v3.7.3", thanos={"image": "mirror/thanos:v1"})
    settle(operator, world)
    images = {item["name"]: item["image"] for item in pod(world)["containers"]}
    assert images["prometheus"] == "mirror/prometheus:v3.7.3"
    assert images["thanos-sidecar"] == "mirror/thanos:v1"
    assert images["config-reloader"] == "quay.io/prometheus-operator/prometheus-config-reloader:v0.86.2"
    prometheus(world, image=None, version="v3.7.3", thanos={"image": None})
    settle(operator, world)
    assert container(world, "prometheus")["image"] == "quay.io/prometheus/prometheus:v3.7.3"
    assert container(world, "thanos-sidecar")["image"] == "quay.io/thanos/thanos:v0.40.1"


def test_what_is_kept_is_said_in_the_arguments(operator: PrometheusOperator, world: World) -> None:
    prometheus(world, retention="7d", retentionSize="16GB", walCompression=True)
    settle(operator, world)
    wanted = {
        "--storage.tsdb.retention.time=7d",
        "--storage.tsdb.retention.size=16GB",
        "--storage.tsdb.wal-compression",
    }
    assert wanted <= set(container(world, "prometheus")["args"])
    prometheus(world, retention=None, retentionSize=None)
    settle(operator, world)
    assert "--storage.tsdb.retention.time=24h" in container(world, "prometheus")["args"]


def test_data_is_in_a_claim_of_the_pod_or_goes_with_it(operator: PrometheusOperator, world: World) -> None:
    world.have(CLASS)
    prometheus(world, storage=STORAGE)
    settle(operator, world)
    (template,) = world.the("StatefulSet", "prometheus-main")["spec"]["volumeClaimTemplates"]
    assert template["metadata"]["name"] == "prometheus-main-db"
    assert template["spec"] == {"accessModes": ["ReadWriteOnce"], **CLAIM}
    assert "prometheus-main-db" not in {volume["name"] for volume in pod(world)["volumes"]}
    prometheus(world, storage=None)
    settle(operator, world)
    assert {"name": "prometheus-main-db", "emptyDir": {}} in pod(world)["volumes"]


def test_what_it_makes_goes_with_it(operator: PrometheusOperator, world: World) -> None:
    prometheus(world)
    settle(operator, world)
    for kind, name in (
        ("StatefulSet", "prometheus-main"),
        ("Secret", "prometheus-main"),
        ("Service", "prometheus-operated"),
    ):
        (owner,) = world.the(kind, name)["metadata"]["ownerReferences"]
        assert (owner["kind"], owner["name"]) == ("Prometheus", "main")


def test_it_is_available_when_its_pods_are_ready(operator: PrometheusOperator, world: World) -> None:
    prometheus(world, replicas=2)
    operator.reconcile(f"Prometheus/{SPACE}/main")
    assert conditions(world, "Prometheus")["Available"] == ("False", "")
    settle(operator, world)
    assert conditions(world, "Prometheus")["Available"] == ("Degraded", "")
    prometheus(world, replicas=1)
    settle(operator, world)
    status = world.the("Prometheus", "main")["status"]
    assert conditions(world, "Prometheus") == {"Available": ("True", ""), "Reconciled": ("True", "")}
    assert (status["replicas"], status["availableReplicas"], status["unavailableReplicas"]) == (1, 1, 0)


def test_a_pod_that_waits_says_why(operator: PrometheusOperator, world: World) -> None:
    prometheus(world)
    settle(operator, world)
    waiting = {"type": "PodScheduled", "status": "False", "message": "no node"}
    pod = world.the("Pod", "prometheus-main-0")
    world.have({**pod, "status": {"phase": "Pending", "conditions": [waiting]}})
    operator.reconcile(f"Prometheus/{SPACE}/main")
    assert conditions(world, "Prometheus")["Available"] == ("False", "pod prometheus-main-0: no node")


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"storage": STORAGE}, 'storage class "local" does not exist'),
        (
            {"remoteWrite": [{"url": "http://bridge", "basicAuth": {"username": {"name": "x", "key": "y"}}}]},
            'remote write 0: basicAuth: failed to get basic auth username: unable to get secret "x"',
        ),
        (
            {"remoteWrite": [{"url": "http://x", "writeRelabelConfigs": [{"action": "hashmod", "targetLabel": "a"}]}]},
            "remote write 0: writeRelabelConfigs: [0]: relabel configuration for hashmod requires non-zero modulus",
        ),
        ({"scrapeInterval": "15s", "scrapeTimeout": "30s"}, 'scrapeTimeout "30s" greater than scrapeInterval "15s"'),
        ({"scrapeInterval": "a while", "scrapeTimeout": "1s"}, 'not a valid duration string: "a while"'),
        (
            {"ruleSelector": {"matchExpressions": [{"key": "a", "operator": "Has"}]}},
            '"Has" is not a valid label selector operator',
        ),
        (
            {"serviceMonitorSelector": {"matchExpressions": [{"key": "a", "operator": "In"}]}},
            "values set can't be empty for operator In of key a",
        ),
        ({"additionalArgs": [{"name": "config.file", "value": "x"}]}, "can't set arguments which are already managed"),
        ({"shards": 2}, "spec.shards: not known to the sandbox's operator"),
        ({"thanos": {"minTime": "1h"}}, "spec.thanos.minTime: not known to the sandbox's operator"),
    ],
)
def test_what_it_cannot_bring_about_it_says_on_the_object(
    operator: PrometheusOperator, world: World, spec: dict[str, Any], problem: str
) -> None:
    prometheus(world, **spec)
    settle(operator, world)
    status, message = conditions(world, "Prometheus")["Reconciled"]
    assert status == "False"
    assert message.startswith(problem)
    assert world.named("StatefulSet") == []


def test_it_goes_on_once_what_was_missing_is_there(operator: PrometheusOperator, world: World) -> None:
    prometheus(world, storage=STORAGE)
    assert operator.reconcile(f"Prometheus/{SPACE}/main") is not None
    world.have(CLASS)
    settle(operator, world)
    assert conditions(world, "Prometheus")["Reconciled"] == ("True", "")


def test_nothing_happens_without_an_operator(operator: PrometheusOperator, world: World) -> None:
    name = "prometheus-operator-kube-p-operator"
    world.have({**world.objects["Deployment", "temporis", name], "status": {"readyReplicas": 0}})
    prometheus(world)
    settle(operator, world)
    assert world.named("StatefulSet") == []


def test_nothing_happens_to_one_that_is_paused(operator: PrometheusOperator, world: World) -> None:
    prometheus(world, paused=True)
    settle(operator, world)
    assert world.named("StatefulSet") == []
    assert world.the("Prometheus", "main")["status"]["paused"] is True


def test_a_quiet_world_is_left_alone(operator: PrometheusOperator, world: World) -> None:
    world.have(rules())
    prometheus(world, thanos={})
    settle(operator, world)
    before = json.dumps(list(world.objects.values()), sort_keys=True)
    operator.reconcile(f"Prometheus/{SPACE}/main")
    assert json.dumps(list(world.objects.values()), sort_keys=True) == before


def test_what_cannot_be_changed_is_made_anew(
    operator: PrometheusOperator, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    prometheus(world)
    settle(operator, world)

    def refuse(obj: Any, *_given: Any, **_more: Any) -> Any:
        if obj["kind"] == "StatefulSet":
            raise kube.ApiError(422, "updates to statefulset spec are forbidden", "Invalid")
        return world.have(obj)

    monkeypatch.setattr(world, "apply", refuse)
    prometheus(world, replicas=2)
    operator.reconcile(f"Prometheus/{SPACE}/main")
    assert world.named("StatefulSet") == []


def test_rules_become_files_that_the_configuration_names(operator: PrometheusOperator, world: World) -> None:
    world.have(rules("one"))
    world.have(rules("two", expr="vector(1)"))
    prometheus(world)
    settle(operator, world)
    (name,) = [found for found in world.named("ConfigMap") if "rulefiles" in found]
    texts = world.the("ConfigMap", name)["data"].values()
    assert {json.loads(text)["groups"][0]["rules"][0]["expr"] for text in texts} == {"up == 0", "vector(1)"}
    assert configuration(world)["rule_files"] == [f"/etc/prometheus/rules/{name}/*.yaml"]
    assert f"/etc/prometheus/rules/{name}" in {
        mount["mountPath"] for mount in container(world, "prometheus")["volumeMounts"]
    }


def test_a_rule_that_goes_takes_its_file_along(operator: PrometheusOperator, world: World) -> None:
    world.have(rules("one"))
    world.have(rules("two"))
    prometheus(world)
    settle(operator, world)
    world.delete("monitoring.coreos.com/v1", "PrometheusRule", "two", SPACE)
    # A merge in this world keeps keys that an apply in a real one takes away.
    world.objects.pop(("ConfigMap", SPACE, "prometheus-main-rulefiles-0"))
    settle(operator, world)
    (file,) = world.the("ConfigMap", "prometheus-main-rulefiles-0")["data"]
    assert file.startswith(f"{SPACE}-one-")


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"expr": "up == (0"}, "unclosed ("),
        ({"expr": 'up{job="a} == 0'}, "unterminated quoted string"),
        ({"expr": "up]"}, "unexpected ]"),
        ({"expr": "  "}, "field 'expr' must be set in rule"),
        ({"for": "soon"}, 'not a valid duration string: "soon"'),
        ({"labels": {"bad-label": "x"}}, "invalid label name: bad-label"),
        ({"record": "a:b"}, "only one of 'record' and 'alert' must be set"),
        ({"alert": None, "for": None}, "one of 'record' or 'alert' must be set"),
        ({"alert": None, "record": "a b", "for": None}, "invalid recording rule name: a b"),
        ({"alert": None, "record": "a:b"}, "invalid field in recording rule"),
    ],
)
def test_a_rule_that_cannot_be_read_takes_no_other_along(
    operator: PrometheusOperator, world: World, rule: dict[str, Any], problem: str
) -> None:
    world.have(rules("bad", **rule))
    world.have(rules("good"))
    prometheus(world)
    settle(operator, world)
    assert problem in events(world)["PrometheusRule bad"]
    (file,) = world.the("ConfigMap", "prometheus-main-rulefiles-0")["data"]
    assert "good" in file
    assert conditions(world, "Prometheus")["Reconciled"] == ("True", "")


@pytest.mark.parametrize(
    "expression",
    ['up{job=~"a(b|c"}', "up{a='}'}", "sum(rate(x[5m])) # a (", 'label_replace(up, "a", "$1", "b", "(.*)")'],
)
def test_brackets_in_texts_are_none_of_the_expressions(
    operator: PrometheusOperator, world: World, expression: str
) -> None:
    world.have(rules(expr=expression))
    prometheus(world)
    settle(operator, world)
    assert events(world) == {}


def test_two_groups_of_one_name_are_refused(operator: PrometheusOperator, world: World) -> None:
    twice = rules()
    twice["spec"]["groups"] *= 2
    world.have(twice)
    prometheus(world)
    settle(operator, world)
    assert "is repeated in the same file" in events(world)["PrometheusRule rules"]


def test_external_labels_say_who_it_was(operator: PrometheusOperator, world: World) -> None:
    prometheus(world, externalLabels={"cluster": "home", "prometheus": "other"}, replicaExternalLabelName="replica")
    settle(operator, world)
    assert configuration(world)["global"]["external_labels"] == {
        "cluster": "home",
        "prometheus": f"{SPACE}/main",
        "replica": "$(POD_NAME)",
    }


def test_alerts_go_to_the_service_that_is_named(operator: PrometheusOperator, world: World) -> None:
    prometheus(world, alerting={"alertmanagers": [{"name": "alertmanager-operated", "port": "web", "namespace": "x"}]})
    settle(operator, world)
    (told,) = configuration(world)["alerting"]["alertmanagers"]
    assert told["kubernetes_sd_configs"] == [{"role": "endpoints", "namespaces": {"names": ["x"]}}]
    assert [rule["regex"] for rule in told["relabel_configs"]] == ["alertmanager-operated", "web"]


def test_what_is_written_elsewhere_is_chosen_and_signed_in(operator: PrometheusOperator, world: World) -> None:
    world.secret("login", user="bridge", password="secret")
    credentials = {"username": {"name": "login", "key": "user"}, "password": {"name": "login", "key": "password"}}
    chosen = {"sourceLabels": ["__name__"], "regex": "longterm:.*", "action": "keep"}
    write = {
        "url": "http://bridge:8080/write",
        "name": "bridge",
        "writeRelabelConfigs": [chosen],
        "basicAuth": credentials,
    }
    prometheus(world, remoteWrite=[write])
    settle(operator, world)
    (written,) = configuration(world)["remote_write"]
    assert written["write_relabel_configs"] == [
        {"source_labels": ["__name__"], "regex": "longterm:.*", "action": "keep"}
    ]
    assert written["basic_auth"] == {"username": "bridge", "password": "secret"}


def test_another_namespaces_prometheus_is_nobodys_of_here(operator: PrometheusOperator, world: World) -> None:
    world.have(thing("Prometheus", "other", "elsewhere", "monitoring.coreos.com/v1", spec={}))
    settle(operator, world)
    assert ("StatefulSet", "elsewhere", "prometheus-other") in world.objects
    assert world.named("StatefulSet") == []
