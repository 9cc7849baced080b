"""What a look at an Application came to, and how its status says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox import kube
from sandbox.controllers.health import Health
from sandbox.controllers.objects import namespace_of, now


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Sync and health of an Application, with the reason where one of them is not as it should be."""

    sync: str
    health: Health
    resources: list[dict[str, Any]] = field(default_factory=list)
    condition: Mapping[str, str] | None = None

    @classmethod
    def refused(cls, kind: str, message: str) -> Outcome:
        """The Application cannot even be compared with the cluster."""
        return cls(sync="Unknown", health=Health("Unknown"), condition={"type": kind, "message": message})

    @property
    def done(self) -> bool:
        """Whether nothing is left to do or to wait for."""
        return self.sync == "Synced" and self.health.status == "Healthy"

    def reason(self) -> str:
        """Why the Application is not synced and healthy; empty if it is."""
        if self.condition:
            return self.condition["message"]
        unhealthy = [r for r in self.resources if r.get("health", {}).get("message")]
        return "; ".join(f"{r['kind']} {r['name']}: {r['health']['message']}" for r in unhealthy)

    def status(self, app: Mapping[str, Any]) -> dict[str, Any]:
        """The Application's status."""
        revision = str((app["spec"].get("source") or {}).get("targetRevision", ""))
        phase = "Failed" if self.condition else "Succeeded" if self.health.status == "Healthy" else "Running"
        return {
            "sync": {"status": self.sync, "revision": revision},
            "health": {"status": self.health.status, "lastTransitionTime": now()},
            "conditions": [{**self.condition, "lastTransitionTime": now()}] if self.condition else [],
            "resources": self.resources,
            "sourceType": "Helm",
            "reconciledAt": now(),
            "operationState": {
                "operation": {"sync": {"revision": revision}},
                "phase": phase,
                "message": self.reason() or "successfully synced (all tasks run)",
                "startedAt": now(),
            },
        }


def resource(obj: kube.Object, found: Health | None, *, synced: bool) -> dict[str, Any]:
    """One object's line in an Application's status."""
    group, _, version = obj["apiVersion"].rpartition("/")
    line: dict[str, Any] = {
        "group": group,
        "version": version,
        "kind": obj["kind"],
        "name": obj["metadata"]["name"],
        "status": "Synced" if synced else "OutOfSync",
    }
    if namespace_of(obj):
        line["namespace"] = namespace_of(obj)
    if found:
        line["health"] = {"status": found.status, **({"message": found.message} if found.message else {})}
    return line
