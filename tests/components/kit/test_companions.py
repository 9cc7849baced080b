"""Workloads beside the application's own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components.kit import (
    AppPlatform,
    Call,
    Companion,
    DeployedApp,
    DeployedAppArgs,
    Metrics,
    Scratch,
    SharedVolume,
    Volume,
    WebApp,
    internet,
)
from components.versions import Image
from tests.support.parts import MIRROR, app_platform, container, policies
from tests.support.recorder import Recording, record

HELPER = Companion(
    name="helper",
    url="HELPER_URL",
    image=Image("example/helper", "2"),
    port=3003,
    health_path="/ping",
    environment={"MODE": "quiet"},
    uses=[
        SharedVolume(name="models", path="/models", size="1Gi", cache=True),
        Scratch(name="temporary", path="/temporary"),
        Call(name="internet", target=internet(443)),
    ],
    user=1001,
    startup=120,
)


def using(companion: Companion = HELPER, **changes: Any) -> Recording[AppPlatform]:
    def program() -> AppPlatform:
        platform = app_platform(**changes)
        app = WebApp(image=Image("example/app", "1"), port=80, health_path="/", uses=[companion])
        DeployedApp("app", DeployedAppArgs(title="App", app=app, platform=platform))
        return platform

    return record(program)


def test_the_application_finds_it_by_a_url_and_it_has_pods_of_its_own() -> None:
    recording = using(registry_mirror=MIRROR)
    assert container(recording, "app")["env"] == [{"name": "HELPER_URL", "value": "http://app-helper.app.svc:3003"}]
    made = container(recording, "app-helper")
    assert made["image"] == f"{MIRROR}/docker.io/example/helper:2"
    assert made["env"] == [{"name": "MODE", "value": "quiet"}]
    assert [mount["mountPath"] for mount in made["volumeMounts"]] == ["/models", "/temporary"]
    assert recording.one(":Deployment", "app-helper").spec["template"]["spec"]["securityContext"]["runAsUser"] == 1001
    assert made["startupProbe"]["failureThreshold"] * made["startupProbe"]["periodSeconds"] == 120


def test_the_application_alone_calls_it_and_what_it_calls_the_application_does_not() -> None:
    found = policies(using())
    (rule,) = found["app/app-to-helper-ingress"]["ingress"]
    (caller,) = rule["from"]
    assert caller["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "app"}
    assert found["app/app-helper-to-internet-egress"]["podSelector"]["matchLabels"] == {
        "app.kubernetes.io/name": "app-helper"
    }
    assert "app/app-to-internet-egress" not in found


def test_its_metrics_are_those_of_its_own_pods() -> None:
    recording = using(replace(HELPER, uses=[Metrics(port=9100)]))
    (target,) = recording.result.base.contributions.metrics.close()
    assert (target.name, target.pods.labels) == ("app-helper", {"app.kubernetes.io/name": "app-helper"})
    assert 9100 in [port["containerPort"] for port in container(recording, "app-helper")["ports"]]
    assert 9100 not in [port["containerPort"] for port in container(recording, "app")["ports"]]


def test_what_is_kept_is_the_applications_to_hold() -> None:
    with pytest.raises(ValueError, match=r"^helper uses Volume, which is kept while the application is off"):
        Companion(
            name="helper",
            url="URL",
            image=Image("example/helper", "2"),
            port=1,
            health_path="/",
            uses=[Volume(name="data", path="/data", size="1Gi")],
        )
