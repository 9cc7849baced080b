"""What releases of charts come to in the running sandbox: rendered, with the CRDs that it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.controllers.hub import Hub
from sandbox.paths import Sandbox
from sandbox.rendering import package
from sandbox.rendering.crds import Definitions
from sandbox.rendering.render import Cluster, Release, Rendered, render

CRD: Final = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")
KINDS: Final[tuple[tuple[str, str], ...]] = (
    ("v1", "Namespace"),
    ("v1", "ServiceAccount"),
    ("v1", "Secret"),
    ("v1", "ConfigMap"),
    ("v1", "Service"),
    ("v1", "PersistentVolumeClaim"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("batch/v1", "CronJob"),
    ("batch/v1", "Job"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole"),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io/v1", "Role"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    ("networking.k8s.io/v1", "IngressClass"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("policy/v1", "PodDisruptionBudget"),
    ("storage.k8s.io/v1", "CSIDriver"),
    ("storage.k8s.io/v1", "StorageClass"),
    CRD,
)
"""Kinds that charts bring and of which a copy is kept; any other kind is asked for when a chart brings it."""


@dataclass
class Charts:
    """Renders for the controllers of one sandbox."""

    sandbox: Sandbox
    hub: Hub
    _version: str = field(default="", init=False)

    def release(self, *, chart: str, repository: str | None, version: str, release: Release) -> Rendered:
        """Everything that a release brings. ChartError if there is no such chart, or it cannot be rendered."""
        found = package.find(chart, repository, version, self.sandbox.packages())
        cluster = self._cluster() if found.asks_about_cluster else None
        return render(found, release, Definitions.below(self.sandbox.crds), cluster)

    def _cluster(self) -> Cluster:
        if not self._version:
            self._version = str(self.hub.client.request("GET", "/version")["gitVersion"])
        kinds = {name for crd in self.hub.list(*CRD) for name in _served(crd)}
        return Cluster(version=self._version, kinds=frozenset(kinds))


def _served(crd: Mapping[str, Any]) -> set[str]:
    """The versions and kinds of a CRD as a chart may ask for them."""
    spec = crd["spec"]
    versions = {f"{spec['group']}/{item['name']}" for item in spec["versions"] if item["served"]}
    return versions | {f"{version}/{spec['names']['kind']}" for version in versions}
