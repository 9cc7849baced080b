"""Rules of what holds data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from components.vocabulary import HOLDS_DATA
from policy.objects import Object, annotations_of, spec_of
from policy.rule import EVERY_KIND, Context, Rule

PROVISIONED_BY: Final = "pv.kubernetes.io/provisioned-by"
"""Annotation of a volume that was made for a claim: what becomes of it is its storage class's affair."""

VOLUMES: Final = ("PersistentVolume", "PersistentVolumeClaim")


def _protected(obj: Object, context: Context) -> Iterator[str]:
    holds_data = annotations_of(obj).get(HOLDS_DATA)
    if holds_data not in (None, "true"):
        yield f"annotation {HOLDS_DATA}: expected true or no annotation, got {holds_data or 'nothing'}"
    with_claims = obj["kind"] == "StatefulSet" and spec_of(obj).get("volumeClaimTemplates")
    if context.protect is False and (holds_data or with_claims or obj["kind"] in VOLUMES):
        yield "it holds data, and nothing keeps an update from deleting it: set the resource option protect"


def _kept(obj: Object, _context: Context) -> Iterator[str]:
    spec = spec_of(obj)
    if obj["kind"] == "PersistentVolume":
        policy = spec.get("persistentVolumeReclaimPolicy")
        if PROVISIONED_BY not in annotations_of(obj) and policy != "Retain":
            yield f"persistentVolumeReclaimPolicy: expected Retain, got {policy or 'nothing'}"
    else:
        retention = spec.get("persistentVolumeClaimRetentionPolicy") or {}
        for when in ("whenDeleted", "whenScaled"):
            if retention.get(when) == "Delete":
                yield f"persistentVolumeClaimRetentionPolicy.{when}: expected Retain, got Delete"


RULES: Final = (
    Rule(
        name="data-protected",
        description="The stack does not delete what holds data.",
        kinds=EVERY_KIND,
        judge=_protected,
    ),
    Rule(
        name="volumes-kept",
        description="A volume stays when its claim goes, and a claim when its StatefulSet goes.",
        kinds=frozenset({"PersistentVolume", "StatefulSet"}),
        judge=_kept,
    ),
)
