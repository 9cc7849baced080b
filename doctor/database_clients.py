"""Checks of who uses a database: whoever reads its login reaches it, and nobody else does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from doctor import kube
from doctor.check import Context, Reference, check, unless
from doctor.databases import POSTGRES, ROLE_LABEL, cluster_of, clusters
from doctor.isolation import kinds_of_pods, own_pods, owner_of
from doctor.network_policies import forbidden, group_of, permitted
from doctor.snapshot import Snapshot
from policy.objects import containers_of, label, labels_of, namespace_of

OPERATOR: Final = ("app.kubernetes.io/name", "cloudnative-pg")
HOST: Final = re.compile(r"([a-z0-9][-a-z0-9.]*)-(?:rw|ro|r)(?:\.([a-z0-9][-a-z0-9]*))?(?:\.svc(?:\.cluster\.local)?)?")
"""How a client names one of a cluster's Services: the cluster, and its namespace if that is another."""


def _uses(pod: kube.Object) -> set[tuple[str, str]]:
    """Namespace and name of the clusters that a pod is a client of, by what it is told of them."""
    home, found = namespace_of(pod), set()
    for container in containers_of(pod["spec"]):
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


def _clients(snapshot: Snapshot) -> list[tuple[kube.Object, set[tuple[str, str]]]]:
    """A pod of each kind, and the clusters that it is a client of."""
    found: list[tuple[kube.Object, set[tuple[str, str]]]] = snapshot.once(
        "clients of databases", lambda: [(pod, _uses(pod)) for pod in own_pods(snapshot)]
    )
    return found


def _instances(snapshot: Snapshot, cluster: kube.Object) -> list[kube.Object]:
    pods = kinds_of_pods(snapshot, namespace_of(cluster))
    name = cluster["metadata"]["name"]
    return [pod for pod in pods if cluster_of(pod) == name and ROLE_LABEL in labels_of(pod)]


@check("application -> its database")
def reached(context: Context) -> Iterator[Reference]:
    """Whoever is told of a database may call it."""
    snapshot = context.snapshot
    known = {(namespace_of(item), item["metadata"]["name"]): item for item in clusters(snapshot)}
    for pod, uses in _clients(snapshot):
        for place in sorted(uses & set(known)):
            for instance in _instances(snapshot, known[place]):
                target = f"database {place[0]}/{place[1]}, port {POSTGRES.number}"
                yield Reference(owner_of(pod), target, *forbidden(snapshot, pod, instance, POSTGRES))


@check("database -> nobody but its clients")
def strangers(context: Context) -> Iterator[Reference]:
    """No pod reaches a database that is neither a part of it, nor its operator, nor told of it."""
    snapshot = context.snapshot
    for cluster in clusters(snapshot):
        place = (namespace_of(cluster), cluster["metadata"]["name"])
        for instance in _instances(snapshot, cluster):
            for pod, uses in _clients(snapshot):
                if _belongs(pod, place) or place in uses:
                    continue
                reason = permitted(snapshot, group_of(pod), group_of(instance), POSTGRES)
                fault, advice = "it may call the database, and nothing tells it of it", "take it out of the policies"
                yield Reference(label(cluster), f"closed to {owner_of(pod)}", *unless(reason, fault, advice))


def _belongs(pod: kube.Object, place: tuple[str, str]) -> bool:
    of_operator = labels_of(pod).get(OPERATOR[0]) == OPERATOR[1]
    return of_operator or (namespace_of(pod), cluster_of(pod)) == place
