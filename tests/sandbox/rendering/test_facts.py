"""Renderings as facts, and the stand-ins against the facts that were recorded of the real charts."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.outputs import Outputs
from sandbox.rendering import comparing, package, recorded
from sandbox.rendering.comparing import Comparison, Finding
from sandbox.rendering.crds import Definitions
from sandbox.rendering.facts import Omission, by_key, differences, reduce
from sandbox.rendering.package import Package
from sandbox.rendering.render import Rendered
from sandbox.rendering.uses import Use
from tests.sandbox.rendering.conftest import packaged
from tests.support.charts import uses
from tests.support.recorder import Recording

Copier = Callable[[str], Path]
DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "d", "labels": {"any": "thing"}},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "d"}},
        "template": {
            "metadata": {"labels": {"app": "d"}},
            "spec": {
                "serviceAccountName": "d",
                "securityContext": {"runAsNonRoot": True},
                "containers": [
                    {
                        "name": "c",
                        "image": "i:1",
                        "ports": [{"name": "http", "containerPort": 80}],
                        "env": [
                            {"name": "A", "value": "1"},
                            {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
                        ],
                        "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}},
                        "volumeMounts": [{"name": "v", "mountPath": "/v"}],
                    }
                ],
                "volumes": [{"name": "v", "secret": {"secretName": "s"}}],
            },
        },
    },
}


def facts(*objects: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return by_key(reduce(Rendered(objects=objects)), "space")


def pod(obj: dict[str, Any]) -> Any:
    return obj["spec"]["template"]["spec"]


def changed(fact: str, obj: dict[str, Any]) -> dict[str, Any]:
    obj = copy.deepcopy(obj)
    container = pod(obj)["containers"][0]
    changes: dict[str, Any] = {
        "replicas": lambda: obj["spec"].update(replicas=1),
        "selector.app": lambda: obj["spec"]["selector"]["matchLabels"].update(app="e"),
        "podLabels.app": lambda: obj["spec"]["template"]["metadata"]["labels"].update(app="e"),
        "pod.serviceAccountName": lambda: pod(obj).update(serviceAccountName="e"),
        "pod.securityContext.runAsNonRoot": lambda: pod(obj)["securityContext"].update(runAsNonRoot=False),
        "pod.volumes.v.secret": lambda: pod(obj)["volumes"][0]["secret"].update(secretName="e"),
        "pod.containers.c.image": lambda: container.update(image="i:2"),
        "pod.containers.c.ports.http": lambda: container["ports"][0].update(containerPort=81),
        "pod.containers.c.env.A": lambda: container["env"][0].update(value="2"),
        "pod.containers.c.env.B": lambda: container["env"][1]["valueFrom"]["secretKeyRef"].update(key="e"),
        "pod.containers.c.readinessProbe": lambda: container["readinessProbe"]["httpGet"].update(path="/"),
        "pod.containers.c.mounts./v": lambda: container["volumeMounts"][0].update(name="w"),
    }
    changes[fact]()
    return obj


@pytest.mark.parametrize(
    "fact",
    [
        "replicas",
        "selector.app",
        "podLabels.app",
        "pod.serviceAccountName",
        "pod.securityContext.runAsNonRoot",
        "pod.volumes.v.secret",
        "pod.containers.c.image",
        "pod.containers.c.ports.http",
        "pod.containers.c.env.A",
        "pod.containers.c.env.B",
        "pod.containers.c.readinessProbe",
        "pod.containers.c.mounts./v",
    ],
)
def test_each_fact_of_a_workload_counts(fact: str) -> None:
    (found,) = differences(facts(DEPLOYMENT), facts(changed(fact, DEPLOYMENT)))
    assert (found.object, found.fact) == ("Deployment space/d", fact)
    assert found.ours != found.theirs


@pytest.mark.parametrize(
    ("ours", "theirs", "fact"),
    [
        ({"kind": "Secret", "data": {"a": ""}}, {"kind": "Secret", "data": {"b": ""}}, "keys"),
        (
            {"kind": "NetworkPolicy", "spec": {"ingress": []}},
            {"kind": "NetworkPolicy", "spec": {"ingress": [{}]}},
            "spec.ingress",
        ),
        (
            {"kind": "Service", "spec": {"ports": [{"name": "a", "port": 1}]}},
            {"kind": "Service", "spec": {"ports": [{"name": "a", "port": 2}]}},
            "ports.a.port",
        ),
        ({"kind": "Role", "rules": [{}]}, {"kind": "Role", "rules": [{}, {}]}, "rules"),
    ],
)
def test_each_fact_of_other_kinds_counts(ours: dict[str, Any], theirs: dict[str, Any], fact: str) -> None:
    meta = {"metadata": {"name": "x"}}
    (found,) = differences(facts({**ours, **meta}), facts({**theirs, **meta}))
    assert found.fact == fact


def test_what_is_missing_on_either_side_is_a_difference_unless_it_is_left_out_on_purpose() -> None:
    there = facts(DEPLOYMENT)
    assert [(item.object, item.ours, item.theirs) for item in differences(there, {})] == [
        ("Deployment space/d", "there", "not there")
    ]
    omission = Omission(kind="Deployment", name="d", why="for the test")
    assert differences({}, there, [omission]) == []
    assert differences(there, {}, [omission]) != []
    assert differences({}, there, [replace(omission, name="e")]) != []


@pytest.mark.parametrize("stand_in", package.stand_ins(), ids=lambda found: found.name)
def test_a_stand_in_is_like_what_was_recorded_of_its_chart(stand_in: Package, definitions: Definitions) -> None:
    assert list(Comparison(definitions=definitions).recorded(stand_in)) == []


def test_enough_was_recorded_to_say_so() -> None:
    found = [recorded.load(stand_in) for stand_in in package.stand_ins()]
    kinds = {key.partition(" ")[0] for item in found if item for key in item.objects}
    assert kinds >= {"Deployment", "StatefulSet", "Job", "Service", "Secret", "StorageClass", "PodDisruptionBudget"}
    assert all(item.why for known in found if known for item in known.leaves_out)


@pytest.fixture(scope="session")
def used(homelab: Recording[Outputs]) -> list[Use]:
    """The charts of the committed stack, as the program uses them."""
    return [use for found in uses(homelab).values() for use in found]


def said(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(item.chart, item.difference.object, item.difference.fact) for item in findings]


def test_the_stand_ins_know_what_the_program_sets(used: list[Use], definitions: Definitions) -> None:
    assert list(Comparison(definitions=definitions).of_all(used)) == []


def test_a_stand_in_of_another_version_than_the_pin_is_found(used: list[Use], definitions: Definitions) -> None:
    newer = [replace(use, version="38.0.0") if use.chart == "traefik" else use for use in used]
    (found,) = Comparison(definitions=definitions).of_all(newer)
    assert (found.chart, found.difference.theirs) == ("traefik", "traefik 38.0.0")
    assert "the sandbox's stand-in is of 37.4.0" in found.difference.ours


def test_a_stand_in_that_nobody_uses_is_found(used: list[Use], definitions: Definitions) -> None:
    fewer = [use for use in used if use.chart != "connect"]
    assert said(list(Comparison(definitions=definitions).of_all(fewer))) == [("connect", "", "")]


def test_an_altered_package_and_its_values_are_found(
    used: list[Use], definitions: Definitions, tmp_path: Path, stand_in: Copier
) -> None:
    packages = tmp_path / "packages"
    altered = stand_in("connect")
    operator = altered / "templates" / "operator.yaml"
    operator.write_text(operator.read_text().replace("drop: [all]", "drop: [ALL]"))
    values = altered / "values.yaml"
    values.write_text(values.read_text().replace("  pollingInterval: 600\n", ""))
    packaged(altered, packages)
    connect = [use for use in used if use.chart == "connect"]
    findings = [
        item
        for item in Comparison(definitions=definitions, packages=packages).of_all(connect)
        if item.chart == "connect"
    ]
    context = "pod.containers.onepassword-connect.securityContext.capabilities.drop"
    assert said(findings)[0] == ("connect", "", "value operator.pollingInterval")
    assert ("connect", "Deployment onepassword/onepassword-connect-operator", context) in said(findings)


def test_a_real_chart_is_recorded_beside_its_stand_in(
    used: list[Use], definitions: Definitions, tmp_path: Path, stand_in: Copier, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = packaged(stand_in("connect"), tmp_path / "packages")
    (use,) = [use for use in used if use.chart == "connect"]
    stand_ins = tmp_path / "stand-ins"
    monkeypatch.setattr(package, "STAND_INS", stand_ins)
    file = comparing.record(use, packages, definitions)
    (found,) = [recorded.load(item) for item in package.stand_ins()]
    assert found is not None
    assert (file.parent, found.version) == (stand_ins / "connect", use.version)
    assert "Deployment onepassword/onepassword-connect" in found.objects
