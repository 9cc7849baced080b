"""What a Cluster has beside its instances: Services, budgets, an account with its rights, queries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sandbox import kube
from sandbox.controllers.cnpg import credentials, names
from sandbox.controllers.cnpg.cluster import Cluster

RIGHTS: Final = "rbac.authorization.k8s.io"
QUERIES: Final = "cnpg-default-monitoring"
PRIMARY: Final = "primary"
REPLICA: Final = "replica"


def of_cluster(cluster: Cluster) -> Iterator[kube.Object]:
    """Everything but Secrets, claims and pods."""
    yield from services(cluster)
    yield from budgets(cluster)
    yield from account(cluster)


def services(cluster: Cluster) -> Iterator[kube.Object]:
    """The ways to the primary, to replicas, and to any instance."""
    disabled = ((cluster.spec.get("managed") or {}).get("services") or {}).get("disabledDefaultServices") or []
    selectors = {
        "rw": {names.ROLE: PRIMARY},
        "ro": {names.ROLE: REPLICA},
        "r": {names.POD_ROLE: "instance"},
    }
    for way, selector in selectors.items():
        if way not in disabled:
            yield {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": cluster.meta(f"{cluster.name}-{way}", cluster.labels),
                "spec": {
                    "type": "ClusterIP",
                    "selector": {names.OF_CLUSTER: cluster.name, **selector},
                    "ports": [{"name": "postgres", "port": names.PORT, "targetPort": names.PORT, "protocol": "TCP"}],
                },
            }


def budgets(cluster: Cluster) -> Iterator[kube.Object]:
    """One for the primary, which a drain may not evict, and from three instances on one for the replicas."""
    if not cluster.spec.get("enablePDB", True):
        return
    yield _budget(cluster, f"{cluster.name}-primary", PRIMARY, 1)
    if cluster.instances >= 3:
        yield _budget(cluster, cluster.name, REPLICA, cluster.instances - 2)


def _budget(cluster: Cluster, name: str, role: str, least: int) -> kube.Object:
    selector = {names.OF_CLUSTER: cluster.name, names.ROLE: role}
    return {
        "apiVersion": names.BUDGET[0],
        "kind": names.BUDGET[1],
        "metadata": cluster.meta(name, cluster.labels),
        "spec": {"minAvailable": least, "selector": {"matchLabels": selector}},
    }


def account(cluster: Cluster) -> Iterator[kube.Object]:
    """The account of its pods and what it may do: read its Cluster's own Secrets, and report."""
    yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": cluster.meta(cluster.name)}
    group, mine = "postgresql.cnpg.io", [cluster.name]
    secrets = {cluster.app_secret, *credentials.of_tls(cluster), *_role_secrets(cluster)}
    rules = [
        rule("", "configmaps", "get,watch", sorted({cluster.name, QUERIES})),
        rule("", "secrets", "get,watch", sorted(secrets)),
        rule(group, "clusters", "get,list,watch", mine),
        rule(group, "clusters/status", "get,patch,update,watch", mine),
        rule(group, "backups", "list,get,delete"),
        rule(group, "backups/status", "get,patch,update"),
        rule("", "events", "create,patch"),
        rule(group, "failoverquorums", "get,list,watch", mine),
        rule(group, "failoverquorums/status", "get,patch,update,watch", mine),
    ]
    for kind in ("databases", "publications", "subscriptions"):
        rules += [rule(group, kind, "get,update,list,watch"), rule(group, f"{kind}/status", "get,patch,update")]
    yield from role(cluster, cluster.name, rules)


def role(cluster: Cluster, name: str, rules: list[dict[str, Any]]) -> Iterator[kube.Object]:
    """A Role of its pods' account, and the binding."""
    version = f"{RIGHTS}/v1"
    yield {"apiVersion": version, "kind": "Role", "metadata": cluster.meta(name), "rules": rules}
    yield {
        "apiVersion": version,
        "kind": "RoleBinding",
        "metadata": cluster.meta(name),
        "roleRef": {"apiGroup": RIGHTS, "kind": "Role", "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": cluster.name, "namespace": cluster.namespace}],
    }


def rule(group: str, resource: str, verbs: str, only: list[str] | None = None) -> dict[str, Any]:
    """A rule of a Role, for all objects of a kind or for some named ones."""
    found: dict[str, Any] = {"apiGroups": [group], "resources": [resource], "verbs": verbs.split(",")}
    return {**found, "resourceNames": only} if only else found


def _role_secrets(cluster: Cluster) -> set[str]:
    roles = (cluster.spec.get("managed") or {}).get("roles") or []
    return {role["passwordSecret"]["name"] for role in roles if role.get("passwordSecret")}
