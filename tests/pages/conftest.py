from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from components import platform
from components.outputs import Outputs
from components.summaries import Summary
from pages.platform import Platform
from tests.conftest import configuration_of, extending
from tests.support import update
from tests.support.healthy import Healthy


@dataclass(frozen=True, kw_only=True)
class Running:
    """A platform to write pages of, and to break something in before."""

    healthy: Healthy
    summary: Summary

    @property
    def platform(self) -> Platform:
        return Platform(summary=self.summary, snapshot=self.healthy.snapshot())

    def copy(self) -> Running:
        return Running(healthy=self.healthy.copy(), summary=self.summary)


def brought_up(program: Callable[[], Outputs], factory: pytest.TempPathFactory, values: dict[str, Any]) -> Running:
    made: list[Outputs] = []
    healthy = update.build(lambda: made.append(program()), factory.mktemp("certificates"), values["cluster"])
    return Running(healthy=healthy, summary=made[0])


@pytest.fixture(scope="session")
def committed(stack_values: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Running:
    """The committed stack; not to be changed."""
    return brought_up(lambda: platform.build(configuration_of(stack_values)), tmp_path_factory, stack_values)


@pytest.fixture(scope="session")
def whole(stack_values: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Running:
    """The platform with one of everything; not to be changed."""
    with extending(stack_values) as program:
        return brought_up(program, tmp_path_factory, stack_values)


@pytest.fixture
def running(committed: Running) -> Running:
    """The committed stack, to be broken."""
    return committed.copy()
