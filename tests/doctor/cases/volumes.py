from __future__ import annotations

from tests.support.breaking import Break

BREAKS = (
    Break(
        check="claim with data -> volume that stays",
        subject="PersistentVolumeClaim navidrome/navidrome-data",
        target="PersistentVolume pvc-navidrome-data",
        problem="its reclaim policy is Delete",
        change=lambda live: live.get("PersistentVolume", "pvc-navidrome-data")["spec"].update(
            persistentVolumeReclaimPolicy="Delete"
        ),
    ),
)
