"""The steps of the drill, the same for every database; from one that is new to one that is lost."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final

from drills.databases import aftermath, mishaps, sql
from drills.databases.backups import backed_up
from drills.databases.load import TABLE
from drills.databases.scene import ARCHIVE_TIMEOUT, NONE_LOST, SHORT_SECONDS, Scene
from drills.databases.simulated import EMPTY
from drills.errors import DrillError
from sandbox import kube

WITHIN: Final = 300.0
ARCHIVED: Final = "its first segment is archived"
ACCEPTED: Final = "accepted"


def go_through(scene: Scene, cluster: kube.Client) -> None:
    """Every step, in order: later ones go on from what the earlier have left."""
    with scene.disk.mounted():
        begin(scene)
        sql_after_init(scene, cluster)
        with scene.load.running():
            back_up(scene)
            drop_and_restore(scene)
            mishaps.gateway_killed(scene)
            mishaps.key_missing(scene)
            mishaps.wrong_key(scene)
            mishaps.store_full(scene)
            mishaps.all_killed(scene)
            aftermath.retention(scene)
            aftermath.without_attributes(scene)
            aftermath.server_lost(scene)


def begin(scene: Scene) -> None:
    """The archive and the server come up."""
    with scene.step("start the gateway over a folder", expected="ready", within=WITHIN, essential=True) as step:
        scene.gateway.start()
        step.seen = "ready"
    with scene.step("look whether the archive is empty", expected="empty", within=WITHIN, essential=True) as step:
        scene.archive.run(scene.archive.check(scene.server.name))
        step.seen = "empty"
    with scene.step("make the server", expected=ARCHIVED, within=WITHIN, essential=True) as step:
        scene.server.initdb(scene.database.initdb, scene.parameters)
        scene.load.prepare()
        scene.server.switch()
        version = scene.server.ask("SHOW server_version").split()[0]
        live = scene.database.parameters.get(ARCHIVE_TIMEOUT, "the default")
        step.note = f"PostgreSQL {version}; {ARCHIVE_TIMEOUT} {SHORT_SECONDS}s instead of {live}"
        step.seen = ARCHIVED


def sql_after_init(scene: Scene, cluster: kube.Client) -> None:
    """The SQL of every Cluster, as far as the server has the extensions."""
    for name, statements in sql.of(cluster).items():
        with scene.step(f"run the SQL that {name} runs when it is made", expected=ACCEPTED, within=WITHIN) as step:
            missing = sql.run(scene.server, f"after-init-{name.replace('/', '-')}", statements)
            step.note = f"only parsed, as the extension is not here: {', '.join(missing)}" if missing else ""
            step.seen = ACCEPTED


def back_up(scene: Scene) -> None:
    """A base backup under load."""
    with scene.step("take a base backup under load", expected="whole", within=WITHIN, essential=True) as step:
        scene.load.wait_for_more(50, WITHIN)
        step.seen = backed_up(scene, "backup-1")
        step.note = scene.size()


def drop_and_restore(scene: Scene) -> None:
    """Everything acknowledged before a moment is there again, and nothing from after it."""
    what = "drop the table; restore to the moment before"
    with scene.step(what, expected=NONE_LOST, within=WITHIN, essential=True) as step:
        scene.load.wait_for_more(100, WITHIN)
        moment = time.time()
        there = scene.load.acknowledged(before=moment)
        scene.load.wait_for_more(50, WITHIN)
        absent = scene.load.sent_after(moment)
        scene.server.ask(f"DROP TABLE {TABLE}", scene.load.database)
        scene.server.switch()
        restored = scene.restored("restored", datetime.fromtimestamp(moment, UTC))
        step.seen = scene.compared(restored.server, there=there, absent=absent)
        step.note = f"{len(there)} rows; recovery took {restored.seconds:.1f} s"
    with scene.step("write to the restored server", expected=ARCHIVED, within=WITHIN) as step:
        restored.server.ask("CREATE TABLE drill_more (id bigint)", scene.load.database)
        restored.server.switch()
        step.seen = ARCHIVED
        restored.server.stop()
    expected, over = f"refused: {EMPTY}", f"{scene.database.name}-over"
    what = "restore under the name that the archive has already"
    with scene.both(what, expected=expected, within=WITHIN, simulated=lambda _: _refused(scene, over)) as step:
        try:
            scene.archive.run(scene.archive.check(scene.server.name))
        except DrillError as error:
            step.seen = expected if EMPTY in f"{error}" else f"{error}"
    scene.load.forget()
    scene.load.prepare()


def _refused(scene: Scene, name: str) -> str:
    scene.simulation.restored_over(name)
    refusal = scene.simulation.refusal(name)
    if refusal == EMPTY:
        scene.simulation.forget(name)
    return f"refused: {refusal}"
