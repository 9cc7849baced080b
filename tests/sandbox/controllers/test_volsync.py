"""What the simulated VolSync refuses, in the operator's words."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.controllers.controller import Environment
from sandbox.controllers.hub import Hub
from sandbox.controllers.log import Log
from sandbox.controllers.objects import encode
from sandbox.controllers.volsync import SyncError, VolSync
from tests.sandbox.controllers.test_mover import SOURCE


@pytest.fixture
def volsync(hub: Hub) -> VolSync:
    for kind in (("v1", "PersistentVolumeClaim"), ("batch/v1", "Job")):
        hub.on(*kind)
    return VolSync(Environment(client=hub.client, hub=hub, log=Log()))


def put(volsync: VolSync, kind: str, name: str, **parts: Any) -> None:
    meta = {"name": name, "namespace": "music", "resourceVersion": "1"}
    volsync.hub.put({"apiVersion": "v1", "kind": kind, "metadata": meta, **parts})


def refused(volsync: VolSync) -> str:
    source = {**SOURCE, "metadata": {**SOURCE["metadata"], "namespace": "music"}}
    source["spec"] = {**SOURCE["spec"], "restic": {**SOURCE["spec"]["restic"], "copyMethod": "Direct"}}
    with pytest.raises(SyncError) as error:
        volsync._job(source, "mover:1")
    return str(error.value)


def test_it_names_what_is_missing_one_after_the_other(volsync: VolSync) -> None:
    assert refused(volsync) == 'persistentvolumeclaims "music-data" not found'
    put(volsync, "PersistentVolumeClaim", "music-data")
    assert refused(volsync) == 'persistentvolumeclaims "backup" not found'
    put(volsync, "PersistentVolumeClaim", "backup")
    assert refused(volsync) == 'secrets "secret-music" not found'
    put(volsync, "Secret", "secret-music", data=encode({"RESTIC_REPOSITORY": "/mnt/repository/data"}))
    assert refused(volsync) == "secret should have fields: [RESTIC_REPOSITORY RESTIC_PASSWORD]"
    put(volsync, "Secret", "secret-music", data=encode({"RESTIC_REPOSITORY": "/mnt/repository/data", "OTHER": "1"}))
    assert refused(volsync) == "secret is missing field: RESTIC_PASSWORD"
