"""Checks of what pods need to start, and of the walls around them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox import kube
from sandbox.doctor.check import Context, Reference, check
from sandbox.doctor.policies import Group, Port, callers
from sandbox.doctor.world import GIVEN_NAMESPACES, World, label, namespace_of, notes

OWNERS: Final = ("Deployment", "StatefulSet", "DaemonSet", "CronJob")
DATABASE_PORTS: Final = (5432, 6379)
"""PostgreSQL's and Redis's."""


def pod_specs(world: World) -> Iterator[tuple[kube.Object, Mapping[str, Any]]]:
    """Everything that makes pods, and the spec that it makes them of."""
    for kind in OWNERS:
        for owner in world.all(kind):
            spec = owner["spec"]
            template = spec["jobTemplate"]["spec"]["template"] if kind == "CronJob" else spec["template"]
            yield owner, template["spec"]


def _containers(spec: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from spec.get("initContainers") or []
    yield from spec["containers"]


def _config_references(spec: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Kind, name and key (or nothing) of every Secret and ConfigMap that has to be there."""
    for container in _containers(spec):
        for variable in container.get("env") or []:
            source = variable.get("valueFrom") or {}
            yield from _named(source.get("secretKeyRef"), "Secret", "name")
            yield from _named(source.get("configMapKeyRef"), "ConfigMap", "name")
        for source in container.get("envFrom") or []:
            yield from _named(source.get("secretRef"), "Secret", "name")
            yield from _named(source.get("configMapRef"), "ConfigMap", "name")
    for volume in spec.get("volumes") or []:
        yield from _named(volume.get("secret"), "Secret", "secretName")
        yield from _named(volume.get("configMap"), "ConfigMap", "name")


def _named(reference: Mapping[str, Any] | None, kind: str, field: str) -> Iterator[tuple[str, str, str]]:
    if reference and not reference.get("optional"):
        yield kind, reference[field], reference.get("key", "")


@check("pod -> Secret or ConfigMap key")
def config(context: Context) -> Iterator[Reference]:
    """Every key that a pod reads exists."""
    for owner, spec in pod_specs(context.world):
        for kind, name, key in _config_references(spec):
            namespace = namespace_of(owner)
            target = f"{kind} {namespace}/{name}" + (f" key {key}" if key else "")
            found = context.world.get(kind, name, namespace)
            if found is None:
                yield Reference(label(owner), target, f"there is no such {kind}: the pod cannot start")
                continue
            keys = {**(found.get("data") or {}), **(found.get("stringData") or {}), **(found.get("binaryData") or {})}
            missing = key and key not in keys
            has = ", ".join(sorted(keys)) or "none"
            yield Reference(label(owner), target, f"it has no such key; it has: {has}" if missing else "")


@check("pod -> volume claim")
def claims(context: Context) -> Iterator[Reference]:
    """Every claim that a pod mounts exists."""
    for owner, spec in pod_specs(context.world):
        for volume in spec.get("volumes") or []:
            if "persistentVolumeClaim" in volume:
                name = volume["persistentVolumeClaim"]["claimName"]
                found = context.world.get("PersistentVolumeClaim", name, namespace_of(owner))
                problem = "" if found else "there is no such claim: the pod stays pending"
                yield Reference(label(owner), f"PersistentVolumeClaim {namespace_of(owner)}/{name}", problem)


@check("pod -> service account")
def accounts(context: Context) -> Iterator[Reference]:
    """Every account that a pod runs as exists."""
    for owner, spec in pod_specs(context.world):
        name = spec.get("serviceAccountName", "default")
        found = context.world.get("ServiceAccount", name, namespace_of(owner))
        problem = "" if found else "there is no such account: no pod is made"
        yield Reference(label(owner), f"ServiceAccount {namespace_of(owner)}/{name}", problem)


@check("volume claim -> storage class or volume")
def storage(context: Context) -> Iterator[Reference]:
    """A claim names a class that exists, or is bound to a volume."""
    for claim in context.world.all("PersistentVolumeClaim"):
        name = claim["spec"].get("storageClassName")
        bound = (claim.get("status") or {}).get("phase") == "Bound"
        if name:
            found = context.world.get("StorageClass", name)
            problem = "" if found else "there is no such storage class: set cluster.storageClasses"
            yield Reference(label(claim), f"StorageClass {name}", problem)
        yield Reference(label(claim), "a volume", "" if bound else "not bound: no volume fits the claim")


@check("namespace -> pod security")
def pod_security(context: Context) -> Iterator[Reference]:
    """Every namespace enforces `restricted`, or says why not."""
    for namespace in context.world.all("Namespace"):
        name = namespace["metadata"]["name"]
        if name in GIVEN_NAMESPACES:
            continue
        level = (namespace["metadata"].get("labels") or {}).get("pod-security.kubernetes.io/enforce", "nothing")
        excused = notes(namespace).get("homelab/pod-security-reason")
        problem = "" if level == "restricted" or excused else f"it enforces {level} and gives no reason"
        yield Reference(label(namespace), "pod security restricted", problem)


@check("namespace -> closed by default")
def default_deny(context: Context) -> Iterator[Reference]:
    """Every namespace has a policy that selects all its pods and permits nobody in."""
    for namespace in context.world.all("Namespace"):
        name = namespace["metadata"]["name"]
        if name in GIVEN_NAMESPACES:
            continue
        closed = any(
            namespace_of(policy) == name
            and not policy["spec"].get("podSelector")
            and not policy["spec"].get("ingress")
            and {"Ingress", "Egress"} <= set(policy["spec"].get("policyTypes") or [])
            for policy in context.world.all("NetworkPolicy")
        )
        problem = "" if closed else "no policy closes it: its pods may be called by anybody"
        yield Reference(label(namespace), "default-deny", problem)


@check("database -> its own namespace only")
def databases(context: Context) -> Iterator[Reference]:
    """Nobody reaches a database but pods that a policy names."""
    for pod in context.world.all("Pod"):
        for container in pod["spec"]["containers"]:
            for port in container.get("ports") or []:
                if port["containerPort"] not in DATABASE_PORTS:
                    continue
                group = Group(namespace=namespace_of(pod), labels=pod["metadata"].get("labels") or {})
                peers = callers(context.world, group, Port(number=port["containerPort"], name=port.get("name", "")))
                open_to = [peer for peer in peers if not peer or "ipBlock" in peer]
                problem = f"a policy opens it to {open_to[0] or 'anybody'}" if open_to else ""
                yield Reference(label(pod), f"port {port['containerPort']}", problem)
