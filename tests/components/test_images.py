"""No image bypasses the mirror: neither the program's own nor one that a chart brings.

The charts are the sandbox's stand-ins; an image that a chart's own code chooses at run time is not seen.
"""

from __future__ import annotations

from typing import Any

import pytest

from components.outputs import Outputs
from components.versions import DOCKER_HUB
from tests.conftest import build_with
from tests.support.charts import rendered
from tests.support.images import images
from tests.support.parts import MIRROR
from tests.support.recorder import Recording

RESTRICTED = {"runAsNonRoot": True, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


@pytest.fixture(scope="module")
def mirrored(stack_values: dict[str, Any]) -> Recording[Outputs]:
    return build_with(stack_values, registryMirror=MIRROR)


def test_every_image_comes_from_the_mirror_by_its_full_name(mirrored: Recording[Outputs]) -> None:
    found = images(mirrored)
    kinds = ("Deployment", "Job", "CronJob", "Cluster", "Prometheus", "Alertmanager")
    pods = {f"{kind} {item.name}" for kind in kinds for item in mirrored.objects() if item.type.endswith(f":{kind}")}
    charts = {f"chart {item.name}" for item in mirrored.objects() if item.type.endswith((":Release", "1:Application"))}
    # This one brings nothing but kinds of object.
    assert set(found) == pods | charts - {"chart prometheus-operator-crds"}
    for source, names in found.items():
        for name in names:
            mirror, registry, *path = name.split("/")
            assert mirror == MIRROR, f"{source}: {name}"
            assert "." in registry, f"{source}: {name} does not say which registry it comes from"
            assert len(path) > 1 or registry != DOCKER_HUB, f"{source}: {name} is a short name"


def test_without_a_mirror_no_image_names_one(homelab: Recording[Outputs]) -> None:
    assert not any(MIRROR in name for names in images(homelab).values() for name in names)


def test_every_image_has_a_version(homelab: Recording[Outputs]) -> None:
    for source, names in images(homelab).items():
        for name in names:
            _, separator, tag = name.rpartition(":")
            assert separator, f"{source}: {name}"
            assert tag not in {"", "latest"}, f"{source}: {name}"


def test_the_pods_of_charts_satisfy_the_standard_of_their_namespace(homelab: Recording[Outputs]) -> None:
    levels = {
        item.name: item.inputs["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        for item in homelab.of("core/v1:Namespace")
    }
    places = {item.name: item.spec["destination"]["namespace"] for item in homelab.of("v1alpha1:Application")}
    checked = 0
    for name, objects in rendered(homelab).items():
        if levels[places.get(name, name)] != "restricted":
            continue
        for obj in objects:
            if obj["kind"] in {"Deployment", "StatefulSet", "Job"}:
                pod = obj["spec"]["template"]["spec"]
                for container in [*pod["containers"], *pod.get("initContainers", [])]:
                    _assert_restricted({**pod.get("securityContext", {}), **container.get("securityContext", {})}, name)
                    checked += 1
    assert checked > 8


def _assert_restricted(context: dict[str, Any], where: str) -> None:
    for rule, expected in RESTRICTED.items():
        assert context.get(rule) == expected, f"{where}: {rule} is {context.get(rule)}"
    assert context.get("seccompProfile", {}).get("type") in {"RuntimeDefault", "Localhost"}, where
