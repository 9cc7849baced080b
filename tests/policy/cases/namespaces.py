from __future__ import annotations

from typing import Any

from components.vocabulary import ENFORCE
from tests.support.judging import Case, thing


def namespace(level: str, annotations: dict[str, str] | None = None) -> dict[str, Any]:
    found = thing("Namespace", namespace="", annotations=annotations)
    found["metadata"]["labels"] = {ENFORCE: level} if level else {}
    return found


CASES = (
    Case(rule="pod-security", obj=namespace("baseline"), problem="it enforces baseline and gives no reason"),
    Case(rule="pod-security", obj=namespace(""), problem="it enforces nothing and gives no reason"),
    Case(
        rule="pod-security",
        obj=namespace("baseline", {"homelab/pod-security-reason": ""}),
        problem="it enforces baseline and gives no reason",
    ),
    Case(rule="pod-security", obj=namespace("restricted")),
    Case(rule="pod-security", obj=namespace("privileged", {"homelab/pod-security-reason": "it reads devices"})),
    Case(
        rule="no-default-namespace",
        obj=thing("Deployment", namespace="default"),
        problem="it is in the namespace default",
    ),
    Case(
        rule="no-default-namespace",
        obj=thing("IngressRoute", namespace=""),
        problem="it is in the namespace (none given)",
    ),
    Case(rule="no-default-namespace", obj=thing("Cluster", namespace=""), problem="(none given)"),
    Case(rule="no-default-namespace", obj=thing("Deployment")),
    Case(rule="no-default-namespace", obj=thing("PersistentVolume", namespace="")),
    Case(rule="no-default-namespace", obj=thing("ClusterIssuer", namespace="")),
    Case(
        rule="no-default-namespace",
        obj={"kind": "Service", "metadata": {"namespace": "default", "name": "kubernetes"}},
    ),
)
