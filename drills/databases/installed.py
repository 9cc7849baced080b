"""What Debian's package of PostgreSQL brings: programs that are on nobody's path, and a user."""

from __future__ import annotations

import pwd
from pathlib import Path
from typing import Final

from drills.errors import DrillError

POSTGRES: Final = "postgres"
PROGRAMS: Final = Path("/usr/lib/postgresql")
"""Holds a folder for each version."""


def programs() -> Path:
    """The folder of the programs, of the newest version that there is.

    Raises:
        DrillError: there is none.
    """
    folders = sorted((path.parent for path in PROGRAMS.glob("[0-9]*/bin/initdb")), key=_version)
    if not folders:
        message = f"no PostgreSQL below {PROGRAMS}: expected that of Debian, `apt-get install postgresql`"
        raise DrillError(message)
    return folders[-1]


def user() -> int:
    """The id that PostgreSQL runs under here, and not that of its image: `initdb` wants one that has a name.

    Raises:
        DrillError: there is no such user.
    """
    try:
        return pwd.getpwnam(POSTGRES).pw_uid
    except KeyError:
        message = f"no user {POSTGRES}: expected that of the package postgresql, install it again"
        raise DrillError(message) from None


def _version(folder: Path) -> int:
    return int(folder.parent.name)
