"""The copy outside the house: everything on the NFS server once more, encrypted, in a bucket."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import pulumi

from components import versions
from components.backups.restic import FOUND, ResticJob, ResticJobArgs, checking, keep
from components.kit import (
    Addresses,
    AllowTrafficArgs,
    Foundation,
    Generated,
    GivenItem,
    Mount,
    Namespace,
    NamespaceArgs,
    NfsVolume,
    NfsVolumeArgs,
    Pods,
    Resources,
    SecretKey,
    SyncedSecret,
    SyncedSecretArgs,
    allow_traffic,
    hosts,
    internet,
    plain,
    synced_item,
)
from components.settings import Outside
from components.summaries import BackupSummary, Place, VolumeSummary

ACCESS_KEY, SECRET_KEY = "access-key", "secret-key"
PASSWORD: Final = "password"  # noqa: S105 - name of a field

USER: Final = 1000
"""Whose files are on the NFS server: every part that writes there does so as this user."""

EXPORT: Final = "/export"
"""Where the pod sees the NFS server's exported folder."""

LABELS: Final = {"app.kubernetes.io/part-of": "outside-copy"}
"""Of every pod that may call the bucket."""

HOST: Final = "homelab"
"""What the backups are known by in the repository, wherever the pod runs."""

ALL_CLAIMED: Final = "1Ti"
"""Size that the volume of the whole export claims; NFS does not enforce it."""

BORROWED_REASON: Final = "the folders are those of applications and databases, which protect them"

COPY: Final = (
    "set -eu\n"
    + FOUND
    + """\
[ $code != 10 ] || { restic init; code=0; }
[ $code = 0 ] || exit $code
restic unlock
restic backup --retry-lock 1h --host "$HOST_NAME" --exclude-caches "$@"
restic forget --retry-lock 1h --host "$HOST_NAME" --group-by host --prune $KEEP
"""
)
"""Copies, then forgets what is too old. A file that cannot be read ends it with restic's 3, after the backup of all
others: nothing is forgotten by a backup that is not whole."""

CHECK: Final = checking("$SUBSET", missing="there is no copy yet")

CHECK_SCHEDULE: Final = "0 15 * * 6"
"""On Saturdays, in UTC: half a day after the copy has begun."""

SUBSET: Final = "2%"
"""Of the data, another part each time: what is read of a bucket is often paid for."""


@dataclass(frozen=True, kw_only=True)
class OutsideCopyArgs:
    """The bucket, and how it is filled."""

    base: Foundation
    settings: Outside


class OutsideCopy(pulumi.ComponentResource):
    """A namespace of its own, whose pods read the whole export and may call the bucket, and nothing else."""

    def __init__(self, name: str, args: OutsideCopyArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:backups:OutsideCopy", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        base, settings = args.base, args.settings
        namespace = Namespace(name, NamespaceArgs(dns_cache=base.site.dns_cache), opts=inside)
        calls = allow_traffic(
            name,
            {
                "to-bucket": AllowTrafficArgs(
                    source=Pods(namespace=namespace, labels=LABELS), target=_target(settings.endpoint)
                )
            },
            parent=self,
        )
        environment = self._environment(name, args, namespace)
        export = NfsVolume(
            f"{name}-export",
            NfsVolumeArgs(
                namespace=namespace,
                nfs=base.site.nfs,
                path=base.site.nfs.export,
                size=ALL_CLAIMED,
                unprotected_reason=BORROWED_REASON,
            ),
            opts=inside,
        )
        self._contribute(args, namespace, export)
        image = base.site.image(versions.RESTIC)
        kept = " ".join(f"--keep-{word} {number}" for word, number in keep(settings.keep).items())
        ResticJob(
            f"{name}-copy",
            ResticJobArgs(
                namespace=namespace,
                image=image,
                schedule=settings.schedule,
                script=COPY,
                arguments=[*(f"--exclude={EXPORT}/{folder}" for folder in settings.exclude), EXPORT],
                environment={**environment, "HOST_NAME": HOST, "KEEP": kept},
                mounts=[Mount(name="export", path=EXPORT, claim=export, read_only=True)],
                user=USER,
                resources=Resources(cpu="100m", memory="2Gi"),
                hours=72,
                labels=LABELS,
                depends_on=calls,
            ),
            opts=inside,
        )
        ResticJob(
            f"{name}-check",
            ResticJobArgs(
                namespace=namespace,
                image=image,
                schedule=CHECK_SCHEDULE,
                script=CHECK,
                environment={**environment, "SUBSET": SUBSET},
                user=USER,
                resources=Resources(cpu="100m", memory="2Gi"),
                hours=72,
                labels=LABELS,
                depends_on=calls,
            ),
            opts=inside,
        )
        self.register_outputs({})

    def _contribute(self, args: OutsideCopyArgs, namespace: Namespace, export: NfsVolume) -> None:
        """Hand in what people look up of the copy."""
        settings, contributions = args.settings, args.base.contributions
        volume = VolumeSummary(
            namespace=namespace.name,
            claim=export.claim_name,
            holds="everything on the NFS server",
            place=Place.FOLDER,
            size=ALL_CLAIMED,
            folder=args.base.site.nfs.export,
        )
        backup = BackupSummary(
            namespace=volume.namespace,
            claim=volume.claim,
            schedule=settings.schedule,
            check=CHECK_SCHEDULE,
            folder=f"{settings.endpoint}/{settings.bucket}",
            kept=", ".join(f"{number} {word}" for word, number in keep(settings.keep).items()),
        )
        contributions.volumes.add(volume)
        contributions.backups.add(backup)

    def _environment(self, name: str, args: OutsideCopyArgs, namespace: Namespace) -> dict[str, str | SecretKey]:
        base, settings = args.base, args.settings
        given = GivenItem(store=base.store, id=settings.item, labels=frozenset({ACCESS_KEY, SECRET_KEY}))
        access = SyncedSecret(
            f"{name}-access",
            SyncedSecretArgs(namespace=namespace, item=given),
            opts=pulumi.ResourceOptions(parent=self),
        )
        repository = synced_item(
            name,
            store=base.store,
            namespace=namespace,
            fields={PASSWORD: Generated(length=64, lasting=True)},
            parent=self,
        )
        for secret in (access, repository):
            base.contributions.secrets.add(secret)
        region = {"AWS_DEFAULT_REGION": settings.region} if settings.region else {}
        return {
            "RESTIC_REPOSITORY": f"s3:{settings.endpoint}/{settings.bucket}",
            "RESTIC_PASSWORD": repository.key(PASSWORD),
            "AWS_ACCESS_KEY_ID": access.key(ACCESS_KEY),
            "AWS_SECRET_ACCESS_KEY": access.key(SECRET_KEY),
            **region,
        }


def _target(endpoint: str) -> Addresses:
    """Where the service is called: at its address if it has one, else anywhere on the internet at its port."""
    parts = urlsplit(endpoint)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        ip_address(parts.hostname or "")
    except ValueError:
        return internet(port)
    return hosts([parts.hostname or ""], port)
