"""Who is in the cluster: whatever makes pods, each known by a name that no restart changes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from doctor import kube
from doctor.databases import CLUSTER_LABEL, ROLE_LABEL
from doctor.network_policies import Group, matches
from doctor.pods import is_passing, pod_specs
from doctor.snapshot import GIVEN_NAMESPACES, Snapshot
from policy.objects import labels_of, namespace_of, pod_template

DIGEST: Final = re.compile(r"-[0-9a-f]{10}$")
"""How the name of a Job ends that is made anew for each change."""


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Something that makes pods, all of them alike."""

    kind: str
    namespace: str
    name: str
    labels: Mapping[str, str]
    """Of its pods."""
    spec: Mapping[str, Any]
    """Of its pods."""
    replicas: int
    """How many pods there are to be; 0 for what runs at its time, and on each node."""

    @property
    def place(self) -> str:
        """`namespace/name`."""
        return f"{self.namespace}/{self.name}"

    @property
    def label(self) -> str:
        """`Kind namespace/name`."""
        return f"{self.kind} {self.place}"

    @property
    def group(self) -> Group:
        """As network policies see it."""
        return Group(namespace=self.namespace, labels=self.labels)

    @property
    def image(self) -> str:
        """Image of its first container."""
        return str(self.spec["containers"][0].get("image", ""))

    @property
    def version(self) -> str:
        """Tag of that image."""
        return tag_of(self.image)

    def runs(self, repository: str) -> bool:
        """Whether a container of its pods has an image of a repository, known by the end of its name."""
        return any(is_of(str(item.get("image", "")), repository) for item in self.spec["containers"])

    def claims(self) -> list[str]:
        """Names of the volume claims that its pods mount."""
        volumes = self.spec.get("volumes") or []
        return [item["persistentVolumeClaim"]["claimName"] for item in volumes if "persistentVolumeClaim" in item]


def tag_of(image: str) -> str:
    """Tag of an image; nothing if it is known by its digest only."""
    return _parts(image)[1]


def is_of(image: str, repository: str) -> bool:
    """Whether an image is of a repository, known by the end of its name."""
    return f"/{_parts(image)[0]}".endswith(f"/{repository}")


def _parts(image: str) -> tuple[str, str]:
    """Repository and tag."""
    name = image.partition("@")[0]
    repository, _, tag = name.rpartition(":")
    return (repository, tag) if repository and "/" not in tag else (name, "")


def actors(snapshot: Snapshot) -> list[Actor]:
    """Everybody, by namespace and name."""
    found = snapshot.once("pages: actors", lambda: sorted(_all(snapshot), key=lambda actor: (actor.place, actor.kind)))
    return list(found)


def _all(snapshot: Snapshot) -> Iterator[Actor]:
    for owner, spec in pod_specs(snapshot):
        if is_passing(owner):
            continue
        if namespace_of(owner) in GIVEN_NAMESPACES and not owner["metadata"].get("labels"):
            continue
        template = dict(pod_template(owner) or {})
        yield Actor(
            kind=owner["kind"],
            namespace=namespace_of(owner),
            name=DIGEST.sub("", owner["metadata"]["name"]) if owner["kind"] == "Job" else owner["metadata"]["name"],
            labels=(template.get("metadata") or {}).get("labels") or {},
            spec=spec,
            replicas=owner["spec"].get("replicas", 1) if owner["kind"] in ("Deployment", "StatefulSet") else 0,
        )
    yield from _instances(snapshot)


def _instances(snapshot: Snapshot) -> Iterator[Actor]:
    """The instances of each cluster of PostgreSQL: the operator makes their pods itself."""
    first: dict[tuple[str, str], kube.Object] = {}
    for pod in sorted(snapshot.all("Pod"), key=lambda item: str(item["metadata"]["name"])):
        cluster = labels_of(pod).get(CLUSTER_LABEL)
        if cluster and ROLE_LABEL in labels_of(pod):
            first.setdefault((namespace_of(pod), cluster), pod)
    for (namespace, name), pod in first.items():
        made_for: Mapping[str, Any] = snapshot.get("Cluster", name, namespace) or {}
        yield Actor(
            kind="Cluster",
            namespace=namespace,
            name=name,
            labels=labels_of(pod),
            spec=pod["spec"],
            replicas=int((made_for.get("spec") or {}).get("instances", 1)),
        )


def behind(snapshot: Snapshot, namespace: str, service: str) -> list[Actor]:
    """Who answers at a Service."""
    found = snapshot.get("Service", service, namespace)
    selector = ((found or {}).get("spec") or {}).get("selector")
    if not selector:
        return []
    wanted = {"matchLabels": selector}
    return [
        actor
        for actor in actors(snapshot)
        if actor.namespace == namespace and matches(wanted, {**actor.labels, **_primary(selector)})
    ]


def _primary(selector: Mapping[str, str]) -> Mapping[str, str]:
    """The label that the primary of a cluster has, if it is asked for: which instance that is changes."""
    return {key: value for key, value in selector.items() if key in ("cnpg.io/instanceRole", "role")}
