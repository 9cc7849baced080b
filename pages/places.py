"""Where data is: volumes, what backs them up, and who mounts them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from components.summaries import BackupSummary, Place, VolumeSummary
from pages.actors import Actor
from pages.platform import Platform
from policy.objects import spec_of

NOWHERE: Final = ""

WORDS: Final = {
    Place.NODE: "a node's disk",
    Place.SHARED: "NFS",
    Place.FOLDER: "NFS",
}


def volume(platform: Platform, summary: VolumeSummary) -> VolumeSummary:
    """A volume of the outputs, which has to be there as they say.

    Raises:
        PagesError: it is not, or is another one.
    """
    claim = platform.need("PersistentVolumeClaim", summary.claim, summary.namespace)
    if summary.place is not Place.FOLDER:
        asked = spec_of(claim)["resources"]["requests"]["storage"]
        platform.same(f"size of PersistentVolumeClaim {summary.namespace}/{summary.claim}", summary.size, asked)
        return summary
    spec = spec_of(platform.need("PersistentVolume", spec_of(claim).get("volumeName", "")))
    platform.same(f"folder of PersistentVolume {summary.claim}", summary.folder, (spec.get("nfs") or {}).get("path"))
    return summary


def where(summary: VolumeSummary) -> str:
    """Where a volume lies, in words."""
    return f"NFS `{summary.folder}`" if summary.folder else WORDS[summary.place]


def mounted(platform: Platform, actors: list[Actor]) -> Iterator[VolumeSummary]:
    """The volumes of the outputs that somebody mounts, each once."""
    claims = {(actor.namespace, claim) for actor in actors for claim in actor.claims()}
    for item in sorted(platform.summary.volumes, key=lambda each: (each.namespace, each.claim)):
        if (item.namespace, item.claim) in claims:
            yield volume(platform, item)


def backup_of(platform: Platform, summary: VolumeSummary) -> BackupSummary | None:
    """How a volume is backed up, if it is."""
    for item in platform.summary.backups:
        if (item.namespace, item.claim) == (summary.namespace, summary.claim):
            return item
    return None
