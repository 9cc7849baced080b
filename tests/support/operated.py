"""What the Prometheus operator makes of the objects of monitoring, by the sandbox's simulation of it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Final

from sandbox.controllers.prometheus_operator import alertmanager, installation, kubelets, prometheus, ruling
from sandbox.controllers.prometheus_operator.installation import Operator
from tests.support.healthy import Healthy, Object

OPERATOR: Final = Operator(
    reloader="quay.io/prometheus-operator/prometheus-config-reloader:v1",
    reloader_resources={"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "64Mi"}},
    thanos="quay.io/thanos/thanos:v1",
    localhost="localhost",
)

KUBELETS: Final = "--kubelet-service="
"""Argument of the operator: where it writes down the addresses of the kubelets."""


def add_monitoring(healthy: Healthy) -> Iterator[Object]:
    """The StatefulSets of every Prometheus and Alertmanager, what their pods read, and the Services before them."""
    for kind in ("Prometheus", "Alertmanager", "PrometheusRule"):
        for obj in healthy.all(kind):
            obj["metadata"]["uid"] = obj["metadata"]["name"]
    for obj in healthy.all("Prometheus"):
        files = prometheus.rule_files(obj, ruling.files(healthy.all("PrometheusRule")))
        yield from files
        yield from prometheus.secrets(obj, {})
        yield prometheus.service(obj)
        # Of its own: whoever changes the Prometheus in a test has not had it reconciled.
        yield copy.deepcopy(prometheus.stateful_set(obj, OPERATOR, [item["metadata"]["name"] for item in files]))
    yield from _kubelets(healthy)
    for obj in healthy.all("Alertmanager"):
        yield from alertmanager.secrets(obj, {})
        yield alertmanager.service(obj)
        yield copy.deepcopy(alertmanager.stateful_set(obj, OPERATOR))


def _kubelets(healthy: Healthy) -> Iterator[Object]:
    """What leads to the kubelets, under the name that the chart tells the operator."""
    for deployment in filter(installation.is_operator, healthy.all("Deployment")):
        for argument in deployment["spec"]["template"]["spec"]["containers"][0]["args"]:
            if argument.startswith(KUBELETS):
                namespace, name = argument.removeprefix(KUBELETS).split("/")
                service = kubelets.service(namespace, name)
                service["metadata"]["uid"] = name
                yield service
                yield from kubelets.slices(service, healthy.all("Node"))
