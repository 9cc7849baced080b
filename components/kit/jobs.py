"""Jobs that run at times of their own, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_kubernetes.batch.v1 import CronJob, CronJobSpecArgs, JobSpecArgs, JobTemplateSpecArgs
from pulumi_kubernetes.core.v1 import PodSpecArgs, PodTemplateSpecArgs
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.kit.namespace import Namespace


@dataclass(frozen=True, kw_only=True)
class Timed:
    """When a Job runs, and its pod."""

    namespace: Namespace
    schedule: str
    """Minute, hour, day, month and weekday, in UTC."""
    hours: int
    """Number of hours after which it is ended: what hangs would keep the next one from starting."""
    pod: PodSpecArgs
    labels: Mapping[str, str]
    """Of the pods, and of the CronJob itself."""
    depends_on: Sequence[pulumi.Resource] = field(default_factory=list)
    """What its pods need."""


def cron_job(name: str, timed: Timed, *, parent: pulumi.Resource) -> CronJob:
    """A CronJob, one Job at a time. A run that fails is tried once more, and then its Job stays as failed."""
    return CronJob(
        name,
        metadata=ObjectMetaArgs(name=name, namespace=timed.namespace.name, labels=timed.labels),
        spec=CronJobSpecArgs(
            schedule=timed.schedule,
            time_zone="Etc/UTC",
            concurrency_policy="Forbid",
            starting_deadline_seconds=3600,
            successful_jobs_history_limit=1,
            failed_jobs_history_limit=3,
            job_template=JobTemplateSpecArgs(
                spec=JobSpecArgs(
                    backoff_limit=1,
                    active_deadline_seconds=timed.hours * 3600,
                    template=PodTemplateSpecArgs(metadata=ObjectMetaArgs(labels=timed.labels), spec=timed.pod),
                )
            ),
        ),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[timed.namespace.resource, *timed.depends_on]),
    )
