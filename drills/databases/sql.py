"""The SQL that Clusters run once they are made: by the real server where it has the extensions, else by its grammar."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pglast
from pglast.ast import CreateExtensionStmt
from pglast.parser import ParseError

from drills.databases.found import CLUSTERS
from drills.databases.server import Server
from drills.errors import DrillError
from sandbox import kube

FIELDS: Final = ("postInitSQL", "postInitTemplateSQL", "postInitApplicationSQL")


def of(cluster: kube.Client) -> dict[str, list[str]]:
    """What each Cluster runs, by its name with its namespace; those that run nothing are left out."""
    found: dict[str, list[str]] = {}
    for database in cluster.list(CLUSTERS, "Cluster"):
        initdb = (database["spec"].get("bootstrap") or {}).get("initdb") or {}
        if statements := [statement for name in FIELDS for statement in initdb.get(name) or []]:
            found[kube.name_of(database)] = statements
    return found


def run(server: Server, database: str, statements: list[str]) -> list[str]:
    """Run statements in a new database; the extensions that are not there, whose statements were only parsed.

    Raises:
        DrillError: one is no SQL, or the server refuses it.
    """
    server.ask(f'CREATE DATABASE "{database}"')
    available = set(server.ask("SELECT name FROM pg_available_extensions").split())
    missing: list[str] = []
    for statement in statements:
        wanted = list(extensions(statement))
        absent = [name for name in wanted if name not in available]
        missing += absent
        if not absent:
            server.ask(statement, database)
    return missing


def extensions(statement: str) -> Iterator[str]:
    """The extensions that a statement brings.

    Raises:
        DrillError: it is no SQL.
    """
    try:
        parsed = pglast.parse_sql(statement)
    except ParseError as error:
        message = f"{statement!r}: {error}"
        raise DrillError(message) from None
    for raw in parsed:
        if isinstance(raw.stmt, CreateExtensionStmt):
            yield str(raw.stmt.extname)
