"""The gateway runs with the live container's words and environment; only addresses and paths are others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from drills import pods
from drills.gateway import Gateway
from sandbox.paths import Sandbox
from tests.support.live_objects import LiveObjects

OBJECTS = Path(__file__).parent / "databases" / "objects.yaml"


@pytest.fixture
def live() -> LiveObjects:
    return LiveObjects.of(OBJECTS)


@pytest.fixture
def gateway(live: LiveObjects, tmp_path: Path) -> Gateway:
    return Gateway(
        sandbox=Sandbox(root=tmp_path / ".sandbox"),
        place=tmp_path / "gateway",
        cluster=live,
        workload=workload(live),
        program=tmp_path / "versitygw",
        port=7777,
    )


def workload(live: LiveObjects) -> Any:
    return next(obj for obj in live.objects if obj["kind"] == "Deployment")


def container(**spec: Any) -> pods.Container:
    return pods.Container(spec=spec, environment={}, volumes=Path("/volumes"))


def test_without_arguments_the_environment_says_what_the_image_would_run(gateway: Gateway) -> None:
    gateway.program.write_text("the program")
    assert gateway._words(gateway._container()) == ["posix", str(gateway.place / "archive")]
    assert gateway.store == gateway.place / "archive"
    assert gateway.user == 1000


def test_the_credentials_are_those_of_the_secret_and_the_address_is_on_loopback(gateway: Gateway) -> None:
    gateway.program.write_text("the program")
    environment = gateway._container().environment
    assert environment["ROOT_ACCESS_KEY_ID"] == "an-access-key"
    assert environment["ROOT_SECRET_ACCESS_KEY"] == "a-secret-key-of-the-test"
    redirected = gateway._redirected(gateway._container())
    assert redirected["VGW_PORT"] == "127.0.0.1:7777"
    assert redirected["VGW_BACKEND_ARG"] == str(gateway.place / "archive")
    assert "VGW_HEALTH" not in redirected


def test_what_runs_before_it_works_on_the_same_folders(gateway: Gateway, live: LiveObjects) -> None:
    (before,) = pods.containers(live, workload(live), "initContainers", gateway.place)
    assert before.words == ["mkdir", "-p", str(gateway.place / "archive" / "n8n-db")]


def test_paths_are_moved_whole_and_nothing_that_only_looks_like_one() -> None:
    mounts = [{"name": "data", "mountPath": "/data"}, {"name": "deep", "mountPath": "/data/deep", "subPath": "sub"}]
    words = ["sh", "-c", "mkdir -p /data/deep/x /data/y; ls /database /srv/data"]
    moved = container(command=words, volumeMounts=mounts).words
    assert moved == ["sh", "-c", "mkdir -p /volumes/deep/sub/x /volumes/data/y; ls /database /srv/data"]


def test_a_container_gets_whole_secrets_and_config_maps_too() -> None:
    objects: list[Any] = [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "n"}, "data": {"A": "YQ=="}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "n"}, "data": {"B": "b"}},
    ]
    spec = {
        "envFrom": [{"secretRef": {"name": "s"}}, {"configMapRef": {"name": "c"}}],
        "env": [
            {"name": "C", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "B"}}},
            {"name": "D", "valueFrom": {"secretKeyRef": {"name": "gone", "key": "B"}}},
        ],
    }
    pod = {"metadata": {"namespace": "n"}, "spec": {"template": {"spec": {"containers": [spec]}}}}
    (found,) = pods.containers(LiveObjects(objects), pod, "containers", Path("/volumes"))
    assert found.environment == {"A": "a", "B": "b", "C": "b"}
