"""Checks of what Prometheus finds to collect: from monitors over Services and pods to a port that it may call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from components.vocabulary import MONITORED
from doctor import kube
from doctor.addresses import addresses_of_nodes
from doctor.check import Context, Reference, check, unless
from doctor.isolation import kinds_of_pods, own_pods, owner_of
from doctor.network_policies import group_of, matches, permitted
from doctor.snapshot import Snapshot
from doctor.targets import searches
from policy.objects import label, labels_of, name_of, namespace_of

KINDS: Final = {"ServiceMonitor": "serviceMonitor", "PodMonitor": "podMonitor", "Probe": "probe"}
"""Kinds of monitor, and how the fields of a Prometheus begin by which it selects them."""

METRICS_PORTS: Final = ("metrics", "http-metrics")
"""Names of ports by which a pod says that it has metrics."""

TRACKED: Final = "argocd.argoproj.io/tracking-id"
"""Annotation of whatever Argo CD has brought."""

UNCOLLECTED: Final = (
    ({"app.kubernetes.io/managed-by": "goauthentik.io"}, "whether an outpost answers, probes of its hosts say"),
)
"""Pods whose metrics nobody collects, by labels, with the reason."""


def selects(snapshot: Snapshot, owner: kube.Object, prefix: str, obj: kube.Object) -> bool:
    """Whether a Prometheus or an Alertmanager takes an object, by its labels and by those of its namespace.

    Without a selector it takes none, without one of namespaces those of its own.
    """
    spec = owner["spec"]
    if spec.get(f"{prefix}Selector") is None or not matches(spec[f"{prefix}Selector"], labels_of(obj)):
        return False
    spaces = spec.get(f"{prefix}NamespaceSelector")
    if spaces is None:
        return namespace_of(obj) == namespace_of(owner)
    return matches(spaces, labels_of(snapshot.get("Namespace", namespace_of(obj)) or {}))


def taken_by_one(snapshot: Snapshot, obj: kube.Object, kind: str, prefix: str, means: str) -> Reference:
    """The reference of an object to the one of a kind that selects it; `means` is what comes of it if none does."""
    takers = [label(owner) for owner in snapshot.all(kind) if selects(snapshot, owner, prefix, obj)]
    if len(takers) > 1:
        advice = "correct the selectors of all but one"
        return Reference(label(obj), f"one {kind}", f"{' and '.join(takers)} take it", advice)
    advice = f"give it and its namespace the label {MONITORED}, or delete it"
    return Reference(label(obj), f"one {kind}", *unless(takers, f"none takes it, so {means}", advice))


def monitors(snapshot: Snapshot) -> Iterator[kube.Object]:
    """Every monitor but those without the label that Argo CD has brought: charts have some that nobody needs."""
    for kind in KINDS:
        yield from (monitor for monitor in snapshot.all(kind) if not _passed_over(monitor))


def _passed_over(monitor: kube.Object) -> bool:
    brought = TRACKED in (monitor["metadata"].get("annotations") or {})
    return brought and labels_of(monitor).get(MONITORED) != "true"


def collectors(snapshot: Snapshot, monitor: kube.Object) -> list[kube.Object]:
    """A pod of each kind of every Prometheus that takes a monitor."""
    prefix = KINDS[monitor["kind"]]
    return [
        pod
        for owner in snapshot.all("Prometheus")
        if selects(snapshot, owner, prefix, monitor)
        for pod in operated(snapshot, owner)
    ]


def operated(snapshot: Snapshot, owner: kube.Object) -> list[kube.Object]:
    """A pod of each kind of a Prometheus or an Alertmanager."""
    made = {"app.kubernetes.io/name": owner["kind"].lower(), "app.kubernetes.io/instance": owner["metadata"]["name"]}
    pods = kinds_of_pods(snapshot, namespace_of(owner))
    return [pod for pod in pods if matches({"matchLabels": made}, labels_of(pod))]


@check("monitor -> Prometheus")
def taken(context: Context) -> Iterator[Reference]:
    """What is declared to be collected is collected, and once."""
    for monitor in monitors(context.snapshot):
        prefix, means = KINDS[monitor["kind"]], "nothing of what it finds is collected"
        yield taken_by_one(context.snapshot, monitor, "Prometheus", prefix, means)


@check("monitor -> port with metrics")
def found(context: Context) -> Iterator[Reference]:
    """A monitor finds somebody who has metrics."""
    for monitor in monitors(context.snapshot):
        for search in searches(context.snapshot, monitor):
            advice = "correct the labels or the port that it names, or delete it"
            problem = unless(not search.fault, f"{search.fault}, so nothing is collected", advice)
            yield Reference(label(monitor), search.wanted, *problem)


@check("monitor -> permitted by network policies")
def reached(context: Context) -> Iterator[Reference]:
    """Prometheus may call what its monitors find."""
    snapshot, nodes = context.snapshot, addresses_of_nodes(context.snapshot)
    for monitor in monitors(snapshot):
        pods = collectors(snapshot, monitor)
        for target in (target for search in searches(snapshot, monitor) for target in search.targets):
            # One that is no node's is reached in a way that node addresses say nothing about, as in a sandbox.
            if target.group.address and target.group.address not in nodes:
                continue
            for pod in pods:
                reason = permitted(snapshot, group_of(pod), target.group, target.port)
                advice = "allow the call with AllowTraffic, or make the target known as a MetricsTarget"
                call = f"{owner_of(pod)} to {target.name}:{target.port.number}"
                yield Reference(label(monitor), call, *unless(not reason, reason, advice))


@check("pod with metrics -> monitor")
def collected(context: Context) -> Iterator[Reference]:
    """A pod that says that it has metrics is found by a monitor, where there is a Prometheus."""
    snapshot = context.snapshot
    known = {
        (target.pod, target.port.number)
        for monitor in monitors(snapshot)
        for search in searches(snapshot, monitor)
        for target in search.targets
    }
    for pod in own_pods(snapshot) if any(snapshot.all("Prometheus")) else ():
        if any(labels.items() <= labels_of(pod).items() for labels, _ in UNCOLLECTED):
            continue
        for container in pod["spec"]["containers"]:
            for port in container.get("ports") or []:
                if port.get("name") in METRICS_PORTS:
                    fault = "no monitor finds it, so nobody collects its metrics"
                    advice = "make it known as a MetricsTarget, or give a reason in doctor/monitors.py"
                    problem = unless((name_of(pod), port["containerPort"]) in known, fault, advice)
                    yield Reference(owner_of(pod), f"a monitor of port {port['containerPort']}", *problem)
