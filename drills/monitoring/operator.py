"""The real Prometheus operator, in the place of the simulated one: with the arguments of its Deployment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from drills.monitoring.found import OPERATED, only
from drills.monitoring.workload import contents
from sandbox import kube

NAME: Final = "prometheus-operator"
HTTP: Final = 8080
MADE: Final = (("apps/v1", "StatefulSet"), ("v1", "Service"), ("v1", "Secret"), ("v1", "ConfigMap"))
"""Kinds of what an operator makes."""
OWNERS: Final = ("Prometheus", "Alertmanager")


@dataclass(frozen=True, kw_only=True)
class Made:
    """All that an operator has made of the platform's Prometheus and Alertmanager, and what it says of it."""

    objects: Mapping[str, kube.Object] = field(repr=False)
    """By kind and name."""
    conditions: Mapping[str, Mapping[str, str]]
    """Status by type, of each object that it makes something of."""

    @classmethod
    def of(cls, cluster: kube.Client) -> Made:
        """What there is at present."""
        owners = [{"kind": kind, **only(cluster, OPERATED, kind)} for kind in OWNERS]
        names = {(owner["kind"], owner["metadata"]["name"]) for owner in owners}
        namespace = owners[0]["metadata"]["namespace"]
        objects = {
            f"{kind} {obj['metadata']['name']}": {"kind": kind, "apiVersion": version, **obj}
            for version, kind in MADE
            for obj in cluster.list(version, kind, namespace)
            if any((owner["kind"], owner["name"]) in names for owner in obj["metadata"].get("ownerReferences") or [])
        }
        conditions = {
            f"{owner['kind']} {owner['metadata']['name']}": {
                each["type"]: each["status"] for each in (owner.get("status") or {}).get("conditions") or []
            }
            for owner in owners
        }
        return cls(objects=objects, conditions=conditions)

    def files(self, name: str) -> dict[str, bytes]:
        """What is in a Secret or a ConfigMap of it, such as `Secret thing`; nothing if there is none."""
        return contents(self.objects.get(name) or {})

    def remove(self, cluster: kube.Client) -> None:
        """Delete it, for somebody else to make it anew."""
        for obj in self.objects.values():
            meta = obj["metadata"]
            cluster.delete(obj["apiVersion"], obj["kind"], meta["name"], meta["namespace"])
