"""What the operator makes of the platform's objects: the real one beside the simulated one, and what reads it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from drills.gateway import Gateway
from drills.monitoring import checkers, compared, found
from drills.monitoring.operator import HTTP, NAME, Made
from drills.monitoring.scene import SOON, WITHIN, Scene, configuration_of_alertmanager


@dataclass(frozen=True, kw_only=True)
class Generation:
    """From the platform's objects to files that the real programs accept."""

    scene: Scene
    proxy: str
    """The way to pods."""
    internet: str
    """The way to everybody outside, and by `authority` who is believed there."""
    authority: Path

    def take_over(self, simulated: Made) -> None:
        """The real operator makes everything anew, which is compared with what the simulated one had made."""
        scene = self.scene
        with scene.course.step(
            "the real operator takes the place of the simulated one",
            expected="it has made all anew",
            within=WITHIN,
            essential=True,
        ) as step:
            simulated.remove(scene.cluster)
            operator = scene.part(found.workload(scene.cluster, NAME), NAME, NAME, {HTTP: "--web.listen-address"})
            # Nobody's roles are those of the real charts: what it may do is not asked.
            operator.environment = {"KUBECONFIG": str(scene.sandbox.kubeconfig)}
            operator.fill()
            operator.start("/healthz", HTTP)
            step.until(lambda: _anew(simulated, Made.of(scene.cluster)))
        with scene.course.step(
            "the simulated operator beside the real one", expected="no difference that is not known", within=SOON
        ) as step:
            different = compared.differences(simulated, Made.of(scene.cluster))
            strange = compared.unknown(different)
            step.note = f"{len(different) - len(strange)} known"
            step.seen = "; ".join(strange)[:3000] or step.expected

    def check(self) -> None:
        """What it has generated is accepted by the programs' own checkers."""
        scene, tools = self.scene, self.scene.tools
        with scene.course.step(
            "start the gateway before the bucket", expected="ready", within=SOON, essential=True
        ) as step:
            gateway: Gateway = scene.gateway
            gateway.start()
            step.seen = "ready"
        with scene.course.step(
            "promtool check config, on what the operator has generated",
            expected="accepted",
            within=SOON,
            essential=True,
        ) as step:
            for replica in scene.replicas:
                replica.prepare(self.proxy)
            checkers.run(tools["promtool"], "check", "config", scene.replicas[0].configuration)
            step.seen = "accepted"
        with scene.course.step("promtool check rules", expected="accepted", within=SOON) as step:
            for file in scene.replicas[0].rules:
                checkers.run(tools["promtool"], "check", "rules", file)
            step.note = f"{len(scene.replicas[0].rules)} files"
            step.seen = "accepted" if scene.replicas[0].rules else "no rules"
        with scene.course.step("amtool check-config", expected="accepted", within=SOON, essential=True) as step:
            file = configuration_of_alertmanager(scene, proxy=self.internet, authority=self.authority)
            checkers.run(tools["amtool"], "check-config", file)
            step.seen = "accepted"
        for replica in scene.replicas:
            replica.hurry()


def _anew(simulated: Made, real: Made) -> str:
    """Whether there is again all that was there."""
    missing = [name for name in simulated.objects if name not in real.objects]
    states = [status for conditions in real.conditions.values() for status in conditions.values()]
    if missing:
        return f"missing: {', '.join(sorted(missing))}"
    return "it has made all anew" if all(status == "True" for status in states) else f"conditions {real.conditions}"
