"""A home without a public address, of one node and two families, is as healthy as the committed one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from components import platform
from doctor.examination import examine
from tests.conftest import configuration_of
from tests.support import update
from tests.support.other_home import other_home_values


def test_nothing_is_broken_in_it(stack_values: dict[str, Any], tmp_path: Path) -> None:
    values = other_home_values(stack_values)
    healthy = update.build(lambda: platform.build(configuration_of(values)), tmp_path, values["cluster"])
    report = examine(healthy.snapshot(), datetime.now(tz=UTC))
    assert report.broken == []
