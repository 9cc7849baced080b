"""A dynamic provisioner: claims of a StorageClass with provisioner `sandbox.homelab/folder` get a volume.

The volumes are folders that nobody ever mounts, since no kubelet runs; binding, phases and the reclaim policy are the
real controllers' work. A claim that asks for more than its volume has makes the volume grow, as soon as the API server
has let the request pass: it asks the class. Not covered: how full a volume is, snapshots, access modes across nodes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox import kube
from sandbox.controllers.controller import Controller
from sandbox.controllers.objects import namespace_of, notes_of, patch, split
from sandbox.plugins.kubernetes.quantity import amount

PROVISIONER: Final = "sandbox.homelab/folder"
PROVISIONED_BY: Final = "pv.kubernetes.io/provisioned-by"
SELECTED_NODE: Final = "volume.kubernetes.io/selected-node"
CLAIM: Final = ("v1", "PersistentVolumeClaim")
VOLUME: Final = ("v1", "PersistentVolume")
CLASS: Final = ("storage.k8s.io/v1", "StorageClass")


class Storage(Controller):
    """Reconciles claims (`claim/namespace/name`) and the volumes made for them (`volume/name`)."""

    name = "storage"

    def setup(self) -> None:
        """Look at claims, volumes and storage classes."""
        self.hub.on(*CLAIM, lambda _event, claim: self.queue.add(f"claim/{kube.name_of(claim)}"))
        self.hub.on(*VOLUME, lambda _event, volume: self.queue.add(f"volume/{kube.name_of(volume)}"))
        self.hub.on(*CLASS, self._class_changed)

    def _class_changed(self, _event: str, _class: kube.Object) -> None:
        for claim in self.hub.list(*CLAIM):
            self.queue.add(f"claim/{kube.name_of(claim)}")

    def reconcile(self, key: str) -> float | None:
        """Make the volume of a claim, or delete a released one."""
        what, _, rest = key.partition("/")
        if what == "volume":
            self._reclaim(rest)
        else:
            namespace, name = split(rest)
            claim = self.hub.get(*CLAIM, name, namespace)
            if claim:
                self._provision(claim)
        return None

    def _provision(self, claim: kube.Object) -> None:
        spec = claim["spec"]
        if "deletionTimestamp" in claim["metadata"]:
            return
        if spec.get("volumeName"):
            self._expand(claim)
            return
        storage_class = self.hub.get(*CLASS, spec.get("storageClassName") or "")
        if storage_class is None or storage_class["provisioner"] != PROVISIONER:
            return
        delayed = storage_class.get("volumeBindingMode") == "WaitForFirstConsumer"
        if delayed and SELECTED_NODE not in notes_of(claim):
            return
        volume = volume_for(claim, storage_class)
        self.client.apply(volume, PROVISIONER)
        self.say(kube.name_of(claim), f"made volume {volume['metadata']['name']}")

    def _expand(self, claim: kube.Object) -> None:
        volume = self.hub.get(*VOLUME, claim["spec"]["volumeName"])
        if volume is None or notes_of(volume).get(PROVISIONED_BY) != PROVISIONER:
            return
        wanted = claim["spec"]["resources"]["requests"]["storage"]
        bound = (claim.get("status") or {}).get("phase") == "Bound"
        if not bound or (amount(wanted) or 0) <= (amount(volume["spec"]["capacity"]["storage"]) or 0):
            return
        capacity = {"capacity": {"storage": wanted}}
        patch(self.client, volume, {"spec": capacity}, PROVISIONER)
        patch(self.client, claim, {"status": capacity}, PROVISIONER, status=True)
        self.say(kube.name_of(claim), f"grew to {wanted}")

    def _reclaim(self, name: str) -> None:
        volume = self.hub.get(*VOLUME, name)
        if volume is None or notes_of(volume).get(PROVISIONED_BY) != PROVISIONER:
            return
        released = (volume.get("status") or {}).get("phase") == "Released"
        if released and volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete":
            self.client.delete("v1", "PersistentVolume", name)
            self.say(name, "deleted: its claim is gone and its reclaim policy is Delete")


def volume_for(claim: Mapping[str, Any], storage_class: Mapping[str, Any]) -> kube.Object:
    """The volume of a claim, named after it as provisioners do."""
    meta, spec = claim["metadata"], claim["spec"]
    name = f"pvc-{meta['uid']}"
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "annotations": {PROVISIONED_BY: PROVISIONER}},
        "spec": {
            "capacity": {"storage": spec["resources"]["requests"]["storage"]},
            "accessModes": spec["accessModes"],
            "volumeMode": spec.get("volumeMode", "Filesystem"),
            "storageClassName": storage_class["metadata"]["name"],
            "persistentVolumeReclaimPolicy": storage_class.get("reclaimPolicy", "Delete"),
            "mountOptions": storage_class.get("mountOptions") or [],
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": namespace_of(claim),
                "name": meta["name"],
                "uid": meta["uid"],
            },
            "hostPath": {"path": f"/nonexistent/{name}"},
        },
    }
