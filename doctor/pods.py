"""Checks of what pods need to start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from doctor import kube
from doctor.check import Context, Reference, check, unless
from doctor.databases import clusters
from doctor.snapshot import Snapshot
from policy.objects import label, namespace_of

MAKERS: Final = {
    "Secret": "look at the OnePasswordItem, Certificate or chart that is to make it, or correct the name",
    "ConfigMap": "`pulumi up --refresh` makes one of the stack anew; correct any other name",
}
"""What to do about something that a pod reads and that is not there."""
OWNERS: Final = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")


def pod_specs(snapshot: Snapshot) -> Iterator[tuple[kube.Object, Mapping[str, Any]]]:
    """Everything that makes pods, and the spec that it makes them of; a CronJob speaks for its Jobs."""
    for kind in OWNERS:
        for owner in snapshot.all(kind):
            made_by = {item["kind"] for item in owner["metadata"].get("ownerReferences") or []}
            if "CronJob" in made_by:
                continue
            spec = owner["spec"]
            template = spec["jobTemplate"]["spec"]["template"] if kind == "CronJob" else spec["template"]
            yield owner, template["spec"]


def is_passing(obj: Mapping[str, Any]) -> bool:
    """Whether something is a Job that another object has made, such as a mover of VolSync's: it comes and goes."""
    return obj["kind"] == "Job" and bool(obj["metadata"].get("ownerReferences"))


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
        for source in (volume.get("projected") or {}).get("sources") or []:
            yield from _named(source.get("secret"), "Secret", "name")
            yield from _named(source.get("configMap"), "ConfigMap", "name")


def _named(reference: Mapping[str, Any] | None, kind: str, field: str) -> Iterator[tuple[str, str, str]]:
    if reference and not reference.get("optional"):
        keys = [reference["key"]] if "key" in reference else [item["key"] for item in reference.get("items") or []]
        for key in keys or [""]:
            yield kind, reference[field], key


@check("pod -> Secret or ConfigMap key")
def config(context: Context) -> Iterator[Reference]:
    """Every key that a pod reads exists."""
    for owner, spec in pod_specs(context.snapshot):
        for kind, name, key in _config_references(spec):
            namespace = namespace_of(owner)
            target = f"{kind} {namespace}/{name}" + (f" key {key}" if key else "")
            found = context.snapshot.get(kind, name, namespace)
            if found is None:
                yield Reference(label(owner), target, f"there is no such {kind}, so no pod can start", MAKERS[kind])
                continue
            keys = {**(found.get("data") or {}), **(found.get("binaryData") or {})}
            has = ", ".join(sorted(keys)) or "none"
            fault, advice = f"it has no such key: it has {has}", f"correct the key, or add it to the {kind}"
            yield Reference(label(owner), target, *unless(not key or key in keys, fault, advice))


@check("pod -> image pull secret")
def pull_secrets(context: Context) -> Iterator[Reference]:
    """The credentials for a registry exist."""
    for owner, spec in pod_specs(context.snapshot):
        for item in spec.get("imagePullSecrets") or []:
            found = context.snapshot.get("Secret", item["name"], namespace_of(owner))
            problem = unless(
                found,
                "there is no such Secret, so the image cannot be pulled",
                "make it with `kubectl create secret docker-registry`, or take the name away if the image is public",
            )
            yield Reference(label(owner), f"Secret {namespace_of(owner)}/{item['name']}", *problem)


@check("pod -> volume claim")
def claims(context: Context) -> Iterator[Reference]:
    """Every claim that a pod mounts exists."""
    for owner, spec in pod_specs(context.snapshot):
        for name in _claims_of(spec):
            found = context.snapshot.get("PersistentVolumeClaim", name, namespace_of(owner))
            problem = unless(
                found,
                "there is no such claim, so the pod stays pending",
                "`pulumi up --refresh` makes a claim of the stack anew, and empty: look for its volume first",
            )
            yield Reference(label(owner), f"PersistentVolumeClaim {namespace_of(owner)}/{name}", *problem)


