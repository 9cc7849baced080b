"""What the wiring check looks at: the cluster's objects, and the accounts' resources as the stack's state has them.

Secrets stay unread: of a Secret only the names of its keys are used, and the state's secrets stay encrypted.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from doctor import kube
from policy.objects import namespace_of

KINDS: Final = (
    ("v1", "Namespace"),
    ("v1", "Node"),
    ("v1", "Pod"),
    ("v1", "Service"),
    ("v1", "Secret"),
    ("v1", "ConfigMap"),
    ("v1", "ServiceAccount"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "PersistentVolume"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("batch/v1", "CronJob"),
    ("batch/v1", "Job"),
    ("discovery.k8s.io/v1", "EndpointSlice"),
    ("storage.k8s.io/v1", "StorageClass"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("networking.k8s.io/v1", "Ingress"),
    ("networking.k8s.io/v1", "IngressClass"),
    ("networking.k8s.io/v1", "ServiceCIDR"),
    ("traefik.io/v1alpha1", "IngressRoute"),
    ("traefik.io/v1alpha1", "Middleware"),
    ("traefik.io/v1alpha1", "TraefikService"),
    ("traefik.io/v1alpha1", "TLSStore"),
    ("traefik.io/v1alpha1", "TLSOption"),
    ("cert-manager.io/v1", "ClusterIssuer"),
    ("cert-manager.io/v1", "Certificate"),
    ("acme.cert-manager.io/v1", "Challenge"),
    ("onepassword.com/v1", "OnePasswordItem"),
    ("postgresql.cnpg.io/v1", "Cluster"),
    ("postgresql.cnpg.io/v1", "Database"),
    ("postgresql.cnpg.io/v1", "ScheduledBackup"),
    ("barmancloud.cnpg.io/v1", "ObjectStore"),
    ("monitoring.coreos.com/v1", "Prometheus"),
    ("monitoring.coreos.com/v1", "Alertmanager"),
    ("monitoring.coreos.com/v1", "ServiceMonitor"),
    ("monitoring.coreos.com/v1", "PodMonitor"),
    ("monitoring.coreos.com/v1", "Probe"),
    ("monitoring.coreos.com/v1", "PrometheusRule"),
    ("monitoring.coreos.com/v1alpha1", "AlertmanagerConfig"),
    ("argoproj.io/v1alpha1", "AppProject"),
    ("argoproj.io/v1alpha1", "Application"),
)
"""Every kind that a check asks for. One that the cluster does not know has no objects."""

ACCOUNTS: Final = ("cloudflare:", "authentik:", "onepassword:")
"""How the types begin that live in an account; the cluster's objects are read from the cluster."""

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""Key by which the engine marks an encrypted value in a state."""

GIVEN_NAMESPACES: Final = ("default", "kube-system", "kube-public", "kube-node-lease")
"""Made by the cluster itself."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource of the stack that lives in an account: properties in camelCase, as in the state."""

    type: str
    """Last part of the type token, for example `DnsRecord`."""
    name: str
    id: str
    properties: Mapping[str, Any]


@dataclass(kw_only=True)
class Snapshot:
    """Everything, indexed."""

    objects: dict[str, dict[tuple[str, str], kube.Object]] = field(default_factory=dict)
    """By kind, then by namespace (empty for cluster-wide objects) and name."""
    resources: dict[str, list[Resource]] = field(default_factory=dict)
    """By type."""
    _once: dict[Hashable, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, objects: Iterable[kube.Object], export: Mapping[str, Any]) -> Snapshot:
        """A snapshot of plain objects and a stack export.

        In one order, whatever order they came in: what a report names does not depend on which was made first.
        """
        snapshot = cls()
        for item in sorted(objects, key=lambda item: (item["kind"], namespace_of(item), item["metadata"]["name"])):
            snapshot.objects.setdefault(item["kind"], {})[namespace_of(item), item["metadata"]["name"]] = item
        for state in (export.get("deployment") or {}).get("resources") or []:
            if state.get("custom") and not state.get("delete") and state["type"].startswith(ACCOUNTS):
                resource = _resource(state)
                snapshot.resources.setdefault(resource.type, []).append(resource)
        for resources in snapshot.resources.values():
            resources.sort(key=lambda resource: (resource.name, resource.id))
        return snapshot

    @classmethod
    def read(cls, client: kube.Client, export: Mapping[str, Any]) -> Snapshot:
        """The snapshot of a running cluster and a stack. Errors are the client's."""
        return cls.of((item for api_version, kind in KINDS for item in client.list(api_version, kind)), export)

    def all(self, kind: str) -> Iterator[kube.Object]:
        """Every object of a kind."""
        return iter(self.objects.get(kind, {}).values())

    def within(self, kind: str, namespace: str) -> list[kube.Object]:
        """Every object of a kind in one namespace."""

        def sort() -> dict[str, list[kube.Object]]:
            places: dict[str, list[kube.Object]] = {}
            for item in self.all(kind):
                places.setdefault(namespace_of(item), []).append(item)
            return places

        found: list[kube.Object] = self.once(("within", kind), sort).get(namespace, [])
        return found

    def once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What `make` makes, made once: a snapshot does not change."""
        if key not in self._once:
            self._once[key] = make()
        return self._once[key]

    def get(self, kind: str, name: str, namespace: str = "") -> kube.Object | None:
        """One object."""
        return self.objects.get(kind, {}).get((namespace, name))

    def of_type(self, name: str) -> list[Resource]:
        """Every resource of a type."""
        return self.resources.get(name, [])


def _resource(state: Mapping[str, Any]) -> Resource:
    return Resource(
        type=state["type"].rsplit(":", 1)[-1],
        name=state["urn"].rsplit("::", 1)[-1],
        id=state.get("id", ""),
        properties=_plain({**(state.get("inputs") or {}), **(state.get("outputs") or {})}),
    )


def _plain(value: Any) -> Any:
    """A value without what is encrypted in it: nobody here needs it, and nothing of it can be printed."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items() if not _encrypted(item)}
    return [_plain(item) for item in value if not _encrypted(item)] if isinstance(value, list) else value


def _encrypted(value: Any) -> bool:
    return isinstance(value, Mapping) and SIGNATURE in value


def condition(obj: Mapping[str, Any], kind: str) -> bool:
    """Whether an object's status says that a condition is true."""
    conditions = (obj.get("status") or {}).get("conditions") or []
    return any(item["type"] == kind and item["status"] == "True" for item in conditions)
