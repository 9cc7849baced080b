"""What a stack file says of backups of files: how long they are kept, what was restored, and the copy outside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from components.settings import kinds
from components.settings.base import Checked, Model
from components.settings.text import Expected


class Retention(Model):
    """How many backups are kept: the newest of each of the last days, weeks and months that have one."""

    daily: int = Field(default=7, strict=True, ge=1, le=366)
    """Days of which the newest backup is kept."""
    weekly: int = Field(default=5, strict=True, ge=0, le=520)
    """Weeks of which the newest backup is kept."""
    monthly: int = Field(default=12, strict=True, ge=0, le=240)
    """Months of which the newest backup is kept."""


class FileRestore(Model):
    """An application's volumes as they were at a moment, in volumes beside them."""

    data: Literal["kept", "removable"] = "kept"
    """What becomes of them: `kept` is protected, `removable` may be deleted by an update."""


class FileSettings(Checked):
    """What was restored of an application's volumes."""

    restores: Annotated[
        dict[kinds.Moment, FileRestore],
        Field(max_length=20),
        Expected(expected="restored volumes by their moment, such as 2026-11-20T03:15:00Z, 20 at most"),
    ] = Field(default_factory=dict)
    """Restored volumes beside the original ones, by a moment in UTC: the newest backup that is not younger is taken."""
    serving: kinds.Moment | None = None
    """Moment of the restored volumes that are used and backed up; without one, the original ones are."""

    def problems(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """What does not go together, by the keys that lead to it from here."""
        if self.serving is not None and self.serving not in self.restores:
            known = ", ".join(self.restores) or "none"
            yield ("serving",), f"expected a moment of `restores`, which has {known}; got {self.serving!r}"


class Outside(Model):
    """A bucket outside the house that has everything on the NFS server once more, encrypted."""

    endpoint: kinds.S3Endpoint
    """Where the S3 service is."""
    bucket: kinds.Bucket
    """The bucket, which has to exist; nothing else may be in it."""
    region: kinds.Region | None = None
    """Region of the bucket, if the service asks for one."""
    item: kinds.ItemId
    """Id of the 1Password item with the fields `access-key` and `secret-key` of the service."""
    schedule: kinds.Cron = "0 5 * * *"
    """When everything is copied, in UTC: after the night's backups, which are done by four."""
    keep: Retention = Retention()
    """How many backups are kept there."""
    exclude: Annotated[
        tuple[kinds.SubPath, ...],
        Field(max_length=100),
        Expected(expected="a list of folders below the NFS export such as [media/music], 100 at most"),
    ] = ()
    """Folders below the NFS export that are not copied."""


class Backups(Model):
    """Backups of files."""

    keep: Retention = Retention()
    """How many backups of each application's volumes are kept on the NFS server."""
    snapshot_kind: Literal["ours", "given"] = "ours"
    """Whose the kind VolumeSnapshot is, which VolSync does not start without: `given` where the cluster has it already,
    with a storage driver that takes snapshots."""
    outside: Outside | None = None
    """A copy of everything on the NFS server outside the house; without this there is none."""
