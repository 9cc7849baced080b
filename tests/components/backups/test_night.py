"""When backups and checks run."""

from __future__ import annotations

from components.backups import night
from components.settings.cron import cron

NAMES = [f"app{number}-data" for number in range(60)]


def minute_of_day(line: str) -> int:
    minute, hour, *rest = cron(line).split()
    assert rest == ["*", "*", "*"]
    return int(hour) * 60 + int(minute)


def test_backups_are_spread_over_the_hours_before_the_copy_outside() -> None:
    minutes = [minute_of_day(night.backup(name)) for name in NAMES]
    assert min(minutes) >= 60
    assert max(minutes) < 4 * 60
    assert len(set(minutes)) > len(NAMES) / 2


def test_a_check_runs_hours_after_its_backup() -> None:
    for name in NAMES:
        assert minute_of_day(night.check(name)) - minute_of_day(night.backup(name)) == night.CHECK_HOURS * 60


def test_a_name_keeps_its_time() -> None:
    assert night.backup("navidrome-data") == night.backup("navidrome-data")
