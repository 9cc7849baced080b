"""The steps of the drill in which something breaks while somebody writes, and is mended."""

from __future__ import annotations

import time
from typing import Final

from drills.course import Step
from drills.databases import barman
from drills.databases.backups import backed_up, whole
from drills.databases.scene import Scene
from drills.databases.simulated import FAILS, WORKS
from drills.databases.waiting import wait_until
from drills.errors import DrillError

WITHIN: Final = 300.0
INTO_IT_SECONDS: Final = 1.0
"""After Barman's session begins: the shortest base backup takes several."""
COMMITS: Final = 30
"""So many commits go through while nothing can be archived."""
SECRET: Final = "AWS_SECRET_ACCESS_KEY"  # noqa: S105 - a variable's name
WRONG: Final = "a-key-that-nobody-has-given"


def gateway_killed(scene: Scene) -> None:
    """What cannot be archived is kept, and archived when the gateway is there again."""
    with scene.both("kill the gateway", expected=FAILS, within=WITHIN, simulated=_without_gateway) as step:
        scene.gateway.kill()
        _fails(scene, step)
    with scene.both("start it again", expected=WORKS, within=WITHIN, simulated=_with_gateway) as step:
        scene.gateway.start()
        _works(scene, step)


def key_missing(scene: Scene) -> None:
    """Without a key it is said which is missing."""
    with scene.both("name a key that the Secret lacks", expected=FAILS, within=WITHIN, simulated=_without_key) as step:
        given = {name: value for name, value in scene.archive.credentials.items() if name != SECRET}
        scene.server.use(scene.archive.having(given))
        _fails(scene, step)
    with scene.both("name the one that it has", expected=WORKS, within=WITHIN, simulated=_with_key) as step:
        scene.server.use(scene.archive)
        _works(scene, step)


def wrong_key(scene: Scene) -> None:
    """A key that is not the gateway's is refused, and nothing is deleted by whoever has it."""
    with scene.step("use a wrong key", expected="refused, nothing deleted", within=WITHIN) as step:
        before = scene.files()
        wrong = scene.archive.having({**scene.archive.credentials, SECRET: WRONG})
        scene.server.use(wrong)
        _fails(scene, step)
        tried = wrong.attempt(wrong.retention(scene.server.name))
        gone = before.keys() - scene.files().keys()
        step.seen = f"{'refused' if tried.returncode else 'taken'}, {len(gone) or 'nothing'} deleted"
        step.note += f"; to delete: {barman.said(tried)}"
    with scene.step("use the right one", expected=WORKS, within=WITHIN) as step:
        scene.server.use(scene.archive)
        _works(scene, step)


def store_full(scene: Scene) -> None:
    """No space in the store: archiving fails, and goes on where it stopped."""
    steps = (("fill the store's disk", FAILS), ("free it", WORKS))
    if not scene.disk.own:
        for what, expected in steps:
            scene.cannot(what, expected=expected, why="not covered: no disk of its own can be mounted here")
        return
    (what, expected), (mended, well) = steps
    with scene.step(what, expected=expected, within=WITHIN) as step:
        scene.disk.fill()
        _fails(scene, step)
    with scene.step(mended, expected=well, within=WITHIN) as step:
        scene.disk.free()
        _works(scene, step)


def all_killed(scene: Scene) -> None:
    """Everything ends at once, in the middle of a base backup, and starts again."""
    what = "kill server, gateway and a base backup at once; start all again"
    with scene.step(what, expected="0 lost; half a backup is none", within=WITHIN, essential=True) as step:
        before = whole(scene)
        command = scene.archive.backup(scene.server.name, "backup-killed")
        with scene.archive.begin(command, scene.server.environment) as half:
            wait_until(scene.backing_up, "no base backup begins", WITHIN)
            time.sleep(INTO_IT_SECONDS)
            barman.kill(half)
        scene.server.kill()
        scene.gateway.kill()
        there = scene.load.acknowledged()
        scene.gateway.start()
        scene.server.start()
        _works(scene, step)
        lost = there - scene.rows(scene.server).keys()
        step.seen = f"{len(lost)} lost; half a backup is {'none' if whole(scene) == before else 'listed as whole'}"
        step.note = f"{len(there)} rows"
    with scene.step("take another base backup", expected="whole", within=WITHIN, essential=True) as step:
        step.seen = backed_up(scene, "backup-2")
        step.note = scene.size()


def _fails(scene: Scene, step: Step) -> None:
    """See archiving fail while commits go on.

    Raises:
        DrillError: they do not.
    """
    before = scene.server.failures()
    scene.server.ask("SELECT pg_switch_wal()")
    wait_until(lambda: scene.server.failures() > before, "archiving does not fail", WITHIN)
    if not scene.load.wait_for_more(COMMITS, WITHIN):
        message = "archiving fails, and so do commits"
        raise DrillError(message)
    step.note = f"{scene.server.waiting()} segments wait: {scene.server.complaint()}"
    step.seen = FAILS


def _works(scene: Scene, step: Step) -> None:
    """See that everything which waited is archived: the oldest is always the first."""
    scene.server.switch(WITHIN)
    step.seen = WORKS


def _without_gateway(scene: Scene) -> str:
    scene.simulation.gateway(there=False)
    return scene.simulation.archiving()


def _with_gateway(scene: Scene) -> str:
    scene.simulation.gateway(there=True)
    return scene.simulation.archiving()


def _without_key(scene: Scene) -> str:
    scene.simulation.key(there=False)
    return scene.simulation.archiving()


def _with_key(scene: Scene) -> str:
    scene.simulation.key(there=True)
    return scene.simulation.archiving()
