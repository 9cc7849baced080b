"""Releases as Helm keeps them: a Secret for each revision, with its status as a label."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import partial
from typing import Final

from doctor import kube
from recovery.cluster import Access
from recovery.directory import Thing
from recovery.errors import RecoveryError

PENDING: Final = ("pending-install", "pending-upgrade", "pending-rollback", "uninstalling")
"""What Helm refuses to upgrade: it takes another Helm for being at work."""


@dataclass(frozen=True, kw_only=True)
class Helm:
    """Releases that the published plugin makes."""

    client: kube.Client
    access: Access

    def find(self, namespace: str, name: str) -> Thing | None:
        """The release by its latest revision."""
        revisions = self._status(namespace, name)
        if not revisions:
            return None
        own, latest = f"{namespace}/{name}", revisions[max(revisions)]
        if latest not in PENDING:
            return Thing(id=own)
        first = not any(status in ("deployed", "superseded") for status in revisions.values())
        return Thing(id=own, unfinished=latest, undo=partial(self._undo, namespace, name, first=first))

    def _undo(self, namespace: str, name: str, *, first: bool) -> None:
        """Uninstall what was never deployed; bring back what was."""
        words = ("uninstall" if first else "rollback", name, "--namespace", namespace, "--wait")
        by_hand = f"run `helm {' '.join(words)}`, then try again"
        place = [f"--kubeconfig={self.access.file}"] if self.access.file else []
        if self.access.context:
            place.append(f"--kube-context={self.access.context}")
        try:
            done = subprocess.run(["helm", *words, *place], capture_output=True, text=True, check=False)
        except FileNotFoundError:
            message = f"release {namespace}/{name} was left half made, and helm is not found: {by_hand}"
            raise RecoveryError(message) from None
        if done.returncode:
            message = f"release {namespace}/{name}: {' '.join(done.stderr.split())}: {by_hand}"
            raise RecoveryError(message)

    def _status(self, namespace: str, name: str) -> dict[int, str]:
        """The status of each revision, by its number."""
        secrets = self.client.list("v1", "Secret", namespace, f"owner=helm,name={name}")
        labels = [secret["metadata"]["labels"] for secret in secrets]
        return {int(each["version"]): str(each["status"]) for each in labels}
