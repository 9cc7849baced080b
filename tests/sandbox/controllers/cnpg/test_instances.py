"""Pods of instances: what the operator makes, and what the plugin puts into them."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.controllers.cnpg.operator import CloudNativePg
from tests.sandbox.controllers.cnpg.conftest import archive, cluster, plugin, settle
from tests.sandbox.controllers.world import World


@pytest.fixture
def spec(operator: CloudNativePg, world: World) -> dict[str, Any]:
    """Of the first pod of a cluster with an archive."""
    archive(world)
    store = world.the("ObjectStore", "db-archive")
    sidecar = {
        "env": [{"name": "AWS_X", "value": "y"}, {"name": "PGDATA", "value": "z"}],
        "resources": {"limits": {"memory": "1Gi"}},
    }
    world.have({**store, "spec": {**store["spec"], "instanceSidecarConfiguration": sidecar}})
    world.have(cluster(plugins=[plugin()]))
    settle(operator, world)
    found: dict[str, Any] = world.the("Pod", "db-1")["spec"]
    return found


def test_every_container_passes_restricted_with_a_read_only_root(spec: dict[str, Any]) -> None:
    assert (spec["securityContext"]["runAsUser"], spec["securityContext"]["fsGroup"]) == (26, 26)
    for container in (*spec["initContainers"], *spec["containers"]):
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"] is context["runAsNonRoot"] is True
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}


def test_the_ports_are_named_as_monitors_ask_for_them(spec: dict[str, Any]) -> None:
    ports = {port["name"]: port["containerPort"] for port in spec["containers"][0]["ports"]}
    assert ports == {"postgresql": 5432, "metrics": 9187, "status": 8000}


def test_data_and_wal_are_on_claims_of_their_own(spec: dict[str, Any]) -> None:
    claims = {item["name"]: item.get("persistentVolumeClaim", {}).get("claimName") for item in spec["volumes"]}
    assert (claims["pgdata"], claims["pg-wal"]) == ("db-1", "db-1-wal")
    mounts = {mount["mountPath"]: mount["name"] for mount in spec["containers"][0]["volumeMounts"]}
    assert mounts["/var/lib/postgresql/wal"] == "pg-wal"


def test_the_sidecar_starts_before_postgresql_and_stays(spec: dict[str, Any]) -> None:
    sidecar = spec["initContainers"][-1]
    assert (sidecar["name"], sidecar["restartPolicy"], sidecar["args"]) == (
        "plugin-barman-cloud",
        "Always",
        ["instance"],
    )
    assert "plugin-barman-cloud-sidecar:" in sidecar["image"]
    assert sidecar["resources"] == {"limits": {"memory": "1Gi"}}
    variables = {item["name"]: item["value"] for item in sidecar["env"]}
    assert variables["AWS_X"] == "y"
    assert variables["PGDATA"] == "/var/lib/postgresql/data/pgdata", "what PostgreSQL's container has goes first"
    names = [mount["name"] for mount in sidecar["volumeMounts"]]
    assert len(names) == len(set(names))


def test_the_sidecar_may_read_its_store_and_those_credentials_only(spec: dict[str, Any], world: World) -> None:
    assert spec["serviceAccountName"] == "db"
    rules = world.the("Role", "db-barman-cloud")["rules"]
    named = {rule["resources"][0]: rule["resourceNames"] for rule in rules}
    assert named == {
        "objectstores": ["db-archive"],
        "objectstores/status": ["db-archive"],
        "secrets": ["secret-db-archive"],
    }


def test_without_an_archive_there_is_no_sidecar(operator: CloudNativePg, world: World) -> None:
    world.have(cluster(walStorage=None))
    settle(operator, world)
    pod = world.the("Pod", "db-1")["spec"]
    assert [item["name"] for item in pod["initContainers"]] == ["bootstrap-controller"]
    assert world.named("PersistentVolumeClaim") == ["db-1"]


def test_an_endpoints_authority_is_mounted(operator: CloudNativePg, world: World) -> None:
    world.secret("authority", **{"ca.crt": "x"})
    archive(world, endpointCA={"name": "authority", "key": "ca.crt"})
    world.have(cluster(plugins=[plugin()]))
    settle(operator, world)
    pod = world.the("Pod", "db-1")["spec"]
    (volume,) = (item for item in pod["volumes"] if "projected" in item)
    assert volume["projected"]["sources"][0]["secret"]["name"] == "authority"
    assert volume["name"] in {mount["name"] for mount in pod["initContainers"][-1]["volumeMounts"]}


@pytest.mark.parametrize(
    ("affinity", "field"),
    [
        ({}, "preferredDuringSchedulingIgnoredDuringExecution"),
        ({"podAntiAffinityType": "required"}, "requiredDuringSchedulingIgnoredDuringExecution"),
    ],
)
def test_instances_keep_away_from_each_other(
    affinity: dict[str, Any], field: str, operator: CloudNativePg, world: World
) -> None:
    world.have(cluster(affinity=affinity))
    settle(operator, world)
    assert list(world.the("Pod", "db-1")["spec"]["affinity"]["podAntiAffinity"]) == [field]


def test_they_may_be_told_not_to(operator: CloudNativePg, world: World) -> None:
    world.have(cluster(affinity={"enablePodAntiAffinity": False, "nodeSelector": {"a": "b"}}))
    settle(operator, world)
    pod = world.the("Pod", "db-1")["spec"]
    assert "affinity" not in pod
    assert pod["nodeSelector"] == {"a": "b"}
