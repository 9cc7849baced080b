"""Databases, as small as they can be."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.databases import Built, databases
from tests.support.recorder import Recording


@pytest.fixture(scope="session")
def build() -> Callable[..., Recording[Built]]:
    """The layer, and a database for each of the requests that it is called with."""
    return databases


@pytest.fixture(scope="session")
def recording() -> Recording[Built]:
    """The database of an application, as it is by default."""
    return databases({"name": "notes"})
