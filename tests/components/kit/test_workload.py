"""A workload has everything that a careful operator would write each time."""

from __future__ import annotations

from typing import Any

from components.kit import (
    Addresses,
    Claim,
    ClaimArgs,
    Endpoint,
    Exemption,
    Generated,
    Mount,
    NfsVolume,
    NfsVolumeArgs,
    Resources,
    SyncedSecret,
    SyncedSecretArgs,
    VaultItem,
    VaultItemArgs,
    Workload,
    WorkloadArgs,
    internet,
)
from components.kit.storage import nfs_volume_name
from components.settings import Nfs
from tests.support.parts import done, endpoint, namespace, peer, policies, storage, store, waits_for
from tests.support.recorder import Recording, record

IMAGE = "docker.io/example/app:1.2.3"
LABELS = {"app.kubernetes.io/name": "app"}


def workload(**args: Any) -> Workload:
    place = args.pop("namespace", None) or namespace()
    given = {"health_path": "/healthz", **args}
    return Workload("app", WorkloadArgs(namespace=place, image=IMAGE, port=8080, **given))


def recorded(**args: Any) -> Recording[Workload]:
    return record(lambda: workload(**args))


def deployment(recording: Recording[Any]) -> Any:
    return recording.one(":Deployment", "app").spec


def pod(recording: Recording[Any]) -> Any:
    return deployment(recording)["template"]["spec"]


def container(recording: Recording[Any]) -> Any:
    (only,) = pod(recording)["containers"]
    return only


def with_secret() -> Workload:
    place = namespace()
    item = VaultItem("app", VaultItemArgs(store=store(), fields={"password": Generated()}))
    synced = SyncedSecret("app", SyncedSecretArgs(namespace=place, item=item))
    return workload(namespace=place, environment={"PLAIN": "1", "PASSWORD": synced.key("password")})


def with_claim() -> Workload:
    place = namespace()
    data = Claim("data", ClaimArgs(namespace=place, storage=storage(), size="1Gi"))
    return workload(
        namespace=place, mounts=[Mount(name="data", path="/data", claim=data), Mount(name="scratch", path="/scratch")]
    )


def with_folder() -> Workload:
    place = namespace()
    args = NfsVolumeArgs(namespace=place, nfs=Nfs(server="192.168.1.10", export="/export"), path="/music", size="1Gi")
    folder = NfsVolume("songs", args)
    mount = Mount(name="music", path="/music", claim=folder, read_only=True, sub_path="flac")
    return workload(namespace=place, mounts=[mount])


def test_it_is_a_deployment_a_service_and_an_account_and_nothing_else() -> None:
    kinds = sorted(item.type.rsplit(":", 1)[-1] for item in recorded().objects() if item.name == "app")
    assert kinds == ["Deployment", "Service", "ServiceAccount"]


def test_further_ports_are_the_containers_and_the_services_and_are_called_by_name() -> None:
    def built() -> tuple[Endpoint, Endpoint]:
        made = workload(more_ports={"grpc": 10901})
        return made.endpoint, made.more_endpoints["grpc"]

    recording = record(built)
    named = {port["name"]: int(port["containerPort"]) for port in container(recording)["ports"]}
    served = {port["targetPort"]: int(port["port"]) for port in recording.one(":Service", "app").spec["ports"]}
    assert named == served == {"http": 8080, "grpc": 10901}
    main, grpc = recording.result
    assert (grpc.address, grpc.pod_port) == ("app.music.svc:10901", 10901)
    assert (main.port, main.pod_port, main.pods) == (8080, 8080, grpc.pods)


