"""Whoever finds the way back: by the commands of the runbooks, in the shell of a sandbox."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from drills import runbooks
from drills.chaos.scene import ADOPT, SETTLING_SECONDS, Scene
from drills.chaos.vault import install_op
from drills.chaos.worlds import Difference
from sandbox import kube
from sandbox.controllers.started import outdated

UP: Final = "pulumi up"
MAKES: Final = "op item create"
"""Prints the id of what it has made."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody at a shell, who has 1Password's command and the runbooks."""

    scene: Scene
    home: Path

    def follow(self, document: str, section: str, *, up_to: str = "", **values: str) -> list[str]:
        """Run the commands of a section, all or up to one of them; those that are more than the plain update.

        Raises:
            DrillError: one of them fails.
        """
        install_op(self.scene.account("onepassword"), self.home)
        filling = {name.replace("_", " "): value for name, value in values.items()}
        given = []
        for command in runbooks.commands(document, section):
            if command == up_to:
                break
            said = self._give(runbooks.filled(command, filling))
            if command.startswith(MAKES):
                filling["new id"] = said.strip()
            given += [] if command == UP else [" ".join(command.split())]
        return given

    def whole(self, *, rotated: bool = False) -> Difference:
        """How the platform differs from the undisturbed one; no pod has read a secret that is another by now."""
        found = self.scene.whole(rotated=rotated)
        return replace(found, left=(*found.left, *left_behind(self.scene.cluster)))

    def _give(self, command: str) -> str:
        """Give one command; what it printed."""
        if command == ADOPT:
            self.scene.recover().works()
            return ""
        return runbooks.run(self.scene.engine, command, home=self.home)


def left_behind(cluster: kube.Client, *, but: str = "") -> tuple[str, ...]:
    """The lines of `old_values` that are left once controllers have had their time.

    Args:
        cluster: Where the pods are.
        but: Part of the lines of pods that no controller starts anew, which are not waited for.
    """
    end = time.monotonic() + SETTLING_SECONDS
    while True:
        found = tuple(line for line in old_values(cluster) if not but or but not in line)
        if not found or time.monotonic() >= end:
            return found
        time.sleep(1)


def old_values(cluster: kube.Client) -> Iterator[str]:
    """Pods that have read of a Secret what is not in it any more."""
    secrets = {kube.name_of(secret): secret for secret in cluster.list("v1", "Secret")}
    for pod in cluster.list("v1", "Pod"):
        if "deletionTimestamp" not in pod["metadata"]:
            space = pod["metadata"]["namespace"]
            for name in outdated(pod, partial(_of, secrets, space)):
                yield f"Pod {kube.name_of(pod)}: it has an old value of Secret {name}"


def _of(secrets: Mapping[str, kube.Object], namespace: str, name: str) -> kube.Object | None:
    return secrets.get(f"{namespace}/{name}")
