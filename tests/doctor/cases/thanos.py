from __future__ import annotations

import copy
from typing import Any

from tests.support.breaking import Break, container
from tests.support.healthy import Healthy

QUERY, COMPACTOR = "Deployment temporis/thanos-query", "Deployment temporis/thanos-compact"
BUCKET = "bucket of Secret temporis/secret-metrics-configuration"


def compactor(live: Healthy) -> dict[str, Any]:
    found: dict[str, Any] = live.get("Deployment", "thanos-compact", "temporis")["spec"]
    return found


def ask(live: Healthy, old: str, new: str) -> None:
    """Have Query ask somebody else."""
    query = container(live, "Deployment", "thanos-query", "temporis")
    query["args"] = [item.replace(old, new) for item in query["args"]]


def second_compactor(live: Healthy) -> None:
    twin = copy.deepcopy(live.get("Deployment", "thanos-compact", "temporis"))
    twin["metadata"]["name"] = "twin"
    live.objects.append(twin)


def stop_gateway(live: Healthy) -> None:
    """In the place of the gateway there is something else that answers."""
    for pod in live.get_all("Pod", "app.kubernetes.io/name", "metrics"):
        pod["spec"]["containers"][0]["env"] = []


BREAKS = (
    Break(
        check="Thanos Query -> what it asks",
        subject=QUERY,
        target="Service temporis/gone:grpc",
        problem="there is no such Service, so what it has is missing in every answer",
        change=lambda live: ask(live, "_grpc._tcp.thanos-store.", "_grpc._tcp.gone."),
    ),
    Break(
        check="Thanos Query -> what it asks",
        subject=QUERY,
        target="Service temporis/prometheus-operated:gone",
        problem="the Service has no such port: it has web, grpc",
        change=lambda live: ask(live, "_grpc._tcp.prometheus-operated.", "_gone._tcp.prometheus-operated."),
    ),
    Break(
        check="Thanos Query -> what it asks",
        subject=QUERY,
        target="Pod temporis/thanos-query to Pod temporis/thanos-store:10901",
        problem="no ingress policy of temporis permits it",
        change=lambda live: live.drop("NetworkPolicy", "thanos-query-to-store-ingress", "temporis"),
    ),
    Break(
        check="bucket of metrics -> one compactor",
        subject=BUCKET,
        target="one compactor",
        problem="it has no compactor, so it grows for ever",
        change=lambda live: live.drop("Deployment", "thanos-compact", "temporis"),
    ),
    Break(
        check="bucket of metrics -> one compactor",
        subject=BUCKET,
        target="one compactor",
        problem=f"{COMPACTOR} and Deployment temporis/twin compact it",
        change=second_compactor,
    ),
    Break(
        check="bucket of metrics -> one compactor",
        subject=BUCKET,
        target="one compactor",
        problem=f"{COMPACTOR} may have two pods at once",
        change=lambda live: compactor(live).update(replicas=2),
    ),
    Break(
        check="bucket of metrics -> one compactor",
        subject=BUCKET,
        target="one compactor",
        problem=f"{COMPACTOR} may have two pods at once",
        change=lambda live: compactor(live).update(strategy={"type": "RollingUpdate"}),
    ),
    Break(
        check="user of a bucket -> its gateway",
        subject=BUCKET,
        target="a gateway in temporis",
        problem="none runs there",
        change=stop_gateway,
    ),
    Break(
        check="user of a bucket -> its gateway",
        subject=COMPACTOR,
        target="Pod temporis/thanos-compact to Pod temporis/metrics:7070",
        problem="no ingress policy of temporis permits it",
        change=lambda live: live.drop("NetworkPolicy", "thanos-compact-to-bucket-ingress", "temporis"),
    ),
    Break(
        check="user of a bucket -> its gateway",
        subject="Prometheus temporis/temporis",
        target="Pod temporis/prometheus-temporis to Pod temporis/metrics:7070",
        problem="no egress policy of temporis permits it",
        change=lambda live: live.drop("NetworkPolicy", "prometheus-to-bucket-egress", "temporis"),
    ),
)
