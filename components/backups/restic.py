"""Jobs that run restic: a script each, at a time of their own, as an ordinary user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi
from pulumi_kubernetes.core.v1 import (
    ContainerArgs,
    EmptyDirVolumeSourceArgs,
    PodSpecArgs,
    VolumeArgs,
)

from components.kit import Mount, Namespace, Resources, SecretKey, plain
from components.kit.containers import confined, confined_pod, mounted, secrets_of, variables
from components.kit.jobs import Timed, cron_job
from components.kit.mounts import provided, volume
from components.settings import Retention

NAME_LABEL: Final = "app.kubernetes.io/name"

SCRATCH: Final = (Mount(name="cache", path="/cache"), Mount(name="tmp", path="/tmp"))  # noqa: S108 - in the pod
"""Where restic writes beside its repository."""

FOUND: Final = """\
code=0
restic cat config > /dev/null || code=$?
"""
"""How every script begins: 0 with a repository, 10 without one (restic's word), anything else is an error."""


def checking(subset: str, *, missing: str) -> str:
    """The script that looks through a repository, and reads a part of its data, in restic's words for such a part.

    Without a repository it says what is missing, and that is no fault. `unlock` takes away the locks of jobs that are
    dead.
    """
    return (
        "set -eu\n"
        + FOUND
        + f"""\
[ $code != 10 ] || {{ echo "{missing}"; exit 0; }}
[ $code = 0 ] || exit $code
restic unlock
restic check --retry-lock 1h --read-data-subset "{subset}"
"""
    )


MODEST: Final = Resources(cpu="50m", memory="512Mi")
"""Enough for a repository of some gigabytes."""


def keep(retention: Retention) -> dict[str, int]:
    """The parts of a retention that keep anything, by restic's words."""
    parts = {"daily": retention.daily, "weekly": retention.weekly, "monthly": retention.monthly}
    return {word: number for word, number in parts.items() if number}


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
    mounts: Sequence[Mount] = ()
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
        labels = {NAME_LABEL: name, **args.labels}
        timed = Timed(
            namespace=args.namespace,
            schedule=args.schedule,
            hours=args.hours,
            pod=_pod(args),
            labels=labels,
            depends_on=[
                *(provided(mount.claim) for mount in args.mounts if mount.claim),
                *secrets_of(args.environment),
                *args.depends_on,
            ],
        )
        cron_job(name, timed, parent=self)
        self.register_outputs({})


def _pod(args: ResticJobArgs) -> PodSpecArgs:
    return PodSpecArgs(
        restart_policy="Never",
        automount_service_account_token=False,
        enable_service_links=False,
        security_context=confined_pod(args.user, owns_volumes=False),
        containers=[
            ContainerArgs(
                name="restic",
                image=args.image,
                command=["sh", "-c", args.script, "restic"],
                args=list(args.arguments) or None,
                env=variables({**args.environment, "RESTIC_CACHE_DIR": "/cache"}),
                resources=args.resources.requirements,
                security_context=confined(),
                volume_mounts=mounted([*args.mounts, *SCRATCH]),
            )
        ],
        volumes=[
            *(volume(mount) for mount in args.mounts),
            # Larger than other scratch space: the cache holds the index of a whole repository.
            *(VolumeArgs(name=mount.name, empty_dir=EmptyDirVolumeSourceArgs(size_limit="2Gi")) for mount in SCRATCH),
        ],
    )
