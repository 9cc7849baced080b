"""Checks of databases: what a cluster of PostgreSQL needs to be archived and restored, and who reaches it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from doctor import kube
from doctor.check import FINE, Context, Problem, Reference, check, unless
from doctor.isolation import kinds_of_pods, pod_port, selected
from doctor.network_policies import Port, forbidden
from doctor.routes import port_of, service_address
from doctor.snapshot import Snapshot, condition
from policy.objects import label, labels_of, namespace_of

CLUSTER_LABEL: Final = "cnpg.io/cluster"
"""By which the operator marks whatever it makes for a cluster."""
ROLE_LABEL: Final = "cnpg.io/podRole"
"""Only instances have it, not the jobs that prepare one."""
OPERATOR_NAMESPACE: Final = "cnpg-system"
POSTGRES: Final = Port(number=5432, name="postgresql")


def clusters(snapshot: Snapshot) -> Iterator[kube.Object]:
    """Every cluster of PostgreSQL; other operators have kinds of that name too."""
    return (item for item in snapshot.all("Cluster") if item.get("apiVersion", "").startswith("postgresql.cnpg.io/"))


def _plugins(cluster: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Where it archives to, and where it is restored from."""
    yield from cluster["spec"].get("plugins") or []
    for source in cluster["spec"].get("externalClusters") or []:
        if "plugin" in source:
            yield source["plugin"]


def _store_of(plugin: Mapping[str, Any]) -> str:
    name: str = (plugin.get("parameters") or {}).get("barmanObjectName", "")
    return name


@check("database -> healthy")
def healthy(context: Context) -> Iterator[Reference]:
    """The operator says that it serves, and that its WAL is archived."""
    for cluster in clusters(context.snapshot):
        status = cluster.get("status") or {}
        for kind, fault in (("Ready", "it does not serve"), ("ContinuousArchiving", "its WAL is not archived")):
            messages = [item.get("message") for item in status.get("conditions") or [] if item["type"] == kind]
            said = next(filter(None, [*messages, status.get("phase")]), "its operator says nothing")
            words = " ".join(str(said).split())
            advice = f"look at `kubectl describe cluster -n {namespace_of(cluster)} {cluster['metadata']['name']}`"
            problem = unless(condition(cluster, kind), f"{fault}: {words}", advice)
            yield Reference(label(cluster), kind, *problem)


@check("database -> Service")
def services(context: Context) -> Iterator[Reference]:
    """The Service that leads to the primary is there, and leads to a pod."""
    for cluster in clusters(context.snapshot):
        name, namespace = f"{cluster['metadata']['name']}-rw", namespace_of(cluster)
        service = context.snapshot.get("Service", name, namespace)
        fault = "no pod is the primary" if service else "there is no such Service"
        problem = unless(
            service and selected(context.snapshot, service),
            f"{fault}, so nobody reaches the database",
            f"look at the operator's log: `kubectl logs -n {OPERATOR_NAMESPACE} deployment/cloudnative-pg`",
        )
        yield Reference(label(cluster), f"Service {namespace}/{name}", *problem)


@check("database -> archive")
def archives(context: Context) -> Iterator[Reference]:
    """The archive that a cluster writes to, and the one that it is restored from, are declared."""
    for cluster in clusters(context.snapshot):
        for name in filter(None, map(_store_of, _plugins(cluster))):
            found = context.snapshot.get("ObjectStore", name, namespace_of(cluster))
            problem = unless(
                found,
                "there is no such archive, so no WAL is kept",
                "`pulumi up --refresh` makes one of the stack anew",
            )
            yield Reference(label(cluster), f"ObjectStore {namespace_of(cluster)}/{name}", *problem)


@check("database -> archive of its own")
def own_archives(context: Context) -> Iterator[Reference]:
    """No two clusters write to one place: each would spoil what the other has there."""
    writers: dict[tuple[str, str, str], list[str]] = {}
    places = {label(cluster): _place(context.snapshot, cluster) for cluster in clusters(context.snapshot)}
    for name, place in places.items():
        if place:
            writers.setdefault(place, []).append(name)
    for name, place in places.items():
        if place:
            first = writers[place][0]
            problem = unless(
                name == first, f"{first} writes there too", "give each its own serverName or destinationPath"
            )
            yield Reference(name, f"{place[1]} as {place[2]}", *problem)


def _place(snapshot: Snapshot, cluster: kube.Object) -> tuple[str, str, str] | None:
    """Store, path and name under which a cluster archives."""
    for plugin in cluster["spec"].get("plugins") or []:
        store = snapshot.get("ObjectStore", _store_of(plugin), namespace_of(cluster))
        if plugin.get("isWALArchiver") and store:
            there = store["spec"]["configuration"]
            server = plugin["parameters"].get("serverName") or cluster["metadata"]["name"]
            return there.get("endpointURL", ""), there["destinationPath"].rstrip("/"), server
    return None


@check("database -> schedule of base backups")
def schedules(context: Context) -> Iterator[Reference]:
    """Base backups are made of every cluster: WAL alone restores nothing."""
    for cluster in clusters(context.snapshot):
        name = cluster["metadata"]["name"]
        ours = [
            item
            for item in context.snapshot.within("ScheduledBackup", namespace_of(cluster))
            if item["spec"]["cluster"]["name"] == name and not item["spec"].get("suspend")
        ]
        advice = "`pulumi up --refresh` makes one of the stack anew; take `suspend` away from any other"
        problem = unless(ours, "no schedule makes base backups of it", advice)
        yield Reference(label(cluster), "ScheduledBackup", *problem)


