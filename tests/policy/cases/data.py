from __future__ import annotations

from policy.rule import Context
from tests.support.judging import Case, thing

UNPROTECTED, PROTECTED = Context(protect=False), Context(protect=True)
VOLUME = thing("PersistentVolume", namespace="", spec={"persistentVolumeReclaimPolicy": "Retain"})
PROVISIONED = {"pv.kubernetes.io/provisioned-by": "example.org/disks"}
DATA = {"homelab/holds-data": "true"}
WITH_CLAIMS = thing("StatefulSet", spec={"volumeClaimTemplates": [{"metadata": {"name": "data"}}]})

HOLDING = (
    VOLUME,
    thing("PersistentVolumeClaim"),
    thing("Namespace", namespace="", annotations=DATA),
    thing("Cluster", annotations=DATA),
    WITH_CLAIMS,
)

CASES = (
    *(Case(rule="data-protected", obj=obj, problem="it holds data", context=UNPROTECTED) for obj in HOLDING),
    *(Case(rule="data-protected", obj=obj, context=PROTECTED) for obj in HOLDING),
    *(Case(rule="data-protected", obj=obj) for obj in HOLDING),
    Case(rule="data-protected", obj=thing("Namespace", namespace=""), context=UNPROTECTED),
    Case(rule="data-protected", obj=thing("StatefulSet", spec={}), context=UNPROTECTED),
    Case(
        rule="data-protected",
        obj=thing("Namespace", namespace="", annotations={"homelab/holds-data": "yes"}),
        problem="annotation homelab/holds-data: expected true or no annotation, got yes",
        context=PROTECTED,
    ),
    Case(
        rule="volumes-kept",
        obj=thing("PersistentVolume", namespace="", spec={}),
        problem="persistentVolumeReclaimPolicy: expected Retain, got nothing",
    ),
    Case(rule="volumes-kept", obj=VOLUME),
    Case(
        rule="volumes-kept",
        obj=thing(
            "PersistentVolume",
            namespace="",
            annotations=PROVISIONED,
            spec={"persistentVolumeReclaimPolicy": "Delete"},
        ),
    ),
    *(
        Case(
            rule="volumes-kept",
            obj=thing("StatefulSet", spec={"persistentVolumeClaimRetentionPolicy": {when: "Delete"}}),
            problem=f"persistentVolumeClaimRetentionPolicy.{when}: expected Retain, got Delete",
        )
        for when in ("whenDeleted", "whenScaled")
    ),
    Case(rule="volumes-kept", obj=WITH_CLAIMS),
)
