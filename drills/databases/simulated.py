"""The sandbox's simulated CloudNativePG, on the same live objects: what it says of an archive that fails."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from drills.databases.found import CLUSTERS, PLUGIN, Database
from sandbox import kube

FAILS: Final = "archiving fails"
WORKS: Final = "archiving works"
EMPTY: Final = "Expected empty archive"
MANAGER: Final = "drill"
ABSENT: Final = "no-such-key"


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """Changes of the live objects, and what the Cluster says then."""

    cluster: kube.Client
    database: Database

    def archiving(self) -> str:
        """Whether the Cluster says that it archives, or why not."""
        conditions = (self._live().get("status") or {}).get("conditions") or []
        found = next((item for item in conditions if item["type"] == "ContinuousArchiving"), None)
        if found is None:
            return "says nothing of its archive"
        return WORKS if found["status"] == "True" else FAILS

    def gateway(self, *, there: bool) -> None:
        """Have no pods behind the endpoint, or those again that there were."""
        workload = self.database.gateway
        replicas = workload["spec"].get("replicas", 1) if there else 0
        self._patch(workload, {"spec": {"replicas": replicas}})

    def key(self, *, there: bool) -> None:
        """Name a key that the Secret has not, or the one again that was named."""
        reference = self.database.store["spec"]["configuration"]["s3Credentials"]["secretAccessKey"]
        named = {"key": reference["key"] if there else ABSENT}
        self._patch(self.database.store, {"spec": {"configuration": {"s3Credentials": {"secretAccessKey": named}}}})

    def restored_over(self, name: str) -> None:
        """Restore into a Cluster that would archive under the name of the one that it comes from."""
        spec = copy.deepcopy(self.database.cluster["spec"])
        source = self.database.name
        parameters = next(plugin["parameters"] for plugin in spec["plugins"] if plugin["name"] == PLUGIN)
        spec["bootstrap"] = {"recovery": {"source": source}}
        spec["externalClusters"] = [{"name": source, "plugin": {"name": PLUGIN, "parameters": parameters}}]
        meta = {"name": name, "namespace": self.database.namespace}
        self.cluster.apply({"apiVersion": CLUSTERS, "kind": "Cluster", "metadata": meta, "spec": spec}, MANAGER)

    def refusal(self, name: str) -> str:
        """Why a Cluster does not come up, as far as it is about its archive."""
        found = self.cluster.get(CLUSTERS, "Cluster", name, self.database.namespace) or {}
        reason = str((found.get("status") or {}).get("phaseReason") or "")
        return EMPTY if EMPTY in reason else reason or "says nothing"

    def forget(self, name: str) -> None:
        """Delete a Cluster that was tried."""
        self.cluster.delete(CLUSTERS, "Cluster", name, self.database.namespace)

    def _live(self) -> kube.Object:
        return self.cluster.get(CLUSTERS, "Cluster", self.database.name, self.database.namespace) or {}

    def _patch(self, obj: kube.Object, change: Mapping[str, Any]) -> None:
        kind = self.cluster.kind(obj["apiVersion"], obj["kind"])
        path = kind.path(obj["metadata"]["namespace"], obj["metadata"]["name"])
        self.cluster.request("PATCH", path, body=change, content_type="application/merge-patch+json")
