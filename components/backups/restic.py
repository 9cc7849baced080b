"""Jobs that run restic: a script each, at a time of their own, as an ordinary user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi
from pulumi_kubernetes.batch.v1 import CronJob, CronJobSpecArgs, JobSpecArgs, JobTemplateSpecArgs
from pulumi_kubernetes.core.v1 import (
    CapabilitiesArgs,
    ContainerArgs,
    EmptyDirVolumeSourceArgs,
    EnvVarArgs,
    EnvVarSourceArgs,
    PersistentVolumeClaimVolumeSourceArgs,
    PodSecurityContextArgs,
    PodSpecArgs,
    PodTemplateSpecArgs,
    ResourceRequirementsArgs,
    SeccompProfileArgs,
    SecretKeySelectorArgs,
    SecurityContextArgs,
    VolumeArgs,
    VolumeMountArgs,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.kit import Namespace, NfsVolume, Resources, SecretKey, plain
from components.settings import Retention

NAME_LABEL: Final = "app.kubernetes.io/name"

SCRATCH: Final = {"cache": "/cache", "tmp": "/tmp"}  # noqa: S108 - in the pod
"""Where restic writes beside its repository."""

FOUND: Final = """\
code=0
restic cat config > /dev/null || code=$?
"""
"""How every script begins: 0 with a repository, 10 without one (restic's word), anything else is an error."""

CHECK: Final = (
    "set -eu\n"
    + FOUND
    + """\
[ $code != 10 ] || { echo "there is no backup yet"; exit 0; }
[ $code = 0 ] || exit $code
restic unlock
restic check --retry-lock 1h --read-data-subset "$(date -u +%u)/7"
"""
)
"""Looks through a repository. Each day it reads another seventh of the data, so in a week all of it: a file that has
rotted is found, not only one that is gone. `unlock` takes away the locks of jobs that are dead."""


MODEST: Final = Resources(cpu="50m", memory="512Mi")
"""Enough for a repository of some gigabytes."""


def keep(retention: Retention) -> dict[str, int]:
    """The parts of a retention that keep anything, by restic's words."""
    parts = {"daily": retention.daily, "weekly": retention.weekly, "monthly": retention.monthly}
    return {word: number for word, number in parts.items() if number}


@dataclass(frozen=True, kw_only=True)
class ClaimMount:
    """A volume in the pod."""

    name: str
    claim: NfsVolume
    path: str
    """Where the container sees it."""
    read_only: bool = False


@dataclass(frozen=True, kw_only=True)
class ResticJobArgs:
    """One script, and the repository that it is about."""

    namespace: Namespace
    image: str
    """As it is pulled: `site.image(pin)`."""
    schedule: str
    """Minute, hour, day, month and weekday, in UTC."""
    script: str
    arguments: Sequence[str] = ()
    """What the script finds as `"$@"`."""
    environment: Mapping[str, str | SecretKey] = field(default_factory=dict)
    mounts: Sequence[ClaimMount] = ()
    user: int
    """User and group id of the process."""
    resources: Resources = MODEST
    hours: int = 12
    """Number of hours after which it is ended: what hangs would keep the next one from starting."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels of its pods, beside their name: calls are permitted by them."""
    depends_on: Sequence[pulumi.Resource] = ()
    """What its pods need, beside their volumes and the Secrets that they read."""


class ResticJob(pulumi.ComponentResource):
    """A CronJob, one at a time. A run that fails is tried once more, and then its Job stays as failed."""

    def __init__(self, name: str, args: ResticJobArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:backups:ResticJob", name, plain(args), opts)
        synced = [value.synced for value in args.environment.values() if isinstance(value, SecretKey)]
        labels = {NAME_LABEL: name, **args.labels}
        CronJob(
            name,
            metadata=ObjectMetaArgs(name=name, namespace=args.namespace.name, labels=labels),
            spec=CronJobSpecArgs(
                schedule=args.schedule,
                time_zone="Etc/UTC",
                concurrency_policy="Forbid",
                starting_deadline_seconds=3600,
                successful_jobs_history_limit=1,
                failed_jobs_history_limit=3,
                job_template=JobTemplateSpecArgs(
                    spec=JobSpecArgs(
                        backoff_limit=1,
                        active_deadline_seconds=args.hours * 3600,
                        template=PodTemplateSpecArgs(metadata=ObjectMetaArgs(labels=labels), spec=_pod(args)),
                    )
                ),
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[
                    args.namespace.resource,
                    *(mount.claim for mount in args.mounts),
                    *synced,
                    *args.depends_on,
                ],
            ),
        )
        self.register_outputs({})


def _pod(args: ResticJobArgs) -> PodSpecArgs:
    return PodSpecArgs(
        restart_policy="Never",
        automount_service_account_token=False,
        enable_service_links=False,
        security_context=PodSecurityContextArgs(
            run_as_non_root=True,
            run_as_user=args.user,
            run_as_group=args.user,
            seccomp_profile=SeccompProfileArgs(type="RuntimeDefault"),
        ),
        containers=[
            ContainerArgs(
                name="restic",
                image=args.image,
                command=["sh", "-c", args.script, "restic"],
                args=list(args.arguments) or None,
                env=[
                    _variable(key, value) for key, value in {**args.environment, "RESTIC_CACHE_DIR": "/cache"}.items()
                ],
                resources=ResourceRequirementsArgs(
                    requests={"cpu": args.resources.cpu, "memory": args.resources.memory},
                    limits={"memory": args.resources.memory},
                ),
                security_context=SecurityContextArgs(
                    allow_privilege_escalation=False,
                    read_only_root_filesystem=True,
                    capabilities=CapabilitiesArgs(drop=["ALL"]),
                ),
                volume_mounts=[
                    *(
                        VolumeMountArgs(name=mount.name, mount_path=mount.path, read_only=mount.read_only or None)
                        for mount in args.mounts
                    ),
                    *(VolumeMountArgs(name=name, mount_path=path) for name, path in SCRATCH.items()),
                ],
            )
        ],
        volumes=[
            *(_claimed(mount) for mount in args.mounts),
            *(VolumeArgs(name=name, empty_dir=EmptyDirVolumeSourceArgs(size_limit="2Gi")) for name in SCRATCH),
        ],
    )


def _claimed(mount: ClaimMount) -> VolumeArgs:
    source = PersistentVolumeClaimVolumeSourceArgs(claim_name=mount.claim.claim_name, read_only=mount.read_only or None)
    return VolumeArgs(name=mount.name, persistent_volume_claim=source)


def _variable(key: str, value: str | SecretKey) -> EnvVarArgs:
    if isinstance(value, SecretKey):
        reference = SecretKeySelectorArgs(name=value.secret, key=value.key)
        return EnvVarArgs(name=key, value_from=EnvVarSourceArgs(secret_key_ref=reference))
    return EnvVarArgs(name=key, value=value)
