"""Backups of files: VolSync's, and the jobs that check them and carry them outside."""

from __future__ import annotations

from typing import Final

from components.monitoring.rules.model import Alert, RuleGroup, Watched

RULES: Final = (
    Alert(
        name="VolumeBackupMissed",
        severity="warning",
        # Set from the moment at which a backup was due until one is complete.
        expr='volsync_volume_out_of_sync{role="source"} == 1',
        wait="3h",
        summary="The volume behind {{ $labels.obj_namespace }}/{{ $labels.obj_name }} was not backed up in time",
        description="What was written since its last backup is on its volume only.",
    ),
    Alert(
        name="ScheduledJobOverdue",
        severity="warning",
        # Of whatever schedule: begun, and no success since. One that never had a success has no time of it.
        expr="kube_cronjob_status_last_schedule_time unless on (namespace, cronjob)"
        " kube_cronjob_status_last_successful_time >= on (namespace, cronjob) kube_cronjob_status_last_schedule_time",
        wait="6h",
        summary="{{ $labels.namespace }}/{{ $labels.cronjob }} began, and has not succeeded since",
        description="Checks of backups and the copy outside the house are such jobs: they hang, or fail.",
    ),
)


def group(_watched: Watched) -> RuleGroup:
    """Alerts of backups of files."""
    return RuleGroup(name="backups", rules=RULES)
