"""Rules of pods, whatever makes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from policy.objects import LONG_RUNNING, WORKLOADS, Object, containers_of, pod_template, spec_of
from policy.rule import Context, Rule

REQUIRED: Final = (("requests", "cpu"), ("requests", "memory"), ("limits", "memory"))
"""No CPU limit: throttling helps nobody on a homelab's node."""

SECCOMP_PROFILES: Final = ("RuntimeDefault", "Localhost")
HARMLESS_CAPABILITIES: Final = ("NET_BIND_SERVICE",)
"""What the standard `restricted` lets a container add."""


def _of_pods(
    judge: Callable[[Mapping[str, Any]], Iterator[str]],
) -> Callable[[Object, Context], Iterator[str]]:
    """A judge of whatever makes pods, from one of a pod's spec."""

    def of_object(obj: Object, _context: Context) -> Iterator[str]:
        template = pod_template(obj)
        if template is not None:
            yield from judge(spec_of(template))

    return of_object


def _images_pinned(pod: Mapping[str, Any]) -> Iterator[str]:
    for container in containers_of(pod):
        image = container.get("image") or ""
        tag = image.rpartition("/")[2].partition(":")[2]
        if "@sha256:" not in image and tag in ("", "latest"):
            yield f"container {container.get('name')}: image {image or '(none)'} names no version: add its tag"


def _resources(pod: Mapping[str, Any]) -> Iterator[str]:
    for container in containers_of(pod):
        resources = container.get("resources") or {}
        for part, resource in REQUIRED:
            if not (resources.get(part) or {}).get(resource):
                yield f"container {container.get('name')}: resources.{part}.{resource} is not set"


def _probes(pod: Mapping[str, Any]) -> Iterator[str]:
    for container in pod.get("containers") or []:
        for probe in ("readinessProbe", "livenessProbe"):
            if not container.get(probe):
                yield f"container {container.get('name')}: it has no {probe}"


def _restricted(pod: Mapping[str, Any]) -> Iterator[str]:
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(field):
            yield f"{field}: the pod shares it with its node"
    for volume in pod.get("volumes") or []:
        if volume.get("hostPath"):
            yield f"volume {volume.get('name')}: it is a folder of the node"
    for container in containers_of(pod):
        for problem in _container_problems(container, pod.get("securityContext") or {}):
            yield f"container {container.get('name')}: {problem}"


def _container_problems(container: Mapping[str, Any], of_pod: Mapping[str, Any]) -> Iterator[str]:
    own = container.get("securityContext") or {}
    together = {**of_pod, **own}
    if together.get("runAsNonRoot") is not True or together.get("runAsUser") == 0:
        yield "it may run as root: set runAsNonRoot"
    if (together.get("seccompProfile") or {}).get("type") not in SECCOMP_PROFILES:
        yield "it has no seccompProfile: set RuntimeDefault"
    if own.get("privileged"):
        yield "it is privileged"
    if own.get("allowPrivilegeEscalation") is not False:
        yield "it may gain privileges: set allowPrivilegeEscalation to false"
    capabilities = own.get("capabilities") or {}
    if "ALL" not in (capabilities.get("drop") or []):
        yield "it keeps capabilities: drop ALL"
    if added := sorted(set(capabilities.get("add") or []) - {*HARMLESS_CAPABILITIES}):
        yield f"it adds the capabilities {', '.join(added)}"
    if any(port.get("hostPort") for port in container.get("ports") or []):
        yield "it opens a port of its node"


def _read_only(pod: Mapping[str, Any]) -> Iterator[str]:
    for container in containers_of(pod):
        if (container.get("securityContext") or {}).get("readOnlyRootFilesystem") is not True:
            yield f"container {container.get('name')}: readOnlyRootFilesystem is not set"


def _no_token(pod: Mapping[str, Any]) -> Iterator[str]:
    if pod.get("automountServiceAccountToken") is not False:
        yield "its pods get a token of the API server: set automountServiceAccountToken to false"


RULES: Final = (
    Rule(
        name="images-pinned",
        description="Every image names a version, by tag or digest.",
        kinds=WORKLOADS,
        judge=_of_pods(_images_pinned),
    ),
    Rule(
        name="resources",
        description="Every container requests CPU and memory, and has a limit of memory.",
        kinds=WORKLOADS,
        judge=_of_pods(_resources),
    ),
    Rule(
        name="probes",
        description="Every container that is to run for ever has a readiness and a liveness probe.",
        kinds=LONG_RUNNING,
        judge=_of_pods(_probes),
    ),
    Rule(
        name="restricted-pods",
        description="Every pod keeps the pod security standard `restricted`.",
        kinds=WORKLOADS,
        judge=_of_pods(_restricted),
    ),
    Rule(
        name="read-only-root-filesystem",
        description="No container writes into its image.",
        kinds=WORKLOADS,
        judge=_of_pods(_read_only),
    ),
    Rule(
        name="no-service-account-token",
        description="No pod gets a token of the API server.",
        kinds=WORKLOADS,
        judge=_of_pods(_no_token),
    ),
)
