"""PostgreSQL, its archive of the log, and its base backups."""

from __future__ import annotations

from typing import Final

from components.monitoring.rules.model import Alert, RuleGroup, Watched

RULES: Final = (
    Alert(
        name="DatabaseDown",
        severity="critical",
        expr="cnpg_collector_up == 0",
        wait="5m",
        summary="The database {{ $labels.namespace }}/{{ $labels.cnpg_cluster }} does not answer",
        description="PostgreSQL in {{ $labels.pod }} takes no connections; whoever uses it does not work.",
    ),
    Alert(
        name="DatabaseArchiveFailing",
        severity="critical",
        # A time that never was is -1.
        expr="cnpg_pg_stat_archiver_last_failed_time > cnpg_pg_stat_archiver_last_archived_time",
        wait="15m",
        summary="The log of {{ $labels.namespace }}/{{ $labels.cnpg_cluster }} does not reach its archive",
        description="What was written since can be lost with the node, and the log fills the volume that it is on.",
    ),
    Alert(
        name="DatabaseBackupOld",
        severity="warning",
        # Backups begin once a day, and take a while. A cluster without any has 0, which is long ago.
        expr="time() - max by (namespace, cnpg_cluster)"
        " (barman_cloud_cloudnative_pg_io_last_available_backup_timestamp) > 26 * 3600",
        wait="1h",
        summary="The last base backup of {{ $labels.namespace }}/{{ $labels.cnpg_cluster }} is older than a day",
        description="A restore takes longer with each day, as it has to go through the log since then.",
    ),
)


def group(_watched: Watched) -> RuleGroup:
    """Alerts of databases."""
    return RuleGroup(name="databases", rules=RULES)
