"""The engine is killed, with -9, at one operation after the other, and each time the way back is gone."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from drills.chaos import plugin
from drills.chaos.plugin import ENV, Order
from drills.chaos.scene import RECOVER, Done, Scene, traces
from drills.chaos.trial import Trial
from drills.chaos.worlds import Difference, World, compare, doubles
from drills.home import UP

WITHIN: Final = 300.0
SERIES: Final = 7200.0
"""For all that a series of kills may take."""
DESTROY: Final = ("destroy", "--yes", "--skip-preview", "--exclude-protected", "--suppress-outputs")
ROTATED: Final = "**::*-oidc-client-secret"
"""Items that are generated anew; whoever uses them is told within the same update."""
REPLACED_EVERY: Final = 4
WHEN: Final[tuple[Literal["before", "after"], ...]] = ("before", "after")


@dataclass(kw_only=True)
class Killer:
    """Whoever kills the engine of a scene."""

    scene: Scene
    order: Path
    """Where the plugins are told."""
    kills: int = 0

    @classmethod
    def of(cls, scene: Scene, folder: Path) -> Killer:
        """Put plugins into the scene's sandbox that do it."""
        scene.engine.install_plugins(run_by=plugin.__name__)
        return cls(scene=scene, order=folder / "order.json")

    def run(self, at: int, *arguments: str) -> tuple[Done, str]:
        """Run pulumi and kill it at one of its calls; how it ended, and what the call was for: nothing, if none was."""
        when = WHEN[self.kills % len(WHEN)]
        Order(at=at, when=when).write(self.order)
        done = self.scene.pulumi(*arguments, environment=self.environment)
        struck = Order.read(self.order).struck
        self.kills += bool(struck)
        return done, f"{when} {struck}" if struck else ""

    @property
    def environment(self) -> dict[str, str]:
        """By which plugins know where their order is."""
        return {ENV: str(self.order)}

    def spare(self) -> None:
        """Have nobody killed, and count from the beginning."""
        Order(at=0, when="before").write(self.order)

    def calls(self) -> int:
        """How many calls there were since."""
        return Order.read(self.order).count


def run(killer: Killer, trial: Trial, kept: World, *, every: int) -> None:
    """Kill it on the way up from nothing, while secrets are replaced, and on the way down to what is `kept`."""
    scene, step = killer.scene, ordinal(every)
    step_by_step(killer, trial, f"the engine is killed at every {step} step of an update from nothing", every, *UP)
    with trial.of("the platform after that", within=WITHIN) as outcome:
        outcome.difference = scene.whole()
    with trial.of("a preview after that", within=WITHIN) as outcome:
        outcome.difference = scene.unchanged()
    replaced(killer, trial, 1 if every == 1 else REPLACED_EVERY)
    step_by_step(killer, trial, f"the engine is killed at every {step} step of a destroy", every, *DESTROY)
    with trial.of("what is kept after that", within=WITHIN) as outcome:
        outcome.difference = compare(kept, scene.now())


def step_by_step(killer: Killer, trial: Trial, what: str, every: int, *arguments: str) -> None:
    """Run a command that is killed at its `every`-th operation, until one run has fewer: each goes on from the last."""
    with trial.series(what, within=SERIES) as series:
        while True:
            done, struck = killer.run(every, *arguments)
            if not struck:
                break
            failed = _recovered(killer)
            left = (*failed, *traces(killer.scene.engine))
            series.tried(struck, Difference(double=tuple(doubles(killer.scene.now())), left=left), (RECOVER,))
        series.ends(_failed(done))


def replaced(killer: Killer, trial: Trial, every: int) -> None:
    """Kill it at a later and later step of one that replaces secrets; each time the next update makes all good."""
    what = f"the engine is killed at every {ordinal(every)} step of an update that replaces secrets"
    with trial.series(what, within=SERIES) as series:
        for at in itertools.count(1, every):
            done, struck = killer.run(at, *UP, "--replace", ROTATED)
            if not struck:
                break
            failed = _recovered(killer)
            done = killer.scene.pulumi(*UP, environment=killer.environment)
            seen = killer.scene.whole(rotated=True)
            series.tried(struck, replace(seen, left=(*failed, *_failed(done), *seen.left)), (RECOVER,))
        series.ends((*_failed(done), *killer.scene.whole(rotated=True).told()))


def _recovered(killer: Killer) -> tuple[str, ...]:
    """Give the one command; what it failed with."""
    killer.spare()
    return _failed(killer.scene.recover(adopt=False))


def _failed(done: Done) -> tuple[str, ...]:
    return () if done.code == 0 else (done.why,)


def ordinal(number: int) -> str:
    """`single` for 1, `10th` for 10."""
    return "single" if number == 1 else f"{number}th"
