"""The backup that a restore begins with is the one that CloudNativePG would take."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from drills.databases.barman import Backup
from drills.databases.restore import chosen
from drills.errors import DrillError


def backup(day: int, *, done: bool = True) -> Backup:
    moment = datetime(2026, 1, day, tzinfo=UTC)
    return Backup(id=f"{day}", done=done, begun=moment, ended=moment, first_segment="")


BACKUPS = [backup(1), backup(3), backup(5), backup(7, done=False)]


def test_it_is_the_newest_whole_one_before_the_target() -> None:
    assert chosen(BACKUPS, datetime(2026, 1, 4, tzinfo=UTC)).id == "3"
    assert chosen(BACKUPS, datetime(2026, 1, 5, tzinfo=UTC)).id == "5"


def test_without_a_target_it_is_the_newest_whole_one() -> None:
    assert chosen(BACKUPS, None).id == "5"


def test_a_target_before_all_of_them_is_refused() -> None:
    with pytest.raises(DrillError, match="no target backup found for 2025"):
        chosen(BACKUPS, datetime(2025, 12, 31, tzinfo=UTC))
