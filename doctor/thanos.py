"""Checks of Thanos: whom Query asks, and who uses a bucket."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from doctor import kube
from doctor.calls import Call, followed, pods_of
from doctor.check import FINE, Context, Problem, Reference, check, unless
from doctor.isolation import kinds_of_pods, owner_of
from doctor.monitors import operated
from doctor.network_policies import Port, forbidden
from doctor.snapshot import Snapshot
from policy.objects import label, namespace_of

ENDPOINT: Final = re.compile(
    r"--endpoint=dnssrv\+_([-a-z0-9]+)\._tcp\.([-a-z0-9]+)\.([-a-z0-9]+)\.svc(?:\.cluster\.local)?"
)
"""How Query is told whom to ask: name of the port, Service, namespace."""
BUCKET_FILE: Final = "--objstore.config-file="
COMPACT: Final = "compact"
GATEWAY: Final = "VGW_PORT"
"""Variable by which a container is known that answers for a bucket."""
UPDATED: Final = ("Deployment", "StatefulSet")


def _programs(snapshot: Snapshot) -> Iterator[tuple[kube.Object, Mapping[str, Any]]]:
    """Every container that runs for ever, and what makes its pods."""
    for kind in UPDATED:
        for owner in snapshot.all(kind):
            for container in owner["spec"]["template"]["spec"]["containers"]:
                yield owner, container


@check("Thanos Query -> what it asks")
def asked(context: Context) -> Iterator[Reference]:
    """Stores and sidecars are there under the names that Query looks up, and may be called."""
    for owner, container in _programs(context.snapshot):
        for found in map(ENDPOINT.fullmatch, container.get("args") or []):
            if found:
                call = Call(
                    subject=label(owner),
                    callers=pods_of(context.snapshot, owner),
                    namespace=found[3],
                    service=found[2],
                    port=found[1],
                    means="what it has is missing in every answer",
                )
                yield from followed(context.snapshot, call)


@dataclass(frozen=True, kw_only=True)
class User:
    """Somebody who reads the file that leads to a bucket."""

    owner: kube.Object
    secret: str
    """In the owner's namespace."""
    compacts: bool
    pods: list[kube.Object]


def _users(snapshot: Snapshot) -> Iterator[User]:
    for owner, container in _programs(snapshot):
        arguments = container.get("args") or []
        for path in (item.removeprefix(BUCKET_FILE) for item in arguments if item.startswith(BUCKET_FILE)):
            secret, compacts = _mounted(owner, container, path), COMPACT in arguments
            yield User(owner=owner, secret=secret, compacts=compacts, pods=pods_of(snapshot, owner))
    for prometheus in snapshot.all("Prometheus"):
        key = (prometheus["spec"].get("thanos") or {}).get("objectStorageConfig")
        if key:
            yield User(owner=prometheus, secret=key["name"], compacts=False, pods=operated(snapshot, prometheus))


def _mounted(owner: kube.Object, container: Mapping[str, Any], path: str) -> str:
    """The Secret that a container has a file of; empty if it is none."""
    volumes = {item["name"]: item for item in owner["spec"]["template"]["spec"].get("volumes") or []}
    for mount in container.get("volumeMounts") or []:
        if path == mount["mountPath"] or path.startswith(f"{mount['mountPath']}/"):
            secret = volumes.get(mount["name"], {}).get("secret") or {}
            return str(secret.get("secretName") or "")
    return ""


@check("bucket of metrics -> one compactor")
def compactors(context: Context) -> Iterator[Reference]:
    """Whatever is uploaded is made smaller and deleted in time, by one pod alone: two destroy each other's blocks."""
    buckets: dict[tuple[str, str], list[kube.Object]] = {}
    for user in _users(context.snapshot):
        found = buckets.setdefault((namespace_of(user.owner), user.secret), [])
        if user.compacts:
            found.append(user.owner)
    for (namespace, secret), owners in buckets.items():
        problem = _compacted(owners)
        yield Reference(_bucket(namespace, secret), "one compactor", *problem)


def _bucket(namespace: str, secret: str) -> str:
    return f"bucket of Secret {namespace}/{secret}"


def _compacted(owners: list[kube.Object]) -> Problem:
    if not owners:
        return "it has no compactor, so it grows for ever", "`pulumi up --refresh` makes it anew"
    if len(owners) > 1:
        both = " and ".join(map(label, owners))
        return f"{both} compact it, and destroy each other's blocks", "delete all but one of them at once"
    (owner,) = owners
    alone = owner["kind"] == "StatefulSet" or (owner["spec"].get("strategy") or {}).get("type") == "Recreate"
    if int(owner["spec"].get("replicas", 1)) > 1 or not alone:
        fault = f"{label(owner)} may have two pods at once, which destroy each other's blocks"
        return fault, "set its replicas to 1 and its strategy to Recreate"
    return FINE


@check("user of a bucket -> its gateway")
def gateways(context: Context) -> Iterator[Reference]:
    """Whoever reads or writes the bucket of metrics may call the gateway beside it."""
    snapshot = context.snapshot
    for user in _users(snapshot):
        namespace = namespace_of(user.owner)
        found = list(_gateways(snapshot, namespace))
        fault, advice = "none runs there, so nobody reaches the bucket", f"look at `kubectl get pods -n {namespace}`"
        yield Reference(_bucket(namespace, user.secret), f"a gateway in {namespace}", *unless(found, fault, advice))
        for gateway, port in found:
            for pod in user.pods:
                call = f"{owner_of(pod)} to {owner_of(gateway)}:{port.number}"
                yield Reference(label(user.owner), call, *forbidden(snapshot, pod, gateway, port))


def _gateways(snapshot: Snapshot, namespace: str) -> Iterator[tuple[kube.Object, Port]]:
    """A gateway's pod of each kind, with the port that it answers at."""
    for pod in kinds_of_pods(snapshot, namespace):
        for container in pod["spec"]["containers"]:
            if GATEWAY in {item["name"] for item in container.get("env") or []}:
                for port in container.get("ports") or []:
                    yield pod, Port(number=port["containerPort"], name=port.get("name", ""))
