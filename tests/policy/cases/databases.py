from __future__ import annotations

from typing import Any

from tests.support.judging import Case, Object, thing

BARMAN = {"name": "barman-cloud.cloudnative-pg.io", "isWALArchiver": True}
ARCHIVED = [{**BARMAN, "parameters": {"barmanObjectName": "archive"}}]
NOT_PLUGINS: list[Any] = [[], [{**ARCHIVED[0], "isWALArchiver": False}]]


def cluster(**spec: Any) -> Object:
    return thing("Cluster", apiVersion="postgresql.cnpg.io/v1", spec={"plugins": ARCHIVED, **spec})


def asking(*lines: str) -> Object:
    return cluster(postgresql={"pg_hba": list(lines)})


CASES = (
    *(Case(rule="database-archived", obj=cluster(plugins=given), problem="no moment") for given in NOT_PLUGINS),
    Case(rule="database-archived", obj=cluster(plugins=[BARMAN]), problem="barmanObjectName"),
    Case(rule="database-archived", obj=cluster()),
    Case(rule="database-archived", obj=thing("Cluster", apiVersion="cluster.x-k8s.io/v1beta1", spec={})),
    Case(rule="database-closed", obj=cluster(enableSuperuserAccess=True), problem="enableSuperuserAccess"),
    Case(rule="database-closed", obj=asking("host all all 0.0.0.0/0 trust"), problem="without a password"),
    Case(rule="database-closed", obj=asking("local all all trust", "hostssl all all all scram-sha-256")),
    Case(rule="database-closed", obj=cluster(enableSuperuserAccess=False)),
    *(
        Case(rule="backup-retention", obj=thing("ObjectStore", spec={"retentionPolicy": given}), problem=problem)
        for given, problem in (("", "got nothing"), ("30", "got 30"), ("0d", "got 0d"), ("30d", ""), ("4w", ""))
    ),
    Case(rule="backup-scheduled", obj=thing("ScheduledBackup", spec={"method": "plugin"})),
    Case(
        rule="backup-scheduled",
        obj=thing("ScheduledBackup", spec={"method": "plugin", "suspend": True}),
        problem="suspend",
    ),
    Case(
        rule="backup-scheduled",
        obj=thing("ScheduledBackup", spec={"method": "volumeSnapshot"}),
        problem="expected plugin, got volumeSnapshot",
    ),
)
