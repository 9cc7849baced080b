"""Rules of databases: each is archived, its backups are made and kept for a time, and its superuser stays inside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policy.objects import Object, spec_of
from policy.rule import Context, Rule

RETENTION: Final = re.compile(r"[1-9][0-9]*[dwm]")
"""Days, weeks or months, as Barman takes them."""
FROM_OUTSIDE: Final = ("trust", "ident")
"""Ways of signing in that ask the caller for nothing that only he knows."""


def _is_cnpg(obj: Object) -> bool:
    return str(obj.get("apiVersion", "postgresql.cnpg.io/")).startswith("postgresql.cnpg.io/")


def _archived(obj: Object, _context: Context) -> Iterator[str]:
    if not _is_cnpg(obj):
        return
    archivers = [item for item in spec_of(obj).get("plugins") or [] if item.get("isWALArchiver")]
    if not archivers:
        yield "its WAL is archived nowhere, so it can be restored to no moment: name a plugin with isWALArchiver"
    for plugin in archivers:
        if not (plugin.get("parameters") or {}).get("barmanObjectName"):
            yield f"plugin {plugin.get('name')}: expected the parameter barmanObjectName, an ObjectStore"


def _closed(obj: Object, _context: Context) -> Iterator[str]:
    if not _is_cnpg(obj):
        return
    spec = spec_of(obj)
    if spec.get("enableSuperuserAccess"):
        yield "enableSuperuserAccess: expected false, got true: the superuser's password would be in a Secret"
    for line in (spec.get("postgresql") or {}).get("pg_hba") or []:
        words = str(line).split()
        if words[:1] != ["local"] and any(method in words[3:] for method in FROM_OUTSIDE):
            yield f"postgresql.pg_hba: `{line}` lets callers in without a password or a certificate"


def _retention(obj: Object, _context: Context) -> Iterator[str]:
    given = spec_of(obj).get("retentionPolicy")
    if not RETENTION.fullmatch(str(given or "")):
        yield f"retentionPolicy: expected a time such as 30d, got {given or 'nothing'}: its backups would fill the disk"


def _scheduled(obj: Object, _context: Context) -> Iterator[str]:
    spec = spec_of(obj)
    if spec.get("suspend"):
        yield "suspend: expected false, got true: no base backup is made"
    if spec.get("method") != "plugin":
        yield f"method: expected plugin, got {spec.get('method') or 'nothing'}: the archive would have no base backup"


RULES: Final = (
    Rule(
        name="database-archived",
        description="A database archives its WAL.",
        kinds=frozenset({"Cluster"}),
        judge=_archived,
    ),
    Rule(
        name="database-closed",
        description="A database has no superuser with a password, and lets nobody in without one.",
        kinds=frozenset({"Cluster"}),
        judge=_closed,
    ),
    Rule(
        name="backup-retention",
        description="What is archived of a database is kept for a time that is said.",
        kinds=frozenset({"ObjectStore"}),
        judge=_retention,
    ),
    Rule(
        name="backup-scheduled",
        description="A schedule of base backups makes them, into the archive.",
        kinds=frozenset({"ScheduledBackup"}),
        judge=_scheduled,
    ),
)
