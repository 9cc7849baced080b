"""Volumes of claims: what they are made of, who makes them, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.controllers import nfs
from sandbox.controllers.controller import Environment
from sandbox.controllers.hub import Hub
from sandbox.controllers.nfs import Nfs
from sandbox.controllers.provisioner import CLAIM, CLASS, PROVISIONED_BY, VOLUME, NoVolumeError, volume_for
from sandbox.controllers.storage import PROVISIONER, Storage
from sandbox.rendering import package, render
from sandbox.rendering.crds import Definitions
from sandbox.rendering.render import Release

PARAMETERS = {"server": "nas.example.net", "share": "/export/k8s"}
CLAIMED: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "data", "namespace": "apps", "uid": "u-1", "resourceVersion": "1"},
    "spec": {
        "accessModes": ["ReadWriteMany"],
        "resources": {"requests": {"storage": "2Gi"}},
        "storageClassName": "nfs",
    },
}


def storage_class(provisioner: str, **changes: Any) -> dict[str, Any]:
    kind = {"apiVersion": CLASS[0], "kind": CLASS[1], "metadata": {"name": "nfs", "resourceVersion": "1"}}
    return {**kind, "provisioner": provisioner, "reclaimPolicy": "Retain", **changes}


def deployments() -> Iterator[dict[str, Any]]:
    """As the chart brings them."""
    stand_in = next(found for found in package.stand_ins() if found.name == "csi-driver-nfs")
    release = Release(name="nfs", namespace="csi", values={})
    for obj in render.render(stand_in, release, Definitions()).objects:
        if obj["kind"] == "Deployment":
            yield {**obj, "metadata": {**obj["metadata"], "resourceVersion": "1"}}


@pytest.fixture
def hub(hub: Hub) -> Hub:
    for kind in (CLAIM, VOLUME, CLASS, nfs.DEPLOYMENT):
        hub.on(*kind)
    return hub


@pytest.fixture
def environment(hub: Hub) -> Environment:
    return Environment(client=hub.client, hub=hub, log=hub.log)


def test_a_volume_belongs_to_its_claim_and_follows_the_storage_class() -> None:
    volume = volume_for(CLAIMED, storage_class(PROVISIONER), {"hostPath": {"path": "/x"}})
    assert volume["metadata"] == {"name": "pvc-u-1", "annotations": {PROVISIONED_BY: PROVISIONER}}
    spec = volume["spec"]
    assert spec["capacity"] == {"storage": "2Gi"}
    assert (spec["storageClassName"], spec["persistentVolumeReclaimPolicy"]) == ("nfs", "Retain")
    assert (spec["claimRef"]["namespace"], spec["claimRef"]["uid"]) == ("apps", "u-1")
    assert spec["hostPath"] == {"path": "/x"}


def test_each_provisioner_serves_its_own_classes_and_nfs_only_while_its_controller_runs(
    environment: Environment, hub: Hub
) -> None:
    folders, driver = Storage(environment), Nfs(environment)
    assert folders.serves(PROVISIONER)
    assert not folders.serves("nfs.csi.k8s.io")
    (deployment,) = deployments()
    hub.put(deployment)
    assert not driver.serves("nfs.csi.k8s.io")
    changed = {**deployment["metadata"], "resourceVersion": "2"}
    hub.put({**deployment, "metadata": changed, "status": {"readyReplicas": 1}})
    assert driver.serves("nfs.csi.k8s.io")
    assert not driver.serves(PROVISIONER)
    assert not driver.serves("other.csi.k8s.io")


def test_a_folder_on_a_server_is_named_as_the_class_says() -> None:
    parameters = {**PARAMETERS, "subDir": "${pvc.metadata.namespace}/${pvc.metadata.name}/${pv.metadata.name}"}
    source = nfs.csi("nfs.csi.k8s.io", {**parameters, "onDelete": "retain"}, CLAIMED)["csi"]
    assert source["driver"] == "nfs.csi.k8s.io"
    assert source["volumeHandle"] == "nas.example.net#export/k8s#apps/data/pvc-u-1#pvc-u-1#retain"
    assert source["volumeAttributes"] == {
        **PARAMETERS,
        "subDir": "apps/data/pvc-u-1",
        "onDelete": "retain",
        "csi.storage.k8s.io/pv/name": "pvc-u-1",
        "csi.storage.k8s.io/pvc/name": "data",
        "csi.storage.k8s.io/pvc/namespace": "apps",
    }


def test_without_a_folders_name_it_is_the_volumes_and_goes_with_it() -> None:
    source = nfs.csi("nfs.csi.k8s.io", {**PARAMETERS, "onDelete": "delete"}, CLAIMED)["csi"]
    assert source["volumeHandle"] == "nas.example.net#export/k8s#pvc-u-1##"
    assert source["volumeAttributes"]["subdir"] == "pvc-u-1"


def test_the_secret_of_a_class_is_none_of_the_drivers_business() -> None:
    parameters = {**PARAMETERS, "csi.storage.k8s.io/provisioner-secret-name": "options"}
    attributes = nfs.csi("nfs.csi.k8s.io", parameters, CLAIMED)["csi"]["volumeAttributes"]
    assert "csi.storage.k8s.io/provisioner-secret-name" not in attributes


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"share": "/export"}, "server is a required parameter"),
        ({**PARAMETERS, "path": "x"}, 'invalid parameter "path" in storage class'),
        ({**PARAMETERS, "mountPermissions": "0999"}, "invalid mountPermissions 0999 in storage class"),
        ({**PARAMETERS, "onDelete": "keep"}, "invalid value keep for OnDelete"),
    ],
)
def test_a_class_that_the_driver_refuses_gets_no_volume(parameters: dict[str, str], problem: str) -> None:
    with pytest.raises(NoVolumeError, match=problem):
        nfs.csi("nfs.csi.k8s.io", parameters, CLAIMED)
