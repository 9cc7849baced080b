"""The steps of the drill in which all goes well, until somebody drops a table."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from drills.databases import found
from drills.databases.load import TABLE
from drills.databases.scene import ARCHIVE_TIMEOUT, NONE_LOST, SHORT_SECONDS, Scene
from drills.flow import Bench
from sandbox import kube
from sandbox.paths import Sandbox

SOON = 60.0


def go_through(bench: Bench, sandbox: Sandbox, cluster: kube.Client) -> None:
    """Every step, in order: later ones go on from what the earlier have left."""
    courses = bench.course("PostgreSQL, Barman, versitygw"), bench.course("simulated")
    database = found.find(cluster)
    bench.console.print(f"The database is {database.namespace}/{database.name}.", highlight=False)
    place = bench.folder / "database"
    scene = Scene.of(database, cluster=cluster, courses=courses, sandbox=sandbox, place=place, tools=bench.tools)
    begin(scene)
    with scene.load.running():
        back_up(scene)
        drop_and_restore(scene)


def begin(scene: Scene) -> None:
    """The archive and the server come up."""
    with scene.step("start the gateway over a folder", expected="ready", within=SOON, essential=True) as step:
        scene.gateway.start()
        step.seen = "ready"
    with scene.step("look whether the archive is empty", expected="empty", within=SOON, essential=True) as step:
        scene.archive.run(scene.archive.check(scene.server.name))
        step.seen = "empty"
    with scene.step("make the server", expected="its first segment is archived", within=SOON, essential=True) as step:
        scene.server.initdb(scene.database.initdb, scene.parameters)
        scene.load.prepare()
        scene.server.switch()
        version = scene.server.ask("SHOW server_version").split()[0]
        live = scene.database.parameters.get(ARCHIVE_TIMEOUT, "its default")
        step.note = f"PostgreSQL {version}; {ARCHIVE_TIMEOUT} {SHORT_SECONDS}s instead of {live}"
        step.seen = "its first segment is archived"


def back_up(scene: Scene) -> None:
    """A base backup under load."""
    with scene.step("take a base backup under load", expected="whole", within=SOON, essential=True) as step:
        scene.load.wait_for_more(50, SOON)
        step.seen = backed_up(scene, "backup-1")
        step.note = scene.size()


def backed_up(scene: Scene, name: str) -> str:
    """Take a base backup; whether the archive lists it as whole."""
    before = {backup.id for backup in scene.archive.backups(scene.server.name)}
    scene.archive.run(scene.archive.backup(scene.server.name, name), scene.server.environment)
    new = [backup for backup in scene.archive.backups(scene.server.name) if backup.id not in before]
    return "whole" if [backup.done for backup in new] == [True] else "not whole"


def drop_and_restore(scene: Scene) -> None:
    """Everything acknowledged before a moment is there again, and nothing from after it."""
    with scene.step("drop the table; restore to the moment before", expected=NONE_LOST, within=SOON) as step:
        scene.load.wait_for_more(100, SOON)
        moment = time.time()
        there = scene.load.acknowledged(before=moment)
        scene.load.wait_for_more(50, SOON)
        absent = scene.load.sent_after(moment)
        scene.server.ask(f"ALTER TABLE {TABLE} RENAME TO dropped; DROP TABLE dropped", scene.load.database)
        scene.server.switch()
        restored = scene.restored("restored", datetime.fromtimestamp(moment, UTC))
        step.seen = scene.compared(restored.server, there=there, absent=absent)
        step.note = f"{len(there)} rows; recovery took {restored.seconds:.1f} s"
