"""What the Job of InfluxDB's tokens brings about without being run, and what it is refused."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from components.monitoring.influxdb_access import TOKEN, InfluxDbAccess
from sandbox import kube
from sandbox.controllers import influxdb, kubelet
from sandbox.controllers.controller import Environment
from sandbox.controllers.log import Log
from sandbox.controllers.objects import decoded, encode
from sandbox.controllers.stages import GATE, OPEN
from tests.components.monitoring.test_influxdb_access import BUCKETS, TOKENS, recorded
from tests.sandbox.controllers.world import READY, World, thing
from tests.support.recorder import Recording

SPACE = "temporis"
INFLUXDB = "influxdb"
"""Its namespace, and its name there."""
OPERATOR = "operators"
JOB = "access-pod"


@pytest.fixture(scope="module")
def recording() -> Recording[InfluxDbAccess]:
    return recorded()


@pytest.fixture
def world(world: World) -> World:
    """A cluster with an InfluxDB that runs and was set up with its operator's token."""
    for kind in ("Secret", "ConfigMap", "Pod"):
        world.hub.on("v1", kind)
    world.secret("secret-influxdb", SPACE, **{"admin-token": OPERATOR})
    serve(world, 8086)
    start_influxdb(world, OPERATOR)
    return world


def serve(world: World, port: int) -> None:
    world.have(thing("Service", INFLUXDB, INFLUXDB, spec={"selector": {"app": INFLUXDB}, "ports": [{"port": port}]}))


def start_influxdb(world: World, token: str) -> None:
    variable = {"name": "DOCKER_INFLUXDB_INIT_ADMIN_TOKEN", "value": token}
    pod = thing("Pod", "influxdb-0", INFLUXDB, spec={"containers": [{"name": INFLUXDB, "env": [variable]}]})
    pod["metadata"]["labels"] = {"app": INFLUXDB}
    world.have({**pod, "status": READY})


def stop_influxdb(world: World) -> None:
    world.delete("v1", "Pod", "influxdb-0", INFLUXDB)


def schedule(world: World, recording: Recording[InfluxDbAccess]) -> kube.Object:
    """The Secrets as the program makes them, and the Job's pod on a node."""
    for item in recording.of("core/v1:Secret"):
        world.have({"apiVersion": "v1", "kind": "Secret", "metadata": item.inputs["metadata"]})
    spec = recording.one(":Job", "access").spec["template"]["spec"]
    return world.have(thing("Pod", JOB, SPACE, spec={**copy.deepcopy(spec), "nodeName": "node-1"}))


def player(world: World) -> influxdb.InfluxDbAccess:
    return influxdb.InfluxDbAccess(environment=Environment(client=world, hub=world.hub, log=Log()))


def values(world: World, recording: Recording[InfluxDbAccess]) -> dict[str, str | None]:
    """What is in the Secrets, by the names of the tokens."""
    return {
        name: decoded(world.objects["Secret", SPACE, key.secret], TOKEN)
        for name, key in recording.result.tokens.items()
    }


def test_each_secret_gets_a_token_of_its_own(world: World, recording: Recording[InfluxDbAccess]) -> None:
    assert player(world).run(schedule(world, recording)) == ""
    found = values(world, recording)
    assert found.keys() == TOKENS.keys()
    assert all(found.values())
    assert len({*found.values(), OPERATOR}) == len(found) + 1


def test_a_token_stays_as_long_as_it_may_do_the_same(world: World, recording: Recording[InfluxDbAccess]) -> None:
    player(world).run(schedule(world, recording))
    before = values(world, recording)
    more = recorded(BUCKETS, {**TOKENS, "writer": ["write:songs", "write:videos"], "third": ["read:songs"]})
    player(world).run(schedule(world, more))
    after = values(world, more)
    assert after["reader"] == before["reader"]
    assert after["writer"] != before["writer"]
    assert after["third"]


def test_whoever_sets_influxdb_up_anew_gets_other_tokens(world: World, recording: Recording[InfluxDbAccess]) -> None:
    player(world).run(schedule(world, recording))
    before = values(world, recording)
    world.secret("secret-influxdb", SPACE, **{"admin-token": "new"})
    start_influxdb(world, "new")
    player(world).run(schedule(world, recording))
    assert not before.items() & values(world, recording).items()


def no_bucket(script: str) -> str:
    return script.replace("bucket videos", "bucket films")


def no_such_right(script: str) -> str:
    return script.replace("read:songs", "delete:songs")


