"""A cluster in memory, with the Prometheus operator running in it."""

from __future__ import annotations

import gzip
import json
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import pytest

from sandbox.controllers.controller import Environment
from sandbox.controllers.log import Log
from sandbox.controllers.prometheus_operator import names
from sandbox.controllers.prometheus_operator.operator import AROUND, KINDS, PrometheusOperator
from sandbox.rendering import package, render
from sandbox.rendering.crds import Definitions
from sandbox.rendering.render import Release
from tests.sandbox.controllers.world import READY, SPACE, World, thing
from tests.support.charts import NEEDED

EVERYTHING: dict[str, Any] = {
    f"{kind}{part}": {}
    for kind in ("serviceMonitor", "podMonitor", "probe", "scrapeConfig", "rule")
    for part in ("Selector", "NamespaceSelector")
}


CHART = "kube-prometheus-stack"
SLICES = {"kubeletEndpointsEnabled": False, "kubeletEndpointSliceEnabled": True}


@pytest.fixture
def operator(world: World) -> PrometheusOperator:
    """The operator of a world in which its chart is installed."""
    made = PrometheusOperator(Environment(client=world, hub=world.hub, log=Log()))
    made.setup()
    for kind in (*AROUND, names.NODE):
        world.hub._synced[kind].set()
    install(world)
    space(world, SPACE)
    return made


def install(world: World, **options: Any) -> None:
    """Its chart, with options of the operator's: one ready pod in which it was told so."""
    needed = NEEDED[CHART]
    values = {**needed, "prometheusOperator": {**needed["prometheusOperator"], **SLICES, **options}}
    stand_in = next(found for found in package.stand_ins() if found.name == CHART)
    release = Release(name="prometheus-operator", namespace="temporis", values=values)
    for obj in render.render(stand_in, release, Definitions()).objects:
        world.have({**obj, "status": {"readyReplicas": 1}} if obj["kind"] == "Deployment" else obj)


def space(world: World, name: str, **labels: str) -> None:
    world.have({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})


def prometheus(world: World, **spec: Any) -> None:
    world.have(thing("Prometheus", "main", version=names.VERSION, spec={**EVERYTHING, **spec}))


def alertmanager(world: World, **spec: Any) -> None:
    world.have(thing("Alertmanager", "main", version=names.VERSION, spec=spec))


def labelled(obj: dict[str, Any], **labels: str) -> dict[str, Any]:
    return {**obj, "metadata": {**obj["metadata"], "labels": labels}}


def monitor(name: str = "music", namespace: str = SPACE, **endpoint: Any) -> dict[str, Any]:
    """A ServiceMonitor."""
    spec = {"selector": {"matchLabels": {"app": name}}, "endpoints": [{"port": "metrics", **endpoint}]}
    return thing("ServiceMonitor", name, namespace, names.VERSION, spec=spec)


def rules(name: str = "rules", **rule: Any) -> dict[str, Any]:
    """A PrometheusRule with one alert."""
    alert = {"alert": "Down", "expr": "up == 0", "for": "5m", **rule}
    present = {key: value for key, value in alert.items() if value is not None}
    return thing("PrometheusRule", name, version=names.VERSION, spec={"groups": [{"name": "g", "rules": [present]}]})


def config(name: str = "routes", **spec: Any) -> dict[str, Any]:
    """An AlertmanagerConfig that tells a channel of Discord."""
    discord = {"name": "discord", "discordConfigs": [{"apiURL": {"name": "urls", "key": "discord"}}]}
    whole = {"route": {"receiver": "discord"}, "receivers": [discord], **spec}
    return thing("AlertmanagerConfig", name, version=names.ALPHA, spec=whole)


def settle(operator: PrometheusOperator, world: World) -> None:
    """Let the operator work until there is nothing more to do, with one ready pod for each StatefulSet."""
    for _ in range(3):
        for kind in KINDS:
            for obj in world.hub.list(*kind):
                operator.reconcile(f"{kind[1]}/{obj['metadata']['namespace']}/{obj['metadata']['name']}")
        for stateful_set in world.hub.list(*names.STATEFUL_SET):
            start_pod(world, stateful_set)


def start_pod(world: World, stateful_set: Mapping[str, Any]) -> None:
    """What the StatefulSet's controller, scheduler and kubelet do."""
    meta, template = stateful_set["metadata"], stateful_set["spec"]["template"]
    pod = thing("Pod", f"{meta['name']}-0", meta["namespace"], spec=template["spec"], status=READY)
    owner = {"kind": "StatefulSet", "name": meta["name"], "controller": True}
    pod["metadata"] |= {"labels": template["metadata"]["labels"], "ownerReferences": [owner]}
    world.have(pod)


def unpacked(world: World, secret: str, key: str) -> Any:
    return json.loads(gzip.decompress(b64decode(world.the("Secret", secret)["data"][key])))


def configuration(world: World) -> Any:
    """What the Prometheus is told."""
    return unpacked(world, "prometheus-main", "prometheus.yaml.gz")


def routing(world: World) -> Any:
    """What the Alertmanager is told."""
    return unpacked(world, "alertmanager-main-generated", "alertmanager.yaml.gz")


def conditions(world: World, kind: str) -> dict[str, tuple[str, str]]:
    """Status and message of an object's conditions."""
    found = world.the(kind, "main")["status"]["conditions"]
    return {item["type"]: (item["status"], item["message"]) for item in found}


def events(world: World) -> dict[str, str]:
    """What is said of objects that are passed over, by their kind and name."""
    return {
        f"{obj['involvedObject']['kind']} {obj['involvedObject']['name']}": obj["message"]
        for (kind, _, _), obj in world.objects.items()
        if kind == "Event"
    }
