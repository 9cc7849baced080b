"""A new server out of an archive, beside the old one, by the steps that CloudNativePG and its plugin take."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from drills import users
from drills.databases import installed
from drills.databases.barman import Archive, Backup
from drills.databases.server import Server
from drills.errors import DrillError


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What came back, and how long that took."""

    server: Server
    seconds: float
    """From the first question to the archive until the server took writes."""


def chosen(backups: list[Backup], target: datetime | None) -> Backup:
    """The newest whole backup that ended before the target, or the newest of all.

    Raises:
        DrillError: there is none.
    """
    fitting = [backup for backup in backups if backup.done and (target is None or backup.ended <= target)]
    if not fitting:
        message = f"no target backup found for {target or 'the end of the archive'}"
        raise DrillError(message)
    return fitting[-1]


def restore(server: Server, source: str, parameters: Mapping[str, str], target: datetime | None = None) -> Restored:
    """Restore the server `source` of the archive into a new one.

    Raises:
        SandboxError: its own name is taken in the archive, there is no backup for the target, or the recovery fails.
    """
    begun = time.monotonic()
    prepare(server, source, parameters, target)
    server.start()
    return Restored(server=server, seconds=time.monotonic() - begun)


def prepare(server: Server, source: str, parameters: Mapping[str, str], target: datetime | None = None) -> None:
    """All of a restore but the start of the server.

    Raises:
        SandboxError: as for `restore`.
    """
    archive: Archive = server.archive
    archive.run(archive.check(server.name))
    backup = chosen(archive.backups(source), target)
    users.give(server.folder, installed.user())
    archive.run(archive.restore(source, backup.id, server.data))
    server.data.chmod(0o700)
    server.configure(parameters)
    server.recover(source, target.isoformat(sep=" ") if target else None)
