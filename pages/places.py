"""Where data is: volumes, what backs them up, and who mounts them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from components.summaries import BackupSummary, Place, VolumeSummary
from pages.actors import Actor
from pages.platform import Platform
from policy.objects import spec_of

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


@dataclass(frozen=True, kw_only=True)
class Template:
    """A volume that each pod of a StatefulSet has for itself."""

    name: str
    size: str
    storage_class: str


def templates(platform: Platform, actor: Actor) -> Iterator[Template]:
    """The volumes that each pod of a workload has for itself."""
    if actor.kind != "StatefulSet":
        return
    for claim in spec_of(platform.need("StatefulSet", actor.name, actor.namespace)).get("volumeClaimTemplates") or []:
        spec = claim["spec"]
        yield Template(
            name=claim["metadata"]["name"],
            size=spec["resources"]["requests"]["storage"],
            storage_class=f"class `{spec.get('storageClassName', '')}`",
        )


def backup_of(platform: Platform, summary: VolumeSummary) -> BackupSummary | None:
    """How a volume is backed up, if it is."""
    for item in platform.summary.backups:
        if (item.namespace, item.claim) == (summary.namespace, summary.claim):
            return item
    return None
