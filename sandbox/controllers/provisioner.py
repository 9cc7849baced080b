"""What every dynamic provisioner does: a claim of its class gets a volume, which grows and is reclaimed.

Binding and phases are the real controllers' work. A claim that asks for more than its volume has makes the volume grow,
as soon as the API server has let the request pass: it asks the class. Not covered: how full a volume is, snapshots,
access modes across nodes.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Final

from sandbox import kube
from sandbox.controllers.controller import Controller
from sandbox.controllers.objects import namespace_of, notes_of, patch, split
from sandbox.plugins.kubernetes.quantity import amount

PROVISIONED_BY: Final = "pv.kubernetes.io/provisioned-by"
SELECTED_NODE: Final = "volume.kubernetes.io/selected-node"
CLAIM: Final = ("v1", "PersistentVolumeClaim")
VOLUME: Final = ("v1", "PersistentVolume")
CLASS: Final = ("storage.k8s.io/v1", "StorageClass")


class NoVolumeError(Exception):
    """The provisioner refuses to make a volume of this class: why, in its own words."""


class Provisioner(Controller):
    """Reconciles claims (`claim/namespace/name`) and the volumes made for them (`volume/name`)."""

    def setup(self) -> None:
        """Look at claims, volumes and storage classes."""
        self.hub.on(*CLAIM, lambda _event, claim: self.queue.add(f"claim/{kube.name_of(claim)}"))
        self.hub.on(*VOLUME, lambda _event, volume: self.queue.add(f"volume/{kube.name_of(volume)}"))
        self.hub.on(*CLASS, lambda _event, _class: self.look_again())

    def look_again(self) -> None:
        """Look at every claim and volume: something changed that may concern any of them."""
        for claim in self.hub.list(*CLAIM):
            self.queue.add(f"claim/{kube.name_of(claim)}")
        for volume in self.hub.list(*VOLUME):
            self.queue.add(f"volume/{kube.name_of(volume)}")

    @abstractmethod
    def serves(self, provisioner: str) -> bool:
        """Whether it is the provisioner of that name, and runs."""

    @abstractmethod
    def source(self, claim: Mapping[str, Any], storage_class: Mapping[str, Any]) -> dict[str, Any]:
        """What a claim's volume is, as fields of its spec. NoVolumeError if it makes none."""

    def reconcile(self, key: str) -> float | None:
        """Make the volume of a claim, or delete a released one."""
        what, _, rest = key.partition("/")
        if what == "volume":
            self._reclaim(rest)
            return None
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
        if storage_class is None or not self.serves(storage_class["provisioner"]):
            return
        delayed = storage_class.get("volumeBindingMode") == "WaitForFirstConsumer"
        if delayed and SELECTED_NODE not in notes_of(claim):
            return
        try:
            volume = volume_for(claim, storage_class, self.source(claim, storage_class))
        except NoVolumeError as error:
            self.say(kube.name_of(claim), f"failed to provision volume: {error}")
            return
        self.client.apply(volume, storage_class["provisioner"])
        self.say(kube.name_of(claim), f"made volume {volume['metadata']['name']}")

    def _own(self, name: str) -> kube.Object | None:
        """The volume of that name if it was made here, and if its provisioner runs."""
        volume = self.hub.get(*VOLUME, name)
        return volume if volume and self.serves(notes_of(volume).get(PROVISIONED_BY, "")) else None

    def _expand(self, claim: kube.Object) -> None:
        volume = self._own(claim["spec"]["volumeName"])
        if volume is None:
            return
        wanted = claim["spec"]["resources"]["requests"]["storage"]
        bound = (claim.get("status") or {}).get("phase") == "Bound"
        if not bound or (amount(wanted) or 0) <= (amount(volume["spec"]["capacity"]["storage"]) or 0):
            return
        capacity, manager = {"capacity": {"storage": wanted}}, notes_of(volume)[PROVISIONED_BY]
        patch(self.client, volume, {"spec": capacity}, manager)
        patch(self.client, claim, {"status": capacity}, manager, status=True)
        self.say(kube.name_of(claim), f"grew to {wanted}")

    def _reclaim(self, name: str) -> None:
        volume = self._own(name)
        if volume is None:
            return
        released = (volume.get("status") or {}).get("phase") == "Released"
        if released and volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete":
            self.client.delete("v1", "PersistentVolume", name)
            self.say(name, "deleted: its claim is gone and its reclaim policy is Delete")


def volume_for(claim: Mapping[str, Any], storage_class: Mapping[str, Any], source: Mapping[str, Any]) -> kube.Object:
    """The volume of a claim, named after it as provisioners do."""
    meta, spec = claim["metadata"], claim["spec"]
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name_for(claim), "annotations": {PROVISIONED_BY: storage_class["provisioner"]}},
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
            **source,
        },
    }


def name_for(claim: Mapping[str, Any]) -> str:
    """What a claim's volume is called."""
    return f"pvc-{claim['metadata']['uid']}"
