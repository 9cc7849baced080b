"""What the simulated operator has made of the platform's objects, held against what the real one has made of them."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from drills.monitoring.operator import Made
from sandbox import kube

KNOWN: Final[Mapping[str, str]] = {}
"""Differences that there may be, by how they begin, and why."""


def differences(simulated: Made, real: Made) -> list[str]:
    """All of them, each in a line."""
    ours, theirs = dict(_facts(simulated)), dict(_facts(real))
    return [
        f"{key}: simulated {ours.get(key, 'nothing')}, real {theirs.get(key, 'nothing')}"
        for key in sorted(ours.keys() | theirs.keys())
        if ours.get(key) != theirs.get(key)
    ]


def unknown(found: list[str]) -> list[str]:
    """Those that nobody has given a reason for."""
    return [line for line in found if not any(line.startswith(known) for known in KNOWN)]


def _facts(made: Made) -> Iterator[tuple[str, Any]]:
    """What counts of an operator's work, one fact after the other."""
    for owner, conditions in made.conditions.items():
        for kind, status in conditions.items():
            yield f"{owner}: condition {kind}", status
    for name, obj in made.objects.items():
        yield name, "there"
        if obj["kind"] == "StatefulSet":
            yield from _stateful(name, obj)
        elif obj["kind"] == "Service":
            yield from _service(name, obj)
        else:
            yield f"{name}: keys", sorted((obj.get("data") or {}) | (obj.get("binaryData") or {}))
    for name in made.objects:
        for key, content in made.files(name).items():
            if key == "prometheus.yaml.gz":
                yield from _configuration(name, yaml.safe_load(gzip.decompress(content)))


def _stateful(name: str, obj: kube.Object) -> Iterator[tuple[str, Any]]:
    spec = obj["spec"]
    pod = spec["template"]["spec"]
    yield f"{name}: replicas", spec.get("replicas")
    yield f"{name}: service", spec.get("serviceName")
    yield f"{name}: claims", sorted(each["metadata"]["name"] for each in spec.get("volumeClaimTemplates") or [])
    yield f"{name}: labels of pods", sorted((spec["template"]["metadata"].get("labels") or {}).items())
    yield f"{name}: volumes", sorted(each["name"] for each in pod.get("volumes") or [])
    yield f"{name}: account", pod.get("serviceAccountName")
    for key in ("initContainers", "containers"):
        yield f"{name}: {key}", [each["name"] for each in pod.get(key) or []]
        for container in pod.get(key) or []:
            which = f"{name}: {container['name']}"
            yield f"{which}: image", container["image"]
            for word in container.get("args") or []:
                yield f"{which}: argument {word}", "there"
            for port in container.get("ports") or []:
                yield f"{which}: port {port.get('name')}", port["containerPort"]
            for variable in container.get("env") or []:
                yield f"{which}: variable {variable['name']}", "there"
            for mount in container.get("volumeMounts") or []:
                yield f"{which}: mount {mount['mountPath']}", mount["name"]


def _service(name: str, obj: kube.Object) -> Iterator[tuple[str, Any]]:
    yield f"{name}: selector", sorted((obj["spec"].get("selector") or {}).items())
    yield f"{name}: address", obj["spec"].get("clusterIP") if obj["spec"].get("clusterIP") == "None" else "one"
    for port in obj["spec"]["ports"]:
        target = (port["port"], port.get("targetPort"), port.get("protocol", "TCP"))
        yield f"{name}: port {port.get('name')}", target


def _configuration(name: str, config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Who is scraped how often, who is told, where it is written to."""
    yield f"{name}: external labels", sorted((config["global"].get("external_labels") or {}).items())
    yield f"{name}: files of rules", len(config.get("rule_files") or [])
    for job in config.get("scrape_configs") or []:
        asked = {key: job.get(key) for key in ("scheme", "metrics_path", "honor_labels", "params")}
        yield f"{name}: job {job['job_name']}: interval", job.get("scrape_interval", "the default")
        yield f"{name}: job {job['job_name']}: asked", asked
        discovered = [each["role"] for each in job.get("kubernetes_sd_configs") or []]
        yield f"{name}: job {job['job_name']}: found as", discovered or "static"
    yield f"{name}: told", len((config.get("alerting") or {}).get("alertmanagers") or [])
    for written in config.get("remote_write") or []:
        yield f"{name}: written to", (written["url"], len(written.get("write_relabel_configs") or []))
