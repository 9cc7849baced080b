"""What comes of a Cluster, and what keeps it from coming."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.controllers.cnpg import names
from sandbox.controllers.cnpg.operator import CloudNativePg
from sandbox.controllers.objects import decoded
from sandbox.rollouts import condition
from tests.sandbox.controllers.cnpg.conftest import archive, cluster, plugin, settle
from tests.sandbox.controllers.world import World, thing

KEYS = {
    "username",
    "user",
    "password",
    "dbname",
    "host",
    "port",
    "pgpass",
    "uri",
    "jdbc-uri",
    "fqdn-uri",
    "fqdn-jdbc-uri",
}


def status(world: World, name: str = "db") -> dict[str, Any]:
    found: dict[str, Any] = world.the("Cluster", name).get("status") or {}
    return found


def is_ready(world: World, name: str = "db") -> bool:
    return bool(condition(world.the("Cluster", name), "Ready").get("status") == "True")


def test_a_cluster_becomes_ready_with_everything_that_its_users_rely_on(operator: CloudNativePg, world: World) -> None:
    archive(world)
    world.have(cluster(instances=2, plugins=[plugin()]))
    settle(operator, world)
    assert is_ready(world)
    found = status(world)
    assert (found["phase"], found["currentPrimary"]) == (names.HEALTHY, "db-1")
    assert (found["instances"], found["readyInstances"]) == (2, 2)
    assert world.named("Pod") == ["db-1", "db-2"]
    assert world.named("PersistentVolumeClaim") == ["db-1", "db-1-wal", "db-2", "db-2-wal"]
    assert {"db-rw", "db-ro", "db-r"} <= set(world.named("Service"))
    assert {"db", "db-barman-cloud"} <= set(world.named("Role"))
    assert world.the("Secret", "db-app")["data"].keys() == KEYS
    assert world.the("PodDisruptionBudget", "db-primary")["spec"]["minAvailable"] == 1


def test_each_service_leads_to_the_instances_of_its_role(operator: CloudNativePg, world: World) -> None:
    world.have(cluster(instances=3))
    settle(operator, world)

    def behind(service: str) -> list[str]:
        selector = world.the("Service", service)["spec"]["selector"]
        labels = {name: world.the("Pod", name)["metadata"]["labels"] for name in world.named("Pod")}
        return [name for name, own in labels.items() if selector.items() <= own.items()]

    assert behind("db-rw") == ["db-1"]
    assert behind("db-ro") == ["db-2", "db-3"]
    assert behind("db-r") == ["db-1", "db-2", "db-3"]


def test_everything_goes_with_the_cluster(operator: CloudNativePg, world: World) -> None:
    archive(world)
    world.have(cluster(plugins=[plugin()]))
    settle(operator, world)
    uid = world.the("Cluster", "db")["metadata"]["uid"]
    foreign = {"db-archive", "db-archive-x", "secret-db-archive", "cnpg-default-monitoring"}
    for (kind, space, name), obj in world.objects.items():
        if space == "apps" and kind != "Cluster" and name not in foreign:
            assert [owner["uid"] for owner in obj["metadata"]["ownerReferences"]] == [uid], (kind, name)


def test_a_password_is_made_once_and_a_changed_one_is_seen(operator: CloudNativePg, world: World) -> None:
    world.have(cluster())
    settle(operator, world)
    before = decoded(world.the("Secret", "db-app"), "password")
    settle(operator, world)
    assert decoded(world.the("Secret", "db-app"), "password") == before
    version = status(world)["secretsResourceVersion"]["applicationSecretVersion"]
    world.secret("db-app", password="changed")
    settle(operator, world)
    assert decoded(world.the("Secret", "db-app"), "password") == "changed"
    assert status(world)["secretsResourceVersion"]["applicationSecretVersion"] != version


def test_nothing_happens_while_the_operator_does_not_run(operator: CloudNativePg, world: World) -> None:
    deployment = world.objects["Deployment", "cnpg-system", "cloudnative-pg"]
    world.have({**deployment, "status": {"readyReplicas": 0}})
    world.have(cluster())
    settle(operator, world)
    assert status(world) == {}
    assert world.named("Service") == []


def test_a_plugin_that_is_not_there_or_does_not_answer_is_named(operator: CloudNativePg, world: World) -> None:
    archive(world)
    world.have(cluster(plugins=[plugin()]))
    deployment = world.objects["Deployment", "cnpg-system", "plugin-barman-cloud"]
    world.have({**deployment, "status": {"readyReplicas": 0}})
    settle(operator, world)
    assert status(world)["phase"] == names.PLUGIN_FAILURE
    assert "connection refused" in status(world)["phaseReason"]
    world.delete("v1", "Secret", "barman-cloud-client-tls", "cnpg-system")
    settle(operator, world)
    assert status(world)["phase"] == names.UNKNOWN_PLUGIN
    assert names.PLUGIN in status(world)["phaseReason"]
    assert not is_ready(world)


@pytest.mark.parametrize(
    ("kind", "name", "reason"),
    [
        ("ObjectStore", "db-archive", "barman object configuration not found, requeuing: db-archive"),
        ("Secret", "secret-db-archive", 'secrets "secret-db-archive" not found'),
        ("Service", "db-archive", 'Could not connect to the endpoint URL: "http://db-archive.apps.svc:7070"'),
        ("EndpointSlice", "db-archive-x", "Could not connect to the endpoint URL"),
    ],
)
def test_a_cluster_does_not_come_without_its_archive(
    kind: str, name: str, reason: str, operator: CloudNativePg, world: World
) -> None:
    archive(world)
    world.delete(world.the(kind, name)["apiVersion"], kind, name, "apps")
    world.have(cluster(plugins=[plugin()]))
    settle(operator, world)
    assert not is_ready(world)
    assert reason in status(world)["phaseReason"]
    archive(world)
    settle(operator, world)
    assert is_ready(world)


def test_a_missing_key_is_named(operator: CloudNativePg, world: World) -> None:
    archive(world)
    world.delete("v1", "Secret", "secret-db-archive", "apps")
    world.secret("secret-db-archive", **{"access-key": "a"})
    world.have(cluster(plugins=[plugin()]))
    settle(operator, world)
    assert "missing key secret-key, inside secret secret-db-archive" in status(world)["phaseReason"]


def test_a_cluster_that_runs_goes_on_without_its_archive_and_says_so(operator: CloudNativePg, world: World) -> None:
    archive(world)
    world.have(cluster(plugins=[plugin()]))
    settle(operator, world)
    assert condition(world.the("Cluster", "db"), "ContinuousArchiving")["status"] == "True"
    world.delete("v1", "Secret", "secret-db-archive", "apps")
    settle(operator, world)
    assert is_ready(world)
    archiving = condition(world.the("Cluster", "db"), "ContinuousArchiving")
    assert (archiving["status"], archiving["reason"]) == ("False", "ContinuousArchivingFailing")


def test_the_users_own_secret_has_to_be_there_and_is_not_made(operator: CloudNativePg, world: World) -> None:
    world.have(cluster(bootstrap={"initdb": {"database": "app", "owner": "me", "secret": {"name": "mine"}}}))
    settle(operator, world)
    assert 'secrets "mine" not found' in status(world)["phaseReason"]
    world.secret("mine", username="me", password="x")
    settle(operator, world)
    assert is_ready(world)
    assert "db-app" not in world.named("Secret")


def test_instances_come_and_go_one_after_the_other_and_the_primary_stays(operator: CloudNativePg, world: World) -> None:
    world.have(cluster())
    settle(operator, world)
    world.have(cluster(instances=3))
    settle(operator, world)
    assert world.named("Pod") == ["db-1", "db-2", "db-3"]
    assert world.the("PodDisruptionBudget", "db")["spec"]["minAvailable"] == 1
    world.have(cluster(instances=1))
    settle(operator, world)
    assert world.named("Pod") == ["db-1"]
    assert world.named("PersistentVolumeClaim") == ["db-1", "db-1-wal"]
    assert world.named("PodDisruptionBudget") == ["db-primary"]
    world.have(cluster(instances=2))
    settle(operator, world)
    assert world.named("Pod") == ["db-1", "db-4"]


def test_storage_grows_and_never_shrinks(operator: CloudNativePg, world: World) -> None:
    world.have(cluster())
    settle(operator, world)
    for size in ("2Gi", "1Gi"):
        world.have(cluster(storage={"size": size, "storageClass": "local"}))
        settle(operator, world)
        claim = world.the("PersistentVolumeClaim", "db-1")["spec"]
        assert claim["resources"]["requests"]["storage"] == "2Gi"


def test_a_changed_specification_restarts_every_instance(operator: CloudNativePg, world: World) -> None:
    world.have(cluster(instances=2))
    settle(operator, world)
    world.have(cluster(instances=2, imageName="registry.example.net/postgresql:18.2"))
    settle(operator, world)
    images = {world.the("Pod", name)["spec"]["containers"][0]["image"] for name in world.named("Pod")}
    assert images == {"registry.example.net/postgresql:18.2"}
    assert is_ready(world)


def test_a_pod_that_does_not_start_is_why_the_cluster_does_not(operator: CloudNativePg, world: World) -> None:
    world.have(cluster())
    operator.reconcile("Cluster/apps/db")
    waits = {"type": "PodScheduled", "status": "False", "message": "unbound PersistentVolumeClaims"}
    world.have({**world.the("Pod", "db-1"), "status": {"phase": "Pending", "conditions": [waits]}})
    operator.reconcile("Cluster/apps/db")
    assert status(world)["phase"] == names.FIRST_PRIMARY
    assert "unbound PersistentVolumeClaims" in status(world)["phaseReason"]


def test_parts_inherit_what_the_operator_is_told_to_pass_on(operator: CloudNativePg, world: World) -> None:
    config = {"INHERITED_LABELS": "app.kubernetes.io/part-of"}
    world.have(thing("ConfigMap", "cnpg-controller-manager-config", "cnpg-system", data=config))
    wanted = cluster()
    wanted["metadata"]["labels"] = {"app.kubernetes.io/part-of": "n8n", "other": "x"}
    world.have(wanted)
    settle(operator, world)
    labels = world.the("Pod", "db-1")["metadata"]["labels"]
    assert labels["app.kubernetes.io/part-of"] == "n8n"
    assert "other" not in labels