@check("schedule of base backups -> database")
def scheduled(context: Context) -> Iterator[Reference]:
    """What is to be backed up exists."""
    for schedule in context.snapshot.all("ScheduledBackup"):
        name = schedule["spec"]["cluster"]["name"]
        found = context.snapshot.get("Cluster", name, namespace_of(schedule))
        problem = unless(found, "there is no such cluster, so it backs up nothing", "correct the name, or delete it")
        yield Reference(label(schedule), f"Cluster {namespace_of(schedule)}/{name}", *problem)


@check("archive -> key of a Secret")
def credentials(context: Context) -> Iterator[Reference]:
    """The keys by which an archive is opened exist."""
    for store in context.snapshot.all("ObjectStore"):
        for field, key in (store["spec"]["configuration"].get("s3Credentials") or {}).items():
            if not isinstance(key, Mapping):
                continue  # `inheritFromIAMRole`, which is a switch
            secret = context.snapshot.get("Secret", key["name"], namespace_of(store))
            has = ", ".join(sorted((secret or {}).get("data") or {})) or "none"
            fault = f"it has no such key: it has {has}" if secret else "there is no such Secret"
            problem = unless(
                secret and key["key"] in (secret.get("data") or {}),
                f"{fault}, so {field} is missing and nothing can be archived",
                "look at the OnePasswordItem that is to make it, or correct the name",
            )
            yield Reference(label(store), f"Secret {namespace_of(store)}/{key['name']} key {key['key']}", *problem)


@check("archive -> gateway")
def gateways(context: Context) -> Iterator[Reference]:
    """An archive in the cluster is where it is said to be, and the pods of its databases may call it."""
    snapshot = context.snapshot
    for store in snapshot.all("ObjectStore"):
        url = store["spec"]["configuration"].get("endpointURL", "")
        address = service_address(url)
        if address is None:
            continue  # outside the cluster
        name, namespace, number = address
        service = snapshot.get("Service", name, namespace)
        port = port_of(service, number) if service else None
        target = f"Service {namespace}/{name}:{number}"
        if service is None or port is None:
            fault = "there is no such Service" if service is None else "the Service has no such port"
            yield Reference(label(store), target, fault, "correct endpointURL, or have the gateway made anew")
            continue
        pods = selected(snapshot, service)
        fault, advice = "no pod answers there", f"look at `kubectl get pods -n {namespace}`"
        yield Reference(label(store), target, *unless(pods, fault, advice))
        for pod in pods:
            for caller in _users(snapshot, store):
                problem = forbidden(snapshot, caller, pod, pod_port(pod, port))
                yield Reference(f"pods of database {cluster_of(caller)}", target, *problem)


def _users(snapshot: Snapshot, store: kube.Object) -> Iterator[kube.Object]:
    """A pod of each kind of every cluster that uses an archive."""
    namespace, name = namespace_of(store), store["metadata"]["name"]
    users = {
        cluster["metadata"]["name"]
        for cluster in clusters(snapshot)
        if namespace_of(cluster) == namespace and name in map(_store_of, _plugins(cluster))
    }
    for pod in kinds_of_pods(snapshot, namespace):
        if cluster_of(pod) in users:
            yield pod


def cluster_of(obj: Mapping[str, Any]) -> str:
    """The cluster that the operator has made something for; empty if it is nothing of its making."""
    return labels_of(obj).get(CLUSTER_LABEL, "")


@check("role of a database -> its password")
def roles(context: Context) -> Iterator[Reference]:
    """A role that may sign in has its password's Secret."""
    for cluster in clusters(context.snapshot):
        for role in (cluster["spec"].get("managed") or {}).get("roles") or []:
            if "passwordSecret" in role:
                name = role["passwordSecret"]["name"]
                target = f"Secret {namespace_of(cluster)}/{name}"
                found = context.snapshot.get("Secret", name, namespace_of(cluster))
                yield Reference(f"{label(cluster)} role {role['name']}", target, *_password(found))


def _password(secret: kube.Object | None) -> Problem:
    missing = sorted({"username", "password"} - set((secret or {}).get("data") or {}))
    if not missing:
        return FINE
    fault = f"it has no {' and no '.join(missing)}" if secret else "there is no such Secret"
    return f"{fault}, so the role cannot sign in", "look at the OnePasswordItem that is to make it"


@check("database of an application -> cluster")
def declared(context: Context) -> Iterator[Reference]:
    """A database that is declared is made, in a cluster that exists."""
    for database in context.snapshot.all("Database"):
        name = database["spec"]["cluster"]["name"]
        target = f"Cluster {namespace_of(database)}/{name}"
        if context.snapshot.get("Cluster", name, namespace_of(database)) is None:
            yield Reference(label(database), target, "there is no such cluster", "correct the name, or delete it")
            continue
        status = database.get("status") or {}
        words = " ".join(str(status.get("message") or "its operator says nothing").split())
        problem = unless(status.get("applied"), f"it is not made: {words}", "correct what the message names")
        yield Reference(label(database), target, *problem)