def _claims_of(spec: Mapping[str, Any]) -> list[str]:
    volumes = spec.get("volumes") or []
    return [item["persistentVolumeClaim"]["claimName"] for item in volumes if "persistentVolumeClaim" in item]


@check("pod -> service account")
def accounts(context: Context) -> Iterator[Reference]:
    """Every account that a pod runs as exists."""
    for owner, spec in pod_specs(context.snapshot):
        name = spec.get("serviceAccountName", "default")
        found = context.snapshot.get("ServiceAccount", name, namespace_of(owner))
        problem = unless(
            found,
            "there is no such account, so no pod is made",
            "correct the name, or have what brought the workload bring the account again",
        )
        yield Reference(label(owner), f"ServiceAccount {namespace_of(owner)}/{name}", *problem)


@check("volume claim -> storage class")
def classes(context: Context) -> Iterator[Reference]:
    """A claim that is to be provisioned names a class that exists. A bound one with its own volume needs none."""
    wanted = [
        *context.snapshot.all("PersistentVolumeClaim"),
        *(
            {**claim, "kind": f"{label(owner)} claim", "metadata": claim["metadata"]}
            for owner in context.snapshot.all("StatefulSet")
            for claim in owner["spec"].get("volumeClaimTemplates") or []
        ),
        *(
            {
                "kind": label(owner),
                "metadata": {"name": field},
                "spec": {"storageClassName": storage.get("storageClass")},
            }
            for owner in clusters(context.snapshot)
            for field in ("storage", "walStorage")
            if (storage := owner["spec"].get(field))
        ),
    ]
    for claim in wanted:
        name = claim["spec"].get("storageClassName")
        if name and not claim["spec"].get("volumeName"):
            found = context.snapshot.get("StorageClass", name)
            advice = "set cluster.storageClasses to classes that `kubectl get storageclass` shows"
            problem = unless(found, "there is no such storage class", advice)
            yield Reference(label(claim), f"StorageClass {name}", *problem)


@check("volume claim -> volume")
def volumes(context: Context) -> Iterator[Reference]:
    """A claim is bound, or waits for a first pod as its class wants it to."""
    used = {(namespace_of(pod), name) for pod in context.snapshot.all("Pod") for name in _claims_of(pod["spec"])}
    for claim in context.snapshot.all("PersistentVolumeClaim"):
        name = claim["spec"].get("volumeName")
        if (claim.get("status") or {}).get("phase") == "Bound":
            found = name and context.snapshot.get("PersistentVolume", name)
            problem = unless(
                found,
                "the volume is gone, and its data with it as far as this claim goes",
                "delete the claim, make it anew with `pulumi up --refresh`, and bring the data back from a backup",
            )
        else:
            unused = (namespace_of(claim), claim["metadata"]["name"]) not in used
            problem = unless(
                unused and _waits(context.snapshot, claim),
                "it is not bound, since no volume fits it",
                "look at the claim's events with `kubectl describe`",
            )
        yield Reference(label(claim), f"PersistentVolume {name}" if name else "a volume", *problem)


def _waits(snapshot: Snapshot, claim: kube.Object) -> bool:
    found = snapshot.get("StorageClass", claim["spec"].get("storageClassName") or "")
    return bool(found and found.get("volumeBindingMode") == "WaitForFirstConsumer")


@check("volume -> claim")
def owners(context: Context) -> Iterator[Reference]:
    """A volume that was made for one claim is held for a claim that exists."""
    for volume in context.snapshot.all("PersistentVolume"):
        claim = volume["spec"].get("claimRef")
        if claim:
            found = context.snapshot.get("PersistentVolumeClaim", claim["name"], claim.get("namespace", ""))
            target = f"PersistentVolumeClaim {claim.get('namespace', '')}/{claim['name']}"
            # A released volume is kept on purpose after its claim went: its data waits for someone to decide.
            released = (volume.get("status") or {}).get("phase") == "Released"
            problem = unless(
                found or released,
                "there is no such claim",
                "`pulumi up --refresh` makes a claim of the stack anew; delete a volume that nobody needs any more",
            )
            yield Reference(label(volume), target, *problem)
