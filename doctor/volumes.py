"""The check of volumes with data: they outlive what claims them."""

from __future__ import annotations

from collections.abc import Iterator

from components.vocabulary import EXEMPT, HOLDS_DATA
from doctor import kube
from doctor.check import Context, Reference, check, unless
from doctor.snapshot import Snapshot
from policy.charts import OF_VOLSYNC
from policy.objects import annotations_of, label, labels_of, namespace_of


@check("claim with data -> volume that stays")
def kept(context: Context) -> Iterator[Reference]:
    """Where a namespace holds data, no volume is deleted because its claim is, unless the claim says why."""
    for claim in context.snapshot.all("PersistentVolumeClaim"):
        volume = context.snapshot.get("PersistentVolume", claim["spec"].get("volumeName") or "")
        if volume is None or not _holds_data(context.snapshot, claim):
            continue
        policy = volume["spec"].get("persistentVolumeReclaimPolicy", "Delete")
        advice = (
            'set it to Retain: `kubectl patch pv <name> -p \'{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}\'`'
        )
        problem = unless(policy == "Retain", f"it goes with its claim, since its reclaim policy is {policy}", advice)
        yield Reference(label(claim), label(volume), *problem)


def _holds_data(snapshot: Snapshot, claim: kube.Object) -> bool:
    namespace = snapshot.get("Namespace", namespace_of(claim)) or {}
    scratch = OF_VOLSYNC.items() <= labels_of(claim).items()
    return (
        HOLDS_DATA in annotations_of(namespace)
        and not scratch
        and f"{EXEMPT}data-protected" not in annotations_of(claim)
    )