def test_the_pod_runs_as_an_ordinary_user_under_the_default_seccomp_profile() -> None:
    assert pod(recorded(user=65532))["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "fsGroup": 65532,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def test_the_container_has_no_capabilities_and_cannot_write_to_its_image() -> None:
    assert container(recorded())["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_an_exemption_lifts_its_rule_only_and_shows_its_reason_on_the_pod() -> None:
    recording = recorded(exemptions=[Exemption(rule="read-only-root-filesystem", reason="it patches itself")])
    assert container(recording)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": False,
        "capabilities": {"drop": ["ALL"]},
    }
    notes = deployment(recording)["template"]["metadata"]["annotations"]
    assert notes == {"homelab/exempt-read-only-root-filesystem": "it patches itself"}


def test_it_has_an_account_of_its_own_without_a_token_and_sees_no_other_services() -> None:
    recording = recorded()
    assert recording.one(":ServiceAccount", "app").inputs["automountServiceAccountToken"] is False
    assert pod(recording)["serviceAccountName"] == "app"
    assert pod(recording)["automountServiceAccountToken"] is False
    assert pod(recording)["enableServiceLinks"] is False


def test_memory_is_limited_to_what_is_asked_for_and_the_processor_is_not() -> None:
    assert container(recorded(resources=Resources(cpu="50m", memory="512Mi")))["resources"] == {
        "requests": {"cpu": "50m", "memory": "512Mi"},
        "limits": {"memory": "512Mi"},
    }


def test_both_probes_ask_the_health_path() -> None:
    asked = {"httpGet": {"path": "/healthz", "port": "http"}}
    found = container(recorded())
    assert found["readinessProbe"] == {**asked, "periodSeconds": 10}
    assert found["livenessProbe"] == {**asked, "periodSeconds": 30, "failureThreshold": 6}
    assert found["ports"] == [{"name": "http", "containerPort": 8080}]


def test_the_service_finds_the_pods_at_the_port_of_the_endpoint() -> None:
    recording = recorded()
    service = recording.one(":Service", "app")
    assert service.spec == {"selector": LABELS, "ports": [{"name": "http", "port": 8080, "targetPort": "http"}]}
    assert deployment(recording)["selector"] == {"matchLabels": LABELS}
    assert deployment(recording)["template"]["metadata"]["labels"] == LABELS
    found: Endpoint = recording.result.endpoint
    assert (found.url, found.pods, found.pod_port) == ("http://app.music.svc:8080", LABELS, 8080)
    assert recording.result.pods.labels == LABELS


def test_another_port_is_declared_and_led_to_by_its_name() -> None:
    recording = recorded(more_ports={"metrics": 9100})
    assert container(recording)["ports"] == [
        {"name": "http", "containerPort": 8080},
        {"name": "metrics", "containerPort": 9100},
    ]
    assert recording.one("core/v1:Service", "app").spec["ports"] == [
        {"name": "http", "port": 8080, "targetPort": "http"},
        {"name": "metrics", "port": 9100, "targetPort": "metrics"},
    ]
    assert container(recording)["readinessProbe"]["httpGet"]["port"] == "http"


def test_the_image_is_pulled_as_it_is_given() -> None:
    assert container(recorded())["image"] == IMAGE


def test_one_replica_has_neither_spread_nor_budget() -> None:
    recording = recorded(replicas=1)
    assert "topologySpreadConstraints" not in pod(recording)
    assert recording.of(":PodDisruptionBudget") == []


def test_two_replicas_are_spread_over_nodes_and_go_one_at_a_time() -> None:
    recording = recorded(replicas=2)
    assert deployment(recording)["replicas"] == 2
    assert pod(recording)["topologySpreadConstraints"] == [
        {
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": LABELS},
        }
    ]
    budget = recording.one(":PodDisruptionBudget", "app")
    assert budget.spec == {"maxUnavailable": 1, "selector": {"matchLabels": LABELS}}


def test_what_prepares_a_pod_is_as_confined_as_what_runs_in_it_and_sees_the_same() -> None:
    found = pod(recorded(prepare=["mkdir", "-p", "/data/a"], mounts=[Mount(name="data", path="/data")]))
    (prepare,), (container,) = found["initContainers"], found["containers"]
    assert prepare["command"] == ["mkdir", "-p", "/data/a"]
    for key in ("image", "resources", "securityContext", "volumeMounts"):
        assert prepare[key] == container[key], key


def test_without_a_volume_of_one_node_updates_start_the_new_pod_first() -> None:
    assert deployment(recorded())["strategy"] == {"type": "RollingUpdate"}
    assert deployment(record(with_folder))["strategy"] == {"type": "RollingUpdate"}


def test_with_a_volume_of_one_node_updates_stop_the_old_pod_first() -> None:
    assert deployment(record(with_claim))["strategy"] == {"type": "Recreate"}


def test_what_may_not_run_twice_stops_before_it_starts_anew() -> None:
    assert deployment(recorded(one_at_a_time=True))["strategy"] == {"type": "Recreate"}


def test_a_claim_is_mounted_and_waited_for_and_scratch_space_is_limited() -> None:
    recording = record(with_claim)
    assert pod(recording)["volumes"] == [
        {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
        {"name": "scratch", "emptyDir": {"sizeLimit": "1Gi"}},
    ]
    assert container(recording)["volumeMounts"] == [
        {"name": "data", "mountPath": "/data"},
        {"name": "scratch", "mountPath": "/scratch"},
    ]
    assert waits_for(recording, recording.one(":Deployment", "app"), ":PersistentVolumeClaim", "data")


def test_a_folder_is_read_only_for_the_pod_and_for_the_kubelet() -> None:
    recording = record(with_folder)
    assert pod(recording)["volumes"] == [
        {
            "name": "music",
            "persistentVolumeClaim": {
                "claimName": nfs_volume_name("songs", server="192.168.1.10", path="/music"),
                "readOnly": True,
            },
        }
    ]
    assert container(recording)["volumeMounts"] == [
        {"name": "music", "mountPath": "/music", "readOnly": True, "subPath": "flac"}
    ]


def test_a_secret_reaches_the_environment_by_reference_only_and_is_waited_for() -> None:
    recording = record(with_secret)
    assert container(recording)["env"] == [
        {"name": "PLAIN", "value": "1"},
        {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "secret-app", "key": "password"}}},
    ]
    assert waits_for(recording, recording.one(":Deployment", "app"), ":OnePasswordItem", "app")


