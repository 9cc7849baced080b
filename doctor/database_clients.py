"""Checks of who uses a database: whoever reads its login reaches it, and nobody else does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from doctor import kube
from doctor.check import Context, Reference, check, unless
from doctor.databases import CLUSTER_LABEL, POSTGRES, ROLE_LABEL, clusters
from doctor.isolation import kinds_of_pods, owner_of
from doctor.network_policies import group_of, permitted
from doctor.snapshot import GIVEN_NAMESPACES, Snapshot
from policy.objects import label, namespace_of

OPERATOR: Final = ("app.kubernetes.io/name", "cloudnative-pg")
SERVICES: Final = ("rw", "ro", "r")
"""Ends of the names of a cluster's Services: the primary, the replicas, any of both."""
HOST: Final = re.compile(r"([a-z0-9][-a-z0-9.]*)-(?:rw|ro|r)(?:\.([a-z0-9][-a-z0-9]*))?(?:\.svc(?:\.cluster\.local)?)?")


def _pod_specs(pod: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from pod["spec"].get("initContainers") or []
    yield from pod["spec"]["containers"]


def _uses(pod: kube.Object) -> set[tuple[str, str]]:
    """Namespace and name of the clusters that a pod is a client of, by what it is told of them."""
    home, found = namespace_of(pod), set()
    for container in _pod_specs(pod):
        for variable in container.get("env") or []:
            secret = ((variable.get("valueFrom") or {}).get("secretKeyRef") or {}).get("name", "")
            if secret.endswith("-app"):
                found.add((home, secret.removesuffix("-app")))
            for host in HOST.finditer(str(variable.get("value") or "")):
                found.add((host.group(2) or home, host.group(1)))
        for source in container.get("envFrom") or []:
            secret = (source.get("secretRef") or {}).get("name", "")
            if secret.endswith("-app"):
                found.add((home, secret.removesuffix("-app")))
    return found


def _pods(snapshot: Snapshot) -> list[kube.Object]:
    """A pod of each kind, of every namespace that was made on purpose."""

    def look() -> list[kube.Object]:
        names = [item["metadata"]["name"] for item in snapshot.all("Namespace")]
        return [pod for name in names if name not in GIVEN_NAMESPACES for pod in kinds_of_pods(snapshot, name)]

    found: list[kube.Object] = snapshot.once("pods of databases' neighbours", look)
    return found


def _instances(snapshot: Snapshot, cluster: kube.Object) -> list[kube.Object]:
    name = cluster["metadata"]["name"]
    return [
        pod
        for pod in kinds_of_pods(snapshot, namespace_of(cluster))
        if (pod["metadata"].get("labels") or {}).get(CLUSTER_LABEL) == name
        and ROLE_LABEL in (pod["metadata"].get("labels") or {})
    ]


@check("application -> its database")
def reached(context: Context) -> Iterator[Reference]:
    """Whoever is told of a database may call it."""
    snapshot = context.snapshot
    known = {(namespace_of(item), item["metadata"]["name"]): item for item in clusters(snapshot)}
    for pod in _pods(snapshot):
        for place in sorted(_uses(pod) & set(known)):
            for instance in _instances(snapshot, known[place]):
                reason = permitted(snapshot, group_of(pod), group_of(instance), POSTGRES)
                problem = unless(not reason, reason, "allow the call with AllowTraffic")
                yield Reference(owner_of(pod), f"database {place[0]}/{place[1]}, port {POSTGRES.number}", *problem)


@check("database -> nobody but its clients")
def strangers(context: Context) -> Iterator[Reference]:
    """No pod reaches a database that is neither a part of it, nor its operator, nor told of it."""
    snapshot = context.snapshot
    for cluster in clusters(snapshot):
        place = (namespace_of(cluster), cluster["metadata"]["name"])
        for instance in _instances(snapshot, cluster):
            for pod in _pods(snapshot):
                if _belongs(pod, place) or place in _uses(pod):
                    continue
                reason = permitted(snapshot, group_of(pod), group_of(instance), POSTGRES)
                fault, advice = "it may call the database, and nothing tells it of it", "take it out of the policies"
                yield Reference(label(cluster), f"closed to {owner_of(pod)}", *unless(reason, fault, advice))


def _belongs(pod: kube.Object, place: tuple[str, str]) -> bool:
    labels = pod["metadata"].get("labels") or {}
    own = namespace_of(pod) == place[0] and labels.get(CLUSTER_LABEL) == place[1]
    return own or labels.get(OPERATOR[0]) == OPERATOR[1]
