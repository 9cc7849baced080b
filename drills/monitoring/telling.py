"""From something that fails to whoever is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from drills.monitoring.outside import Outside
from drills.monitoring.scene import SOON, WITHIN, Scene

FAILING: Final = ("drill-fails", "drill-fails-too")


@dataclass(frozen=True, kw_only=True)
class Telling:
    """Two jobs that fail, and what people outside hear of it."""

    scene: Scene
    outside: Outside

    def begin(self) -> None:
        """Something fails; what people hear of it is looked at later, as rules wait."""
        for name in FAILING:
            self.scene.cluster.apply(_failing(name), "drill")

    def told(self) -> None:
        """They were told that it began."""
        with self.scene.course.step(
            "two jobs fail: Discord is told of both at once", expected="1 message", within=WITHIN
        ) as step:
            step.until(lambda: f"{len(self.outside.about(*FAILING))} message")
            step.note = self.outside.about(*FAILING)[0].partition("\n")[0]

    def over(self) -> None:
        """They are told that it is over."""
        scene = self.scene
        with scene.course.step(
            "they are gone: Discord is told that it is over", expected="told", within=WITHIN
        ) as step:
            for name in FAILING:
                scene.cluster.delete("batch/v1", "Job", name, "default")
            step.until(lambda: "told" if self.outside.about("Over", FAILING[0]) else "not told")
        with scene.course.step(
            "the alert that always fires reaches the service outside", expected="Watchdog", within=SOON
        ) as step:
            step.until(lambda: ", ".join(sorted({_alert(call) for call in self.outside.calls})) or "nothing")


def _failing(name: str) -> dict[str, Any]:
    """A Job whose pod finds no node, and whose time is over at once."""
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "activeDeadlineSeconds": 1,
            "template": {
                "spec": {
                    "restartPolicy": "Never",
                    "nodeSelector": {"drill": "nowhere"},
                    "containers": [{"name": "none", "image": "none"}],
                }
            },
        },
    }


def _alert(call: Mapping[str, Any]) -> str:
    return str((call.get("commonLabels") or {}).get("alertname", ""))
