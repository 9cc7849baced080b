"""Where metrics are for the long term: a folder, a gateway and credentials of their own."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from components.kit import Folder, Foundation
from components.monitoring.bucket import MetricsBucket, MetricsBucketArgs
from tests.support.monitoring import place
from tests.support.parts import base, container
from tests.support.recorder import Recording, Secret, record


def bucket(**args: Any) -> Recording[tuple[Foundation, MetricsBucket]]:
    def build() -> tuple[Foundation, MetricsBucket]:
        found = base()
        given = {"attributes": True, **args}
        return found, MetricsBucket("metrics-bucket", MetricsBucketArgs(base=found, namespace=place(), **given))

    return record(build)


def file(recording: Recording[Any]) -> Any:
    """What the field of the item has that becomes the file."""
    sections = recording.one(":Item", "metrics-bucket-configuration").inputs["sections"]
    assert isinstance(sections, Secret)
    (field,) = sections.value[0]["fields"]
    return yaml.safe_load(field["value"])


def test_the_file_leads_to_the_gateways_bucket() -> None:
    recording = bucket()
    found = file(recording)
    config = found["config"]
    (served,) = (port["port"] for port in recording.one(":Service", "metrics-bucket").spec["ports"])
    assert found["type"] == "S3"
    assert config["endpoint"] == f"metrics-bucket.temporis.svc:{int(served)}"
    assert config["insecure"] is True
    (prepare,) = recording.one(":Deployment", "metrics-bucket").spec["template"]["spec"]["initContainers"]
    assert prepare["command"] == ["mkdir", "-p", f"/buckets/{config['bucket']}"]


def test_the_file_has_the_gateways_own_credentials_and_no_manifest_has_them() -> None:
    recording = bucket()
    config = file(recording)["config"]
    given = {
        item["name"]: item["valueFrom"]["secretKeyRef"]
        for item in container(recording, "metrics-bucket")["env"]
        if "valueFrom" in item
    }
    names = {"ROOT_ACCESS_KEY_ID": "access_key", "ROOT_SECRET_ACCESS_KEY": "secret_key"}
    for variable, key in names.items():
        # The stand-in for the vault generates a value that says which item it is of.
        assert given[variable]["name"] == "secret-metrics-bucket"
        assert config[key] == f"generated-metrics-bucket-{given[variable]['key']}"
        assert config[key] not in repr([item.inputs for item in recording.objects()])


def test_thanos_gets_the_file_by_the_secret_that_is_made_of_the_item() -> None:
    recording = bucket()
    store = recording.result[1].store
    assert store is not None
    (synced,) = (item for item in recording.of(":OnePasswordItem") if item.name == "metrics-bucket-configuration")
    assert synced.object_name == f"temporis/{store.configuration.secret}"
    assert store.configuration.key == "bucket.yaml"


def test_its_folder_is_its_own_protected_and_listed() -> None:
    recording = bucket()
    (volume,) = recording.of(":PersistentVolume")
    path = volume.spec["nfs"]["path"]
    assert path == "/export/backups/metrics"
    assert volume.protect
    assert volume.retain_on_delete
    user = recording.one(":Deployment", "metrics-bucket").spec["template"]["spec"]["securityContext"]["runAsUser"]
    found, _ = recording.result
    assert found.contributions.folders.close() == (Folder(path=path, user=user),)


def test_the_volume_is_removable_with_a_reason() -> None:
    recording = bucket(unprotected_reason="it is to go")
    assert not any(item.protect or item.retain_on_delete for item in recording.of(":PersistentVolume"))


def test_off_only_its_volume_is_there() -> None:
    recording = bucket(on=False)
    _, made = recording.result
    assert made.store is None
    assert len(recording.of(":PersistentVolume")) == 1
    assert not recording.of(":Deployment")
    assert not recording.of(":Item")


@pytest.mark.parametrize("attributes", [True, False])
def test_what_s3_knows_beside_the_content_is_kept_where_the_server_can(*, attributes: bool) -> None:
    names = {item["name"] for item in container(bucket(attributes=attributes), "metrics-bucket")["env"]}
    assert ("VGW_META_SIDECAR" in names) is not attributes
