"""The Kubernetes plugin on a real API server: what the tests of its parts take for granted of that server."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.engine import Engine
from sandbox.errors import SandboxError
from sandbox.kube import Client
from sandbox.paths import Sandbox
from tests.support.world import World

Objects = dict[str, tuple[str, dict[str, Any]]]
PROGRAM = Path(__file__).parent / "programs" / "objects"


class Program:
    """A program of plain objects, with a state of its own on the world's cluster."""

    def __init__(self, world: World, patch: pytest.MonkeyPatch) -> None:
        self.sandbox = Sandbox(root=world.sandbox.root / "objects")
        self.sandbox.root.mkdir()
        shutil.copyfile(world.sandbox.kubeconfig, self.sandbox.kubeconfig)
        self.engine = Engine(sandbox=self.sandbox, program=PROGRAM, pulumi=world.engine.pulumi)
        self.engine.install()
        self.engine.configure([])
        self.patch = patch
        self.provider: dict[str, Any] = {"context": "homelab"}

    def _declare(self, objects: Objects) -> World:
        self.patch.setenv("OBJECTS", json.dumps(objects))
        self.patch.setenv("PROVIDER", json.dumps(self.provider))
        return World(sandbox=self.sandbox, engine=self.engine)

    def preview(self, objects: Objects) -> dict[str, str]:
        return self._declare(objects).preview()

    def up(self, objects: Objects) -> str:
        return self._declare(objects).up()


@pytest.fixture(scope="module")
def program(world: World) -> Any:
    patch = pytest.MonkeyPatch()
    made = Program(world, patch)
    yield made
    patch.undo()


@pytest.fixture
def cluster(world: World) -> Client:
    return world.cluster


def obj(api_version: str, kind: str, name: str, **more: Any) -> tuple[str, dict[str, Any]]:
    token = f"kubernetes:{api_version if '/' in api_version else f'core/{api_version}'}:{kind}"
    metadata = {
        "name": name,
        **({} if kind == "StorageClass" else {"namespace": "default"}),
        **more.pop("metadata", {}),
    }
    return token, {"apiVersion": api_version, "kind": kind, "metadata": metadata, **more}


def config_map(**more: Any) -> Objects:
    return {"settings": obj("v1", "ConfigMap", "settings", **more)}


def test_a_claim_grows_in_place(program: Program, cluster: Client) -> None:
    def claim(size: str) -> Objects:
        elastic = obj(
            "storage.k8s.io/v1",
            "StorageClass",
            "elastic",
            provisioner="sandbox.homelab/folder",
            allowVolumeExpansion=True,
        )
        spec = {
            "storageClassName": "elastic",
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": size}},
        }
        return {"elastic": elastic, "data": obj("v1", "PersistentVolumeClaim", "data", spec=spec)}

    program.up({"elastic": claim("1Gi")["elastic"]})
    program.up(claim("1Gi"))
    before = cluster.get("v1", "PersistentVolumeClaim", "data", "default")
    assert before
    assert program.preview(claim("2Gi")) == {"PersistentVolumeClaim::data": "update"}
    program.up(claim("2Gi"))
    after = cluster.get("v1", "PersistentVolumeClaim", "data", "default")
    assert after
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["spec"]["resources"]["requests"]["storage"] == "2Gi"


def test_a_job_that_nobody_waits_for_is_replaced(program: Program, cluster: Client) -> None:
    def job(command: str) -> Objects:
        container = {"name": "c", "image": "example.org/c:1", "command": [command]}
        template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
        annotations = {"pulumi.com/skipAwait": "true"}
        return {
            "job": obj("batch/v1", "Job", "job", metadata={"annotations": annotations}, spec={"template": template})
        }

    program.up(job("first"))
    assert program.preview(job("second"))["Job::job"] == "replace"
    program.up(job("second"))
    live = cluster.get("batch/v1", "Job", "job", "default")
    assert live
    assert live["spec"]["template"]["spec"]["containers"][0]["command"] == ["second"]
    assert program.preview(job("second")) == {}


def test_a_conflict_is_met_by_the_update_only(program: Program, cluster: Client) -> None:
    program.up(config_map(data={"a": "1"}))
    theirs = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "default"}}
    cluster.apply({**theirs, "data": {"a": "theirs"}}, "somebody", force=True)
    assert program.preview(config_map(data={"a": "2"}))["ConfigMap::settings"] in {"update", "replace"}
    program.provider["enable_config_map_mutable"] = True
    assert program.preview(config_map(data={"a": "2"}))["ConfigMap::settings"] == "update"
    with pytest.raises(SandboxError, match="another field manager owns what this program sets"):
        program.up(config_map(data={"a": "2"}))
    program.up(config_map(data={"a": "2"}, metadata={"annotations": {"pulumi.com/patchForce": "true"}}))


@pytest.mark.parametrize("run", [Program.preview, Program.up])
def test_an_unknown_field_is_refused(program: Program, run: Callable[[Program, Objects], Any]) -> None:
    with pytest.raises(SandboxError, match="field not declared in schema"):
        run(program, {"odd": obj("v1", "ConfigMap", "odd", dta={"a": "1"})})


def test_the_same_cluster_under_another_address_replaces_nothing(program: Program) -> None:
    program.provider["cluster_identifier"] = "homelab"
    objects = config_map(data={"a": "3"}, metadata={"annotations": {"pulumi.com/patchForce": "true"}})
    program.up(objects)
    moved = program.sandbox.root / "moved"
    config = yaml.safe_load(program.sandbox.kubeconfig.read_text())
    address = config["clusters"][0]["cluster"]["server"]
    config["clusters"][0]["cluster"]["server"] = re.sub(r"127\.0\.0\.1", "localhost", address)
    moved.write_text(yaml.safe_dump(config))
    program.provider["kubeconfig"] = str(moved)
    assert program.preview(objects) == {"kubernetes::cluster": "update"}
    program.provider["cluster_identifier"] = "another"
    changes = program.preview(objects)
    assert changes["kubernetes::cluster"] == "replace"
    assert changes["ConfigMap::settings"] == "replace"
