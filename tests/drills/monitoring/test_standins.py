"""Stand-ins answer where the real exporters do, with the metrics that the platform asks those for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from drills.monitoring import standins
from drills.monitoring.samples import Sample
from drills.monitoring.standins import STAND_INS, World, answered
from tests.support.exported import EXPORTED
from tests.support.live_objects import LiveObjects

OBJECTS = Path(__file__).parent / "objects.yaml"
REAL = {"alertmanager", "bridge", "influxdb", "node-exporter", "prometheus"}
"""Jobs whose real program the drill runs; Thanos's are others."""


@pytest.fixture
def world() -> World:
    return World(cluster=LiveObjects.of(OBJECTS))


def lines(world: World, job: str) -> list[str]:
    part = STAND_INS[job]
    answer = answered(world, job, part.ports[0], part.path)
    assert answer.status == 200
    return answer.body.decode().splitlines()


def test_a_sample_is_a_line_with_its_labels_escaped() -> None:
    assert str(Sample("a", 1.5, {"b": 'c"\\\n'})) == 'a{b="c\\"\\\\\\n"} 1.5'


def test_what_nobody_can_run_here_is_stood_in_for() -> None:
    without = {job for job in EXPORTED if job not in REAL and not job.startswith("thanos")}
    assert without - {standins.PROBES} <= STAND_INS.keys()


@pytest.mark.parametrize("job", sorted(STAND_INS.keys() & {"postgres", "remo-exporter", "cloudflared"}))
def test_it_has_all_that_is_asked_of_it(job: str, world: World) -> None:
    names = {re.split(r"[{ ]", line)[0] for line in lines(world, job)}
    assert EXPORTED[job] <= names


def test_another_port_or_path_is_nobodys(world: World) -> None:
    assert answered(world, "traefik", 9101, "/metrics").status == 404
    assert answered(world, "cadvisor", 10250, "/metrics").status == 404
    assert answered(world, "unheard-of", 80, "/metrics").status == 404


def test_a_probe_has_to_say_what_it_probes(world: World) -> None:
    probe = answered(world, "blackbox", 9115, "/probe?module=public&target=https%3A%2F%2Fa.example.org")
    assert probe.status == 200
    assert EXPORTED["blackbox"] <= {re.split(r"[{ ]", line)[0] for line in probe.body.decode().splitlines()}
    assert answered(world, "blackbox", 9115, "/probe?module=public").status == 400
    assert answered(world, "blackbox", 9115, "/metrics").status == 404


def test_the_state_of_objects_is_that_of_the_live_ones(world: World) -> None:
    said = lines(world, "kube-state-metrics")
    for line in (
        'kube_node_status_condition{node="node-1",condition="Ready",status="true"} 1.0',
        'kube_node_status_condition{node="node-1",condition="Ready",status="false"} 0.0',
        'kube_pod_status_phase{namespace="temporis",pod="bridge-1",uid="uid-of-bridge",phase="Running"} 1.0',
        'kube_pod_status_ready{namespace="temporis",pod="bridge-1",uid="uid-of-bridge",condition="true"} 1.0',
        'kube_job_failed{namespace="temporis",job_name="broken",condition="true"} 1.0',
        'kube_cronjob_status_last_schedule_time{namespace="temporis",cronjob="nightly"} 1767323045.0',
        'kube_deployment_status_replicas_available{namespace="temporis",deployment="bridge"} 1.0',
    ):
        assert line in said
    assert not any(line.startswith("kube_cronjob_status_last_successful_time") for line in said)
