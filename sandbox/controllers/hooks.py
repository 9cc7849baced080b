"""Helm's hooks: what is made before or after the rest of a release, and what their Jobs would do.

No Job or Pod of a hook is run. What it would have made is made here, by whom it stands for; what it would only have
looked at, such as whether a webhook answers, counts as found in order.

Not covered: hooks of deletion and of rollback, and their weights.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from sandbox import kube
from sandbox.controllers.objects import encode, namespace_of, notes_of
from sandbox.rendering.render import HOOK

PRE_SYNC: Final = "PreSync"
POST_SYNC: Final = "PostSync"
PHASES: Final[Mapping[str, str]] = {
    "pre-install": PRE_SYNC,
    "pre-upgrade": PRE_SYNC,
    "post-install": POST_SYNC,
    "post-upgrade": POST_SYNC,
}
"""Helm's hooks in Argo CD's words, which knows no tests. Argo CD calls every sync an installation and an upgrade."""
DELETE_POLICY: Final = f"{HOOK}-delete-policy"
RUN: Final = ("Job", "Pod")
REDIS: Final = "argocd-redis"
"""Argo CD's own name of the Secret, whatever the release is called."""
REDIS_COMMAND: Final = ["argocd", "admin", "redis-initial-password"]


def due(hooks: Iterable[kube.Object], phase: str) -> Iterator[kube.Object]:
    """What hooks leave behind in a phase: the objects that stay after success, and what Jobs have made."""
    for hook in hooks:
        if phase not in phases(hook):
            continue
        if hook["kind"] in RUN:
            yield from _made_by(hook)
        elif "hook-succeeded" not in _words(hook, DELETE_POLICY):
            yield hook


def phases(hook: Mapping[str, Any]) -> set[str]:
    """When a hook is due; never, if Argo CD knows no such hook."""
    return {PHASES[word] for word in _words(hook, HOOK) if word in PHASES}


def _words(obj: Mapping[str, Any], note: str) -> list[str]:
    return [word.strip() for word in notes_of(obj).get(note, "").split(",")]


def _made_by(job: Mapping[str, Any]) -> Iterator[kube.Object]:
    """The objects that a hook's Job makes if they are not there yet."""
    containers = (job["spec"].get("template") or job)["spec"]["containers"]
    if any([*(item.get("command") or []), *(item.get("args") or [])] == REDIS_COMMAND for item in containers):
        password = base64.b32encode(secrets.token_bytes(10)).decode()
        meta = {"name": REDIS, "namespace": namespace_of(job)}
        yield {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": meta,
            "type": "Opaque",
            "data": encode({"auth": password}),
        }
