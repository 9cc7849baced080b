"""A cluster: what it is made of, how it is archived, who may call it."""

from __future__ import annotations

from typing import Any

import pytest

from components import versions
from components.versions import Image
from components.vocabulary import HOLDS_DATA
from tests.support.parts import MIRROR, peer, policies, waits_for
from tests.support.recorder import Recording

PLUGIN = "barman-cloud.cloudnative-pg.io"
MEMBERS = {"cnpg.io/cluster": "notes-db"}
INSTANCES = {**MEMBERS, "cnpg.io/podRole": "instance"}
OPERATOR = {"app.kubernetes.io/name": "cloudnative-pg"}


def spec(recording: Recording[Any], name: str = "notes-db") -> Any:
    return recording.one("cnpg.io/v1:Cluster", name).spec


def test_it_begins_with_one_database_and_one_user_who_owns_it(recording: Recording[Any]) -> None:
    assert spec(recording)["bootstrap"] == {"initdb": {"database": "notes", "owner": "notes", "dataChecksums": True}}
    assert spec(recording)["enableSuperuserAccess"] is False


def test_it_archives_under_its_own_name_from_its_first_moment(recording: Recording[Any]) -> None:
    assert spec(recording)["plugins"] == [
        {
            "name": PLUGIN,
            "isWALArchiver": True,
            "parameters": {"barmanObjectName": "notes-archive", "serverName": "notes-db"},
        }
    ]
    assert spec(recording)["postgresql"]["parameters"]["archive_timeout"] == "5min"
    assert waits_for(recording, recording.one("v1:Cluster", "notes-db"), ":ObjectStore", "notes-archive")


def test_base_backups_are_taken_at_once_and_by_the_line_of_the_stack_file(build: Any) -> None:
    recording = build({"name": "notes", "settings": {"schedule": "30 3 * * 0"}})
    backup = recording.one(":ScheduledBackup", "notes-db-backup")
    assert backup.spec["schedule"] == "0 30 3 * * 0"
    assert backup.spec["immediate"] is True
    assert (backup.spec["method"], backup.spec["pluginConfiguration"]) == ("plugin", {"name": PLUGIN})
    assert backup.spec["cluster"] == {"name": "notes-db"}
    assert waits_for(recording, backup, "v1:Cluster", "notes-db")


def test_data_and_log_are_on_a_nodes_own_disk(build: Any) -> None:
    found = spec(build({"name": "notes", "settings": {"size": "20Gi", "walSize": "4Gi", "memory": "1Gi"}}))
    assert found["storage"] == {"size": "20Gi", "storageClass": "local-path-retain"}
    assert found["walStorage"] == {"size": "4Gi", "storageClass": "local-path-retain"}
    assert found["resources"]["limits"] == {"memory": "1Gi"}


@pytest.mark.parametrize(("replicas", "budget"), [(1, False), (2, True)])
def test_instances_are_on_different_nodes_and_one_alone_keeps_no_node_from_draining(
    build: Any, replicas: int, *, budget: bool
) -> None:
    found = spec(build({"name": "notes"}, replicas=replicas))
    assert (found["instances"], found["enablePDB"]) == (replicas, budget)
    assert found["affinity"] == {"podAntiAffinityType": "preferred", "topologyKey": "kubernetes.io/hostname"}


def test_extensions_come_by_an_image_a_library_and_what_a_superuser_runs_once(build: Any) -> None:
    recording = build(
        {
            "name": "notes",
            "image": Image("example/vectors", "18.0-1"),
            "preload": ["vectors.so"],
            "after_init": ["CREATE EXTENSION vectors CASCADE;"],
            "parameters": {"max_connections": "50"},
        },
        registry_mirror=MIRROR,
    )
    found = spec(recording)
    assert found["imageName"] == f"{MIRROR}/docker.io/example/vectors:18.0-1"
    assert found["postgresql"]["shared_preload_libraries"] == ["vectors.so"]
    assert found["postgresql"]["parameters"] == {"archive_timeout": "5min", "max_connections": "50"}
    assert found["bootstrap"]["initdb"]["postInitApplicationSQL"] == ["CREATE EXTENSION vectors CASCADE;"]


def test_its_image_is_postgresqls_own_otherwise(recording: Recording[Any]) -> None:
    assert spec(recording)["imageName"] == versions.POSTGRES.ref()


def test_it_is_protected_kept_and_waited_for_until_it_serves(recording: Recording[Any]) -> None:
    cluster = recording.one("v1:Cluster", "notes-db")
    assert (cluster.protect, cluster.retain_on_delete) == (True, True)
    notes = cluster.inputs["metadata"]["annotations"]
    assert (notes["pulumi.com/waitFor"], notes[HOLDS_DATA]) == ("condition=Ready", "true")


def test_data_that_is_removable_is_not_protected_and_says_so(build: Any) -> None:
    recording = build({"name": "notes", "unprotected_reason": "it may go"})
    cluster = recording.one("v1:Cluster", "notes-db")
    assert (cluster.protect, cluster.retain_on_delete) == (False, False)
    assert cluster.inputs["metadata"]["annotations"]["homelab/exempt-data-protected"] == "it may go"
    assert not recording.of(":PersistentVolume")[0].protect


def entering(recording: Recording[Any], selector: dict[str, str]) -> list[tuple[Any, Any]]:
    return [
        (caller, port["port"])
        for spec in policies(recording).values()
        if spec["podSelector"]["matchLabels"] == selector
        for rule in spec.get("ingress", [])
        for caller in rule["from"]
        for port in rule["ports"]
    ]


def test_members_and_operator_call_its_instances_at_both_ports_and_nobody_calls_a_job(
    recording: Recording[Any],
) -> None:
    members, operator = peer("notes", MEMBERS), peer("cnpg-system", OPERATOR)
    found = entering(recording, INSTANCES)
    assert sorted(found, key=str) == sorted(
        [(members, 5432), (members, 8000), (operator, 5432), (operator, 8000)], key=str
    )
    assert entering(recording, MEMBERS) == []


def test_metrics_of_all_clusters_of_a_namespace_are_told_of_once_and_say_whose_they_are(build: Any) -> None:
    found = build({"name": "notes", "settings": {"restores": {"2026-11-20T03:15:00Z": {}}}})
    (target,) = [item for item in found.result.base.contributions.metrics.close() if item.name == "postgres"]
    assert len(found.of("cnpg.io/v1:Cluster")) == 2
    assert target.pods.labels == {"cnpg.io/podRole": "instance"}
    assert (target.pods.namespace.name, target.port) == ("notes", 9187)
    (relabeling,) = target.relabelings
    assert relabeling == {
        "sourceLabels": ["__meta_kubernetes_pod_label_cnpg_io_cluster"],
        "targetLabel": "cnpg_cluster",
    }
