"""The steps of the drill that ask what an archive is worth: after years, without attributes, damaged, or alone."""

from __future__ import annotations

import dataclasses
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Final

from drills import users
from drills.databases import installed, restore
from drills.databases.barman import Archive, Backup
from drills.databases.scene import NONE_LOST, SHORT_SECONDS, Scene
from drills.errors import DrillError
from drills.gateway import Gateway
from sandbox.cluster import free_ports
from sandbox.errors import SandboxError

WITHIN: Final = 300.0
UNARCHIVED_SECONDS: Final = 5.0
"""So long somebody writes what is not archived any more."""
INVALID: Final = "InvalidPart"
"""What a gateway says that cannot put the parts of an object together."""
OLDER: Final = timedelta(days=20)
"""How much older than the window the first backup is made, and half of it the second."""
TIMES: Final = "%a %b %d %H:%M:%S %Y"
NOT_REACHED: Final = "recovery ended before configured recovery target was reached"


def retention(scene: Scene) -> None:
    """What the window needs stays restorable, and the rest goes.

    Both backups get other times in the archive: nobody waits for a month.
    """
    what = f"age the backups, and delete by the policy of {scene.archive.store.get('retentionPolicy')}"
    with scene.step(what, expected="the older backup is gone, with its segments", within=WITHIN) as step:
        older, newer = (backup for backup in scene.archive.backups(scene.server.name) if backup.done)
        window = timedelta(days=int(re.sub(r"\D", "", scene.archive.store["retentionPolicy"])))
        _age(scene, older, window + OLDER)
        _age(scene, newer, window + OLDER / 2)
        before = scene.files()
        scene.archive.run(scene.archive.retention(scene.server.name))
        left = [backup.id for backup in scene.archive.backups(scene.server.name) if backup.done]
        segments = [name for name in scene.files() if _segment(name) and _segment(name) < newer.first_segment]
        gone = f"{len(before) - len(scene.files())} of {len(before)} files deleted"
        step.seen = "the older backup is gone, with its segments"
        if left != [newer.id] or segments:
            step.seen = f"left: backups {', '.join(left)}; {len(segments)} segments that nothing needs"
        step.note = gone
    with scene.step("restore to a moment of the window", expected=NONE_LOST, within=WITHIN) as step:
        moment = time.time()
        there = scene.load.acknowledged(before=moment)
        scene.load.wait_for_more(1, WITHIN)
        absent = scene.load.sent_after(moment)
        scene.server.switch()
        restored = scene.restored("after-retention", datetime.fromtimestamp(moment, UTC))
        step.seen = scene.compared(restored.server, there=there, absent=absent)
        step.note = f"{len(there)} rows, through all of the above; recovery took {restored.seconds:.1f} s"
        restored.server.stop()


def without_attributes(scene: Scene) -> None:
    """What becomes of a store on an NFS server that keeps no extended attributes: metadata in a folder, or none."""
    folder = scene.place / "metadata"
    users.give(folder, scene.gateway.user)
    with scene.step("keep metadata in a folder of its own", expected="backed up, restored", within=WITHIN) as step:
        step.seen = _round_trip(scene, "sidecar", {"VGW_META_SIDECAR": str(folder), "VGW_META_NONE": "false"})
    with scene.step("keep no metadata", expected="base backups are refused", within=WITHIN) as step:
        try:
            step.seen = _round_trip(scene, "none", {"VGW_META_NONE": "true", "VGW_META_SIDECAR": ""})
        except DrillError as error:
            step.note = f"{error}"
            step.seen = "base backups are refused" if INVALID in f"{error}" else f"{error}"


def server_lost(scene: Scene) -> None:
    """Server and disk are gone; what was archived is there, and the newest segment may be damaged."""
    with scene.step("lose the server and its disk", expected=NONE_LOST, within=WITHIN) as step:
        archived = scene.load.acknowledged()
        scene.server.switch()
        between = scene.load.acknowledged()
        scene.load.wait_for_more(1, WITHIN)
        newest = scene.server.switch()
        time.sleep(UNARCHIVED_SECONDS)
        scene.server.kill()
        lost_at = time.time()
        restored = scene.restored("after-the-loss")
        step.seen = scene.compared(restored.server, there=between, absent=set())
        rows = set(scene.rows(restored.server))
        behind = lost_at - scene.load.last(rows)
        unarchived = len(scene.load.acknowledged() - rows)
        step.note = (
            f"of what was archived; the end was {behind:.1f} s and {unarchived} commits ahead of the archive; "
            f"recovery took {restored.seconds:.1f} s"
        )
        restored.server.stop()
    _cut(scene, newest, there=archived, end=scene.load.last(between))


def _cut(scene: Scene, segment: str, *, there: set[int], end: float) -> None:
    """The newest segment is cut short: what is in those before it comes back, and more is not claimed."""
    for name in scene.files():
        if _segment(name) >= segment:
            path = scene.gateway.store / scene.database.bucket / name
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with scene.step("cut the newest segment; restore to its end", expected=NOT_REACHED, within=WITHIN) as step:
        target = datetime.fromtimestamp(end + SHORT_SECONDS, UTC)
        server = dataclasses.replace(scene.server, name="to-the-cut")
        restore.prepare(server, scene.server.name, scene.parameters, target)
        try:
            server.start()
            step.seen = "it says nothing"
        except SandboxError:
            step.seen = NOT_REACHED if NOT_REACHED in server.process.log.read_text() else server.process.last_line()
    with scene.step("restore as far as it goes", expected=NONE_LOST, within=WITHIN) as step:
        restored = scene.restored("before-the-cut")
        step.seen = scene.compared(restored.server, there=there, absent=set())
        step.note = f"of {len(there)} rows in the segments before; recovery took {restored.seconds:.1f} s"
        restored.server.stop()


def _age(scene: Scene, backup: Backup, by: timedelta) -> None:
    """Set the times of a backup back, in the store's own file."""
    folder = scene.gateway.store / scene.database.bucket / scene.server.name / "base" / backup.id
    info = folder / "backup.info"
    text = info.read_text()
    for key, moment in (("begin_time", backup.begun), ("end_time", backup.ended)):
        text = re.sub(rf"^{key}=.*$", f"{key}={(moment - by).strftime(TIMES)}", text, flags=re.MULTILINE)
    info.write_text(text)


def _segment(name: str) -> str:
    """The segment that a file of the store is; empty for any other."""
    found = re.search(r"/wals/[0-9A-F]{16}/([0-9A-F]{24})(?:\.\w+)?$", name)
    return found[1] if found else ""


def _round_trip(scene: Scene, name: str, changes: dict[str, str]) -> str:
    """A base backup into another store, listed and unpacked, deleted again."""
    gateway: Gateway = dataclasses.replace(
        scene.gateway, name=f"gateway-{name}", place=scene.place / name, port=free_ports(1)[0], changes=changes
    )
    gateway.start()
    archive: Archive = dataclasses.replace(scene.archive, endpoint=gateway.endpoint)
    command = archive.backup(scene.server.name, f"backup-{name}")
    try:
        archive.run_unless(command, scene.server.environment, INVALID)
        (backup,) = archive.backups(scene.server.name)
        unpacked = scene.server.place / name
        users.give(unpacked, installed.user())
        archive.run(archive.restore(scene.server.name, backup.id, unpacked))
        return "backed up, restored" if (unpacked / "PG_VERSION").exists() else "backed up"
    finally:
        gateway.process.stop()
