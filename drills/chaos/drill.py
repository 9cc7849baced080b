"""The drills of failure: a platform is broken on purpose, and has to end as one that nobody disturbed.

Each begins with such a platform, brought up from nothing; it is what the others are compared with. They have no
monitoring and, but for that of accounts, few applications: whatever there are many of, a few stand for. The cluster is
a real API server and the engine the real one; providers, controllers and accounts are the sandbox's, so what the
published plugins do when their engine is killed is not covered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from drills.chaos import accounts, cluster, kills, secrets, state
from drills.chaos.kills import Killer
from drills.chaos.load import Load
from drills.chaos.scene import Scene
from drills.chaos.tally import Tally
from drills.chaos.trial import Trial
from drills.chaos.worlds import World
from drills.course import Course
from drills.flow import Bench, Flow
from drills.home import home, spare_monitoring, spare_most, up
from sandbox.engine import Engine

UP: Final = 900.0
WITHIN: Final = 3600.0
COMES_UP: Final = "a platform comes up undisturbed"
EVERY: Final = 10
"""At which of its steps the engine is killed, unless it is at each."""
APPS: Final = ("echoserver", "filebrowser", "navidrome")
"""One without data, one on another's files, and one with data of its own, backups and a route from outside."""


@contextmanager
def platform(bench: Bench, name: str, *, checkpoints: bool, spared: bool = True) -> Iterator[Engine]:
    """A home that is not up yet."""
    with home(bench.folder / name, bench.console, checkpoints=checkpoints) as engine:
        if spared:
            spare_most(engine, *APPS)
        else:
            spare_monitoring(engine)
        yield engine


@dataclass(frozen=True, kw_only=True)
class Undisturbed:
    """A platform that nobody disturbs."""

    up: World
    destroyed: World
    """What stays after a destroy."""


def undisturbed(bench: Bench, course: Course, *, destroyed: bool) -> Undisturbed:
    """Bring one up, and if need be destroy it."""
    with (
        course.step(COMES_UP, expected="up", within=UP, essential=True) as step,
        platform(bench, "undisturbed", checkpoints=False) as engine,
    ):
        up(engine)
        scene = Scene(engine=engine)
        scene.remember()
        step.seen = "; ".join(scene.whole().told()) or "up"
        if destroyed:
            engine.read(*kills.DESTROY)
        return Undisturbed(up=scene.undisturbed, destroyed=scene.now())


@contextmanager
def trial(bench: Bench, name: str, *, destroyed: bool = False) -> Iterator[tuple[Trial, Killer, Undisturbed]]:
    """A home that is not up yet, and is to become as one that nobody disturbs; the table follows."""
    course = bench.course("chaos")
    expected = undisturbed(bench, course, destroyed=destroyed)
    # Another home has other secrets: what they are is compared, and not the values.
    like = replace(expected.up, values={})
    made = Trial(course=course, tally=Tally())
    with platform(bench, name, checkpoints=True) as engine:
        try:
            yield made, Killer.of(Scene(engine=engine, undisturbed=like), bench.folder), expected
        finally:
            made.tally.show(bench.console)


@contextmanager
def standing(bench: Bench, *, spared: bool = True) -> Iterator[tuple[Trial, Scene]]:
    """A home that is up, and is to be the same after whatever comes over it; the table follows."""
    course = bench.course("chaos")
    made = Trial(course=course, tally=Tally())
    with platform(bench, "home", checkpoints=True, spared=spared) as engine:
        scene = Scene(engine=engine)
        with course.step(COMES_UP, expected="up", within=UP, essential=True) as step:
            up(engine)
            scene.remember()
            step.seen = "; ".join(scene.whole().told()) or "up"
        try:
            yield made, scene
        finally:
            made.tally.show(bench.console)


def run_kills(bench: Bench) -> None:
    """Kill the engine at one operation after the other."""
    with trial(bench, "killed", destroyed=True) as (made, killer, expected):
        kills.run(killer, made, expected.destroyed, every=1 if bench.whole else EVERY)


def run_cluster(bench: Bench) -> None:
    """Take parts of the cluster away while an update is at work."""
    with trial(bench, "cluster") as (made, killer, _):
        cluster.run(killer, made)


def run_accounts(bench: Bench) -> None:
    """Have accounts answer as they should not, each call about another thing: that takes all applications."""
    with standing(bench, spared=False) as (made, scene):
        made.rounds("accounts limit, fail, are silent, or lose their answers", accounts.run, scene, within=WITHIN)


def run_state(bench: Bench) -> None:
    """Spoil the state, and interrupt rotations."""
    with standing(bench) as (made, scene):
        made.rounds(
            "secrets are rotated while updates are killed, and items changed by hand", secrets.run, scene, within=WITHIN
        )
        made.rounds("the state is damaged, old, locked, or there is no room for it", state.run, scene, within=WITHIN)


def run_load(bench: Bench) -> None:
    """Put more upon a platform than anybody has."""
    course = bench.course("load")
    with platform(bench, "home", checkpoints=False) as engine:
        with course.step(COMES_UP, expected="up", within=UP, essential=True) as step:
            up(engine)
            step.seen = "up"
        Load(engine=engine, course=course).run(whole=bench.whole)


def _flow(name: str, title: str, minutes: int, run: Callable[[Bench], None]) -> Flow:
    """A drill of failure: it needs no other programs than the sandbox has."""
    return Flow(name=name, title=title, programs=(), packages={}, minutes=minutes, run=run)


KILLS: Final = _flow("kills", "the engine is killed at every tenth of its steps", 16, run_kills)
CLUSTER: Final = _flow("cluster", "parts of the cluster are gone while an update is at work", 8, run_cluster)
ACCOUNTS: Final = _flow("accounts", "accounts are in trouble", 11, run_accounts)
STATE: Final = _flow("state", "the state is damaged, and rotations are interrupted", 11, run_state)
LOAD: Final = _flow("load", "there is more of everything than anybody has", 8, run_load)
