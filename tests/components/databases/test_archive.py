"""Where backups are: a folder, a gateway and credentials of one database each."""

from __future__ import annotations

from typing import Any

import pytest

from components import versions
from components.kit import Folder
from components.settings import Nfs
from tests.support.databases import Built
from tests.support.parts import container, peer, policies, waits_for
from tests.support.recorder import Recording


def environment(recording: Recording[Any]) -> dict[str, Any]:
    return {
        item["name"]: item.get("value") or tuple(item["valueFrom"]["secretKeyRef"][key] for key in ("name", "key"))
        for item in container(recording, "notes-archive")["env"]
    }


def test_the_store_is_the_gateways_bucket_with_the_gateways_own_credentials(recording: Recording[Any]) -> None:
    store = recording.one(":ObjectStore", "notes-archive")
    where = store.spec["configuration"]
    assert where["destinationPath"] == "s3://notes-db/"
    assert where["endpointURL"] == "http://notes-archive.notes.svc:7070"
    assert where["s3Credentials"] == {
        "accessKeyId": {"name": "secret-notes-archive", "key": "access-key"},
        "secretAccessKey": {"name": "secret-notes-archive", "key": "secret-key"},
    }
    assert "serverName" not in where
    found = environment(recording)
    assert found["ROOT_ACCESS_KEY_ID"] == ("secret-notes-archive", "access-key")
    assert found["ROOT_SECRET_ACCESS_KEY"] == ("secret-notes-archive", "secret-key")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (":Application", "plugin-barman-cloud"),
        (":Deployment", "notes-archive"),
        (":OnePasswordItem", "notes-archive"),
    ],
)
def test_the_store_comes_last_of_all_that_it_takes(recording: Recording[Any], kind: str, name: str) -> None:
    assert waits_for(recording, recording.one(":ObjectStore", "notes-archive"), kind, name)


def test_what_is_sent_is_compressed_and_what_is_too_old_goes(build: Any) -> None:
    store = build({"name": "notes", "settings": {"retention": 7}}).one(":ObjectStore", "notes-archive")
    assert store.spec["retentionPolicy"] == "7d"
    assert store.spec["configuration"]["wal"]["compression"] == "gzip"
    assert store.spec["configuration"]["data"] == {"compression": "gzip", "immediateCheckpoint": True}


def test_the_bucket_is_made_in_the_volume_before_the_gateway_starts(recording: Recording[Any]) -> None:
    pod = recording.one(":Deployment", "notes-archive").spec["template"]["spec"]
    (prepare,) = pod["initContainers"]
    assert prepare["command"] == ["mkdir", "-p", "/buckets/notes-db"]
    assert prepare["image"] == pod["containers"][0]["image"] == versions.VERSITYGW.ref()
    assert prepare["volumeMounts"] == pod["containers"][0]["volumeMounts"]
    assert environment(recording)["VGW_BACKEND_ARG"] == "/buckets"


def test_the_gateway_listens_where_it_is_called_and_says_that_it_is_well(recording: Recording[Any]) -> None:
    found, gateway = environment(recording), container(recording, "notes-archive")
    assert found["VGW_PORT"] == f":{int(gateway['ports'][0]['containerPort'])}"
    assert gateway["readinessProbe"]["httpGet"]["path"] == found["VGW_HEALTH"]


def test_its_folder_is_on_nfs_protected_and_listed_with_the_user_that_writes_there(
    recording: Recording[Built],
) -> None:
    (volume,) = recording.of(":PersistentVolume")
    folder = "/export/backups/databases/notes"
    assert volume.spec["nfs"] == {"server": "192.168.1.10", "path": folder}
    assert volume.protect
    assert volume.retain_on_delete
    user = recording.one(":Deployment", "notes-archive").spec["template"]["spec"]["securityContext"]["runAsUser"]
    assert recording.result.base.contributions.folders.close() == (Folder(path=folder, user=user),)


def test_the_databases_pods_reach_it_and_no_other_pod(recording: Recording[Any]) -> None:
    entering = [
        rule
        for name, spec in policies(recording).items()
        if spec["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "notes-archive"}
        for rule in spec.get("ingress", [])
    ]
    members = peer("notes", {"cnpg.io/cluster": "notes-db"})
    assert entering == [{"from": [members], "ports": [{"port": 7070, "protocol": "TCP"}]}]


def test_its_volume_may_go_by_a_word_for_a_server_that_moves_and_the_database_may_not(build: Any) -> None:
    recording = build({"name": "notes"}, settings={"archives": "removable"})
    for item in (*recording.of(":PersistentVolume"), *recording.of(":PersistentVolumeClaim")):
        assert (item.protect, item.retain_on_delete) == (False, False)
        assert "homelab/exempt-data-protected" in item.inputs["metadata"]["annotations"]
    assert recording.one("v1:Cluster", "notes-db").protect


@pytest.mark.parametrize(
    ("metadata", "version", "apart"),
    [
        ("automatic", "4.2", False),
        ("automatic", "4.1", True),
        ("automatic", "3", True),
        ("folder", "4.2", True),
        ("attributes", "4.1", False),
    ],
)
def test_what_s3_knows_of_objects_is_in_attributes_where_the_server_has_them_and_beside_the_buckets_elsewhere(
    build: Any, metadata: str, version: str, *, apart: bool
) -> None:
    nfs = Nfs(server="192.168.1.10", export="/export", version=version)
    recording = build({"name": "notes"}, settings={"metadata": metadata}, nfs=nfs)
    found = environment(recording)
    assert ("VGW_META_SIDECAR" in found) == apart
    if apart:
        (prepare,) = recording.one(":Deployment", "notes-archive").spec["template"]["spec"]["initContainers"]
        buckets, beside = found["VGW_BACKEND_ARG"], found["VGW_META_SIDECAR"]
        assert prepare["command"] == ["mkdir", "-p", f"{buckets}/notes-db", beside]
        # The gateway refuses one that lies in the other.
        assert not beside.startswith(buckets)
        assert not buckets.startswith(beside)
