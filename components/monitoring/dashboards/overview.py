"""Overview: whether everything is well, on one page."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import dashboard as building

from components.monitoring.dashboards.panels import (
    NONE_IS_WELL,
    UP,
    Look,
    Page,
    Query,
    Steps,
    empty,
    figure,
    graph,
    listing,
    row,
)

DAYS: Final[Steps] = ((None, "red"), (7, "orange"), (14, "green"))
BACKUP_AGE: Final[Steps] = ((None, "green"), (26 * 3600, "orange"), (50 * 3600, "red"))
AVAILABLE: Final[Steps] = ((None, "red"), (0.99, "orange"), (0.999, "green"))
STATES: Final = {"0": "down", "1": "up"}


def _built() -> building.Dashboard:
    made = empty("Whether everything is well: services, alerts, certificates, backups, delivery.")
    for part in (_services, _alerts, _certificates, _backups, _delivery, _monitoring):
        part(made)
    return made


def _services(made: building.Dashboard) -> None:
    made.with_row(row("Services"))
    made.with_panel(
        figure(
            Look(
                title="Answers at its address",
                unit="none",
                queries=[Query(expr="min by (service) (probe_success)", legend="{{service}}")],
                about="Called as somebody outside would, up to the page of the sign-in.",
                steps=UP,
                texts=STATES,
                width=24,
                height=6,
            )
        )
    )
    made.with_panel(
        figure(
            Look(
                title="Has answered, of the time shown",
                unit="percentunit",
                queries=[Query(expr="min by (service) (avg_over_time(probe_success[$__range]))", legend="{{service}}")],
                steps=AVAILABLE,
                width=12,
            )
        )
    )
    made.with_panel(
        graph(
            Look(
                title="Time to answer",
                unit="s",
                queries=[Query(expr="max by (service) (probe_duration_seconds)", legend="{{service}}")],
                width=12,
            )
        )
    )
    lacking = "sum by (namespace) (kube_deployment_spec_replicas - kube_deployment_status_replicas_available) > 0"
    made.with_panel(
        figure(
            Look(
                title="Replicas that are not there",
                unit="short",
                queries=[Query(expr=f"{lacking} or vector(0)", legend="{{namespace}}")],
                steps=NONE_IS_WELL,
                width=8,
            )
        )
    )
    made.with_panel(
        figure(
            Look(
                title="Targets that do not answer",
                unit="short",
                queries=[Query(expr="count by (job) (up == 0) or vector(0)", legend="{{job}}")],
                steps=NONE_IS_WELL,
                width=8,
            )
        )
    )
    ready = 'min by (node) (kube_node_status_condition{condition="Ready",status="true"})'
    made.with_panel(
        figure(
            Look(
                title="Nodes",
                unit="none",
                queries=[Query(expr=ready, legend="{{node}}")],
                steps=UP,
                texts=STATES,
                width=8,
            )
        )
    )


def _alerts(made: building.Dashboard) -> None:
    made.with_row(row("Alerts"))
    firing = 'ALERTS{alertstate="firing",severity!="none"}'
    made.with_panel(
        listing(
            Look(title="Firing", unit="none", queries=[Query(expr=firing)], width=16),
            ["alertname", "severity", "namespace", "job_name", "pod", "node", "instance", "service", "name"],
        )
    )
    made.with_panel(
        graph(
            Look(
                title="How many",
                unit="short",
                queries=[Query(expr=f"count by (severity) ({firing})", legend="{{severity}}")],
            ),
            stacked=True,
        )
    )


def _certificates(made: building.Dashboard) -> None:
    made.with_row(row("Certificates"))
    owned = "min by (name) (certmanager_certificate_expiration_timestamp_seconds - time()) / 86400"
    served = "min by (service) (probe_ssl_earliest_cert_expiry - time()) / 86400"
    made.with_panel(
        figure(
            Look(
                title="Days left, of what cert-manager renews",
                unit="d",
                queries=[Query(expr=owned, legend="{{name}}")],
                steps=DAYS,
                width=12,
            )
        )
    )
    made.with_panel(
        figure(
            Look(
                title="Days left, of what browsers are shown",
                unit="d",
                queries=[Query(expr=served, legend="{{service}}")],
                steps=DAYS,
                width=12,
            )
        )
    )


def _backups(made: building.Dashboard) -> None:
    made.with_row(row("Backups"))
    database = (
        "time() - max by (namespace, cnpg_cluster) (barman_cloud_cloudnative_pg_io_last_available_backup_timestamp)"
    )
    made.with_panel(
        figure(
            Look(
                title="Databases: age of the last base backup",
                unit="s",
                queries=[Query(expr=database, legend="{{cnpg_cluster}}")],
                about="The log is archived all the time; this is how far a restore has to go back to begin.",
                steps=BACKUP_AGE,
            )
        )
    )
    volume = 'max by (obj_namespace, obj_name) (volsync_volume_out_of_sync{role="source"})'
    made.with_panel(
        figure(
            Look(
                title="Volumes: backups of the last night",
                unit="none",
                queries=[Query(expr=volume, legend="{{obj_namespace}}/{{obj_name}}")],
                steps=NONE_IS_WELL,
                texts={"0": "done", "1": "missing"},
            )
        )
    )
    checked = "time() - max by (namespace, cronjob) (kube_cronjob_status_last_successful_time)"
    made.with_panel(
        figure(
            Look(
                title="Checks and the copy outside: age of the last success",
                unit="s",
                queries=[Query(expr=checked, legend="{{namespace}}/{{cronjob}}")],
                about="Some run once a week.",
                steps=((None, "green"), (8 * 86400, "red")),
            )
        )
    )


def _delivery(made: building.Dashboard) -> None:
    made.with_row(row("Delivery"))
    synced = "count by (sync_status) (argocd_app_info)"
    healthy = "count by (health_status) (argocd_app_info)"
    made.with_panel(
        figure(
            Look(
                title="Applications",
                unit="short",
                queries=[Query(expr=synced, legend="{{sync_status}}"), Query(expr=healthy, legend="{{health_status}}")],
            )
        )
    )
    wrong = 'argocd_app_info{sync_status!="Synced"} or argocd_app_info{health_status!="Healthy"}'
    made.with_panel(
        listing(
            Look(title="Not as declared, or not healthy", unit="none", queries=[Query(expr=wrong)], width=16),
            ["name", "project", "sync_status", "health_status"],
        )
    )


def _monitoring(made: building.Dashboard) -> None:
    made.with_row(row("Monitoring itself"))
    lag = (
        "prometheus_remote_storage_queue_highest_timestamp_seconds"
        " - prometheus_remote_storage_queue_highest_sent_timestamp_seconds"
    )
    # It is 0 until there has been one.
    uploaded = 'time() - (thanos_objstore_bucket_last_successful_upload_time{job="thanos-sidecar"} > 0)'
    made.with_panel(
        graph(
            Look(
                title="The bridge to InfluxDB: behind by",
                unit="s",
                queries=[Query(expr=lag, legend="{{pod}}")],
                steps=((None, "green"), (900, "red")),
                width=12,
            )
        )
    )
    made.with_panel(
        graph(
            Look(
                title="The bucket: since the last upload",
                unit="s",
                queries=[Query(expr=uploaded, legend="{{pod}}")],
                steps=((None, "green"), (6 * 3600, "red")),
                width=12,
            )
        )
    )


PAGE: Final = Page(uid="overview", title="Overview", built=_built)
