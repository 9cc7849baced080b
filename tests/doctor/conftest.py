from __future__ import annotations

from typing import Any

import pytest

from components import platform
from tests.conftest import configuration_of
from tests.support import update
from tests.support.healthy import Healthy


@pytest.fixture(scope="session")
def _built(stack_values: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Healthy:
    folder = tmp_path_factory.mktemp("certificates")
    return update.build(lambda: platform.build(configuration_of(stack_values)), folder, stack_values["cluster"])


@pytest.fixture
def healthy_platform(_built: Healthy) -> Healthy:
    """The committed stack in good order; to be broken."""
    return _built.copy()
