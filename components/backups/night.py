"""When what runs: spread over the night by a digest of its name, so that not all begins at once and nothing moves."""

from __future__ import annotations

import hashlib
from typing import Final

FIRST_HOUR: Final = 1
"""In UTC; the copy outside begins at five."""

BACKUP_MINUTES: Final = 180
"""Backups begin within so many minutes."""

CHECK_HOURS: Final = 6
"""So long after its backup a repository is looked through: what the backup left locked is unlocked then, too."""


def backup(name: str) -> str:
    """The cron line of a backup, in UTC."""
    minute = _minute(name)
    return f"{minute % 60} {FIRST_HOUR + minute // 60} * * *"


def check(name: str) -> str:
    """The cron line of the check that belongs to the backup, in UTC."""
    minute = _minute(name)
    return f"{minute % 60} {FIRST_HOUR + CHECK_HOURS + minute // 60} * * *"


def _minute(name: str) -> int:
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % BACKUP_MINUTES
