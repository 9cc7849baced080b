"""Questions about Kubernetes objects that several controllers ask, and the one way in which they write status."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox import kube
from sandbox.plugins.kubernetes.quantity import FIELDS as QUANTITIES
from sandbox.plugins.kubernetes.quantity import same_scalar
from sandbox.rollouts import condition


def now() -> str:
    """The present time as Kubernetes writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def namespace_of(obj: Mapping[str, Any]) -> str:
    """An object's namespace, empty if it has none."""
    return str(obj["metadata"].get("namespace", ""))


def split(key: str) -> tuple[str, str]:
    """Namespace and name of a key as `kube.name_of` writes it."""
    namespace, _, name = key.rpartition("/")
    return namespace, name


def notes_of(obj: Mapping[str, Any]) -> dict[str, str]:
    """An object's annotations, an empty map if it has none."""
    return obj["metadata"].get("annotations") or {}


def owner_of(obj: Mapping[str, Any], **more: bool) -> dict[str, Any]:
    """Who has something, so that it goes when its owner goes; `controller` and the like as further words."""
    meta = obj["metadata"]
    own = {"apiVersion": obj["apiVersion"], "kind": obj["kind"], "name": meta["name"], "uid": meta["uid"]}
    return {**own, **more}


def is_available(workload: Mapping[str, Any] | None) -> bool:
    """Whether a Deployment or StatefulSet exists and at least one of its pods is ready to serve."""
    return bool(workload and (workload.get("status") or {}).get("readyReplicas", 0) > 0)


def pods_of(workload: Mapping[str, Any], pods: Iterable[kube.Object]) -> Iterator[kube.Object]:
    """Which of the pods of its namespace are a Deployment's or StatefulSet's."""
    wanted = (workload["spec"]["selector"].get("matchLabels") or {}).items()
    yield from (pod for pod in pods if wanted <= (pod["metadata"].get("labels") or {}).items())


def is_ready(pod: Mapping[str, Any]) -> bool:
    """Whether a pod serves, and is not about to go."""
    return condition(pod, "Ready").get("status") == "True" and "deletionTimestamp" not in pod["metadata"]


def serving(pods: Iterable[kube.Object]) -> kube.Object | None:
    """The pod that does the work of a program with one: the last one that started, while another is about to go."""
    ready = (pod for pod in pods if is_ready(pod))
    return max(ready, key=lambda pod: str(pod["metadata"]["creationTimestamp"]), default=None)


def with_condition(obj: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The object's conditions with one replaced. Its transition time stays while its status does."""
    old = condition(obj, new["type"])
    since = old.get("lastTransitionTime") if old.get("status") == new["status"] else None
    others = [c for c in (obj.get("status") or {}).get("conditions") or [] if c["type"] != new["type"]]
    return [*others, {**new, "lastTransitionTime": since or now()}]


def same_but_times(left: Any, right: Any) -> bool:
    """Whether two statuses say the same, apart from when each condition changed."""
    return bool(_without_times(left) == _without_times(right))


def _without_times(value: Any) -> Any:
    if isinstance(value, Mapping):
        times = ("lastTransitionTime", "reconciledAt", "finishedAt", "startedAt")
        return {key: _without_times(item) for key, item in value.items() if key not in times}
    if isinstance(value, list):
        return [_without_times(item) for item in value]
    return value


def patch(
    client: kube.Client, obj: Mapping[str, Any], body: Mapping[str, Any], manager: str, *, status: bool = False
) -> kube.Object | None:
    """Merge a change into an object that exists: the object with it, None if it is gone meanwhile.

    Server-side apply is not used where the object is somebody else's: it would make a deleted object anew. A merge
    replaces lists as a whole, and finalizers are of several owners: they are changed only in the version that was
    looked at, or the server answers 409 and the controller looks again.
    """
    if "finalizers" in body.get("metadata", {}):
        version = obj["metadata"].get("resourceVersion")
        body = {**body, "metadata": {**body["metadata"], **({"resourceVersion": version} if version else {})}}
    kind = client.kind(obj["apiVersion"], obj["kind"])
    path = kind.path(namespace_of(obj) or None, obj["metadata"]["name"]) + ("/status" if status else "")
    try:
        changed: kube.Object = client.request(
            "PATCH",
            path,
            query={"fieldManager": manager},
            body=body,
            content_type="application/merge-patch+json",
        )
    except kube.ApiError as error:
        if error.status != 404:
            raise
        return None
    return changed


def report(
    client: kube.Client,
    obj: Mapping[str, Any],
    status: Mapping[str, Any],
    *conditions: Mapping[str, Any],
    manager: str,
) -> kube.Object | None:
    """Write fields and conditions into a status, without touching those of others.

    The object with them, None if nothing had to be written: when a condition changed is no news by itself.
    """
    seen = obj
    for new in conditions:
        seen = {**seen, "status": {**(seen.get("status") or {}), "conditions": with_condition(seen, new)}}
    wanted = {**status, **({"conditions": seen["status"]["conditions"]} if conditions else {})}
    current = obj.get("status") or {}
    if same_but_times({key: current.get(key) for key in wanted}, wanted):
        return None
    return patch(client, obj, {"status": wanted}, manager, status=True)


def contains(live: Any, desired: Any, *, quantities: bool = False) -> bool:
    """Whether everything that is desired is so in the live value; what the server added beside it does not matter.

    The server leaves out fields that are empty or zero, and writes quantities in its own way: below some fields, 0.2
    and 200m are the same.
    """
    if isinstance(desired, Mapping):
        return isinstance(live, Mapping) and all(
            not value
            if live.get(key) is None
            else contains(live[key], value, quantities=quantities or key in QUANTITIES)
            for key, value in desired.items()
        )
    if isinstance(desired, list):
        return (
            isinstance(live, list)
            and len(live) == len(desired)
            and all(contains(one, other, quantities=quantities) for one, other in zip(live, desired, strict=True))
        )
    return bool(live == desired) or same_scalar(desired, live, quantities=quantities)


def decoded(secret: Mapping[str, Any], key: str) -> str | None:
    """The text of a Secret's key, or None if it has no such key."""
    data = secret.get("data") or {}
    return base64.b64decode(data[key]).decode(errors="replace") if key in data else None


def encode(data: Mapping[str, str]) -> dict[str, str]:
    """Text values as a Secret's `data` holds them."""
    return {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}


def containers(pod_spec: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every container of a pod's spec, those that initialise first."""
    yield from pod_spec.get("initContainers") or []
    yield from pod_spec.get("containers") or []
