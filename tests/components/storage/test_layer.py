"""The storage class whose volumes outlive their claims."""

from __future__ import annotations

import pytest

from components.storage import Storage, StorageArgs
from tests.support.parts import site
from tests.support.recorder import Recording, record


@pytest.fixture(scope="module")
def recording() -> Recording[Storage]:
    return record(lambda: Storage("storage", StorageArgs(site=site())))


def test_it_is_the_clusters_own_class_but_for_the_reclaim_policy(recording: Recording[Storage]) -> None:
    (made,) = [item for item in recording.of(":StorageClass") if "reclaimPolicy" in item.inputs]
    assert made.inputs["reclaimPolicy"] == "Retain"
    assert made.inputs["provisioner"] == "rancher.io/local-path"
    assert made.inputs["volumeBindingMode"] == "WaitForFirstConsumer"
    assert recording.reads == ["local-path"]


def test_claims_name_it_and_come_after_it(recording: Recording[Storage]) -> None:
    local = recording.result.local
    (made,) = [item for item in recording.of(":StorageClass") if "reclaimPolicy" in item.inputs]
    assert local.class_name == made.inputs["metadata"]["name"] == "local-path-retain"
