"""What a pod has read of Secrets as it started, which the simulated kubelet notes on it: digests, and no values.

No container runs, so nobody could be asked. What is in a container's environment stays as it was until the pod goes; a
mounted file changes, but hardly any program reads it again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from sandbox import kube
from sandbox.controllers import references
from sandbox.controllers.objects import encode, notes_of

READ: Final = "sandbox.homelab/secrets-read"
"""Annotation of a pod: the digest of what it has read, by the Secret's name, as JSON."""

Find = Callable[[str], kube.Object | None]
"""Looks for a Secret of the pod's namespace."""


def read(pod_spec: Mapping[str, Any], find: Find) -> dict[str, str]:
    """The annotation of a pod that starts now."""
    return {READ: json.dumps(_digests(pod_spec, find), sort_keys=True)}


def outdated(pod: Mapping[str, Any], find: Find) -> Iterator[str]:
    """The Secrets that are not any more as the pod has read them; one that has not started has read nothing."""
    now = _digests(pod["spec"], find)
    yield from (name for name, digest in _noted(pod).items() if now.get(name) != digest)


def has_read(pod: Mapping[str, Any], secret: str, data: Mapping[str, str]) -> bool:
    """Whether these texts by key are all that a pod has read of a Secret as it started."""
    return _noted(pod).get(secret) == _digest({"data": encode(data)}, {None})


def _noted(pod: Mapping[str, Any]) -> dict[str, str]:
    noted: dict[str, str] = json.loads(notes_of(pod).get(READ, "{}"))
    return noted


def _digests(pod_spec: Mapping[str, Any], find: Find) -> dict[str, str]:
    keys: dict[str, set[str | None]] = {}
    for reference in references.of_pod(pod_spec):
        if reference.kind == "Secret":
            keys.setdefault(reference.name, set()).add(reference.key)
    found = {name: find(name) for name in keys}
    return {name: _digest(secret, keys[name]) for name, secret in found.items() if secret is not None}


def _digest(secret: Mapping[str, Any], keys: set[str | None]) -> str:
    data = secret.get("data") or {}
    meant = {key: value for key, value in data.items() if None in keys or key in keys}
    return hashlib.sha256(json.dumps(meant, sort_keys=True).encode()).hexdigest()