@pytest.mark.parametrize(
    ("change", "why"),
    [(no_bucket, "token reader: there is no bucket videos"), (no_such_right, "unknown flag: --delete-bucket")],
)
def test_a_right_has_to_be_one_and_its_bucket_has_to_be_there(
    world: World, recording: Recording[InfluxDbAccess], change: Callable[[str], str], why: str
) -> None:
    pod = schedule(world, recording)
    (container,) = pod["spec"]["initContainers"]
    container["command"][-1] = change(container["command"][-1])
    assert why in player(world).run(pod)
    assert not any(values(world, recording).values())


def test_influxdb_has_to_answer(world: World, recording: Recording[InfluxDbAccess]) -> None:
    pod = schedule(world, recording)
    serve(world, 80)
    assert "nobody answers at http://influxdb." in player(world).run(pod)
    serve(world, 8086)
    stop_influxdb(world)
    assert "nobody answers at http://influxdb." in player(world).run(pod)
    assert not any(values(world, recording).values())


def test_influxdb_has_to_know_the_operators_token(world: World, recording: Recording[InfluxDbAccess]) -> None:
    stop_influxdb(world)
    start_influxdb(world, "another")
    assert "unauthorized" in player(world).run(schedule(world, recording))


def test_secrets_are_written_by_the_pods_account_and_as_the_manager_that_it_names(
    world: World, recording: Recording[InfluxDbAccess], monkeypatch: pytest.MonkeyPatch
) -> None:
    written: set[tuple[str, str, str, bool]] = set()

    def apply(client: World, obj: Any, manager: str, *, force: bool = False) -> kube.Object:
        written.add((client.headers["Impersonate-User"], obj["metadata"]["name"], manager, force))
        return client.have(obj)

    monkeypatch.setattr(World, "apply", apply)
    player(world).run(schedule(world, recording))
    user = f"system:serviceaccount:{SPACE}:access"
    assert written == {(user, key.secret, "access", False) for key in recording.result.tokens.values()}
    assert "Impersonate-User" not in world.headers


def test_what_may_not_be_written_is_said_and_the_rest_is_written(
    world: World, recording: Recording[InfluxDbAccess], monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = recording.result.tokens["reader"].secret

    def apply(client: World, obj: Any, *_given: Any) -> kube.Object:
        if obj["metadata"]["name"] == refused:
            raise kube.ApiError(403, "Forbidden", f'secrets "{refused}" is forbidden')
        return client.have(obj)

    monkeypatch.setattr(World, "apply", apply)
    assert player(world).run(schedule(world, recording)) == f'kubectl: secrets "{refused}" is forbidden'
    found = values(world, recording)
    assert found["writer"]
    assert not found["reader"]


def test_the_pod_starts_when_its_work_is_done_and_waits_until_then(
    world: World, recording: Recording[InfluxDbAccess]
) -> None:
    stop_influxdb(world)
    environment = Environment(client=world, hub=world.hub, log=Log())
    nodes = kubelet.Kubelet(environment, [player(world).run])
    schedule(world, recording)
    assert nodes.reconcile(f"{SPACE}/{JOB}")
    pod = world.objects["Pod", SPACE, JOB]
    assert pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert GATE not in pod["metadata"].get("annotations", {})
    start_influxdb(world, OPERATOR)
    assert nodes.reconcile(f"{SPACE}/{JOB}") is None
    assert world.objects["Pod", SPACE, JOB]["metadata"]["annotations"][GATE] == OPEN
    assert all(values(world, recording).values())


def test_without_the_operators_token_nothing_is_tried(world: World, recording: Recording[InfluxDbAccess]) -> None:
    world.have(thing("Secret", "secret-influxdb", SPACE, data={"admin-token": None, **encode({"other": "x"})}))
    nodes = kubelet.Kubelet(Environment(client=world, hub=world.hub, log=Log()), [player(world).run])
    schedule(world, recording)
    nodes.reconcile(f"{SPACE}/{JOB}")
    waiting = world.objects["Pod", SPACE, JOB]["status"]["containerStatuses"][0]["state"]["waiting"]
    assert waiting["message"] == f"couldn't find key admin-token in Secret {SPACE}/secret-influxdb"
    assert not any(values(world, recording).values())


def test_other_pods_are_left_alone(world: World) -> None:
    other = {"name": "a", "command": ["bash", "-c", "token a b read:c"]}
    assert player(world).run(thing("Pod", "x", SPACE, spec={"initContainers": [other], "containers": []})) == ""