def test_its_pods_start_after_whatever_else_they_need() -> None:
    recording = record(lambda: workload(wait_for=[done("migrated")]))
    assert waits_for(recording, recording.one(":Deployment", "app"), ":ConfigMap", "migrated")


def test_what_speaks_no_http_is_well_while_it_takes_connections() -> None:
    recording = recorded(health_path=None)
    found = container(recording)
    for probe in ("readinessProbe", "livenessProbe"):
        assert found[probe]["tcpSocket"] == {"port": "tcp"}
        assert "httpGet" not in found[probe]
    assert found["ports"] == [{"name": "tcp", "containerPort": 8080}]
    assert recording.one(":Service", "app").spec["ports"] == [{"name": "tcp", "port": 8080, "targetPort": "tcp"}]


def test_arguments_and_environment_are_left_to_the_image_unless_given() -> None:
    bare = container(recorded())
    assert {"args", "env", "volumeMounts"}.isdisjoint(bare)
    assert container(recorded(arguments=["serve"]))["args"] == ["serve"]


def test_each_call_is_permitted_before_the_pods_start() -> None:
    targets: dict[str, Addresses] = {"internet": internet(443), "resolver": internet(53, protocol="UDP")}
    recording = recorded(connects_to=targets)
    assert set(policies(recording)) == {"music/app-to-internet-egress", "music/app-to-resolver-egress"}
    for name in ("app-to-internet-egress", "app-to-resolver-egress"):
        assert recording.one(":NetworkPolicy", name).spec["podSelector"] == {"matchLabels": LABELS}
        assert waits_for(recording, recording.one(":Deployment", "app"), ":NetworkPolicy", name)


def test_a_call_to_another_workload_is_permitted_there_too() -> None:
    found = policies(record(lambda: workload(connects_to={"database": endpoint("database", 5432)})))
    rule = found["database/app-to-database-ingress"]["ingress"]
    assert rule == [{"from": [peer("music", LABELS)], "ports": [{"port": 5432, "protocol": "TCP"}]}]


def test_everything_waits_for_the_namespace() -> None:
    recording = recorded(replicas=2)
    for item in recording.objects():
        if item.name == "app":
            assert recording.one("core/v1:Namespace", "music").urn in item.depends_on, item.urn
