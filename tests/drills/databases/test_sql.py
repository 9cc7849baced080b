"""The SQL of Clusters is found wherever they have it, and none passes that is no SQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from drills.databases import sql
from drills.errors import DrillError
from tests.support.live_objects import LiveObjects

OBJECTS = Path(__file__).parent / "objects.yaml"


class Answers:
    """A server that has one extension."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def ask(self, statement: str, _database: str = "postgres") -> str:
        self.asked.append(statement)
        return "cube\nearthdistance"


def run(*statements: str) -> tuple[list[str], list[str]]:
    server: Any = Answers()
    return sql.run(server, "a-database", list(statements)), server.asked


def test_only_clusters_that_run_something_are_listed() -> None:
    assert list(sql.of(LiveObjects.of(OBJECTS))) == ["immich/immich-db"]


def test_what_needs_an_extension_that_is_not_there_is_only_parsed() -> None:
    there, absent = "CREATE EXTENSION earthdistance CASCADE", 'CREATE EXTENSION IF NOT EXISTS "vchord" CASCADE'
    missing, asked = run(absent, there, "SELECT 1")
    assert missing == ["vchord"]
    assert asked[-2:] == [there, "SELECT 1"]
    assert absent not in asked


def test_what_is_no_sql_is_refused_whether_the_extension_is_there_or_not() -> None:
    with pytest.raises(DrillError, match="syntax error"):
        run("CREATE EXTENSIN vchord")
