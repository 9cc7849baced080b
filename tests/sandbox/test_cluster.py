"""The control plane's parts that need no control plane: fake programs run, and a fake API server answers.

That the real programs accept their arguments is shown by the engine tests alone.
"""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox import cluster, kube, processes
from sandbox.cluster import CONTEXT, NODES, PORTS, STOPPING_ORDER, STORAGE_CLASSES, Cluster
from sandbox.errors import SandboxError
from sandbox.paths import Sandbox
from tests.support.control_plane import (
    ACCOUNT,
    NAMESPACE,
    NODE_LIST,
    READY,
    ControlPlane,
    answering,
    make_ready,
    node,
    write_programs,
)

REPOSITORY = Path(cluster.__file__).parent.parent


@pytest.fixture
def world(tmp_path: Path, made: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[ControlPlane]:
    """Fake programs with made keys; nothing runs yet, and the API server does not answer yet."""
    sandbox = Sandbox(root=tmp_path / "sandbox")
    sandbox.root.mkdir()
    sandbox.pki.symlink_to(made.pki)
    sandbox.kubeconfig.write_text(made.kubeconfig.read_text())
    stages = tmp_path / "stages"
    stages.mkdir()
    for name in ("pod.yaml", "node.yaml", "README.md"):
        (stages / name).touch()
    api = answering()
    monkeypatch.setattr(processes, "POLL_SECONDS", 0.005)
    monkeypatch.setattr(kube.Client, "from_kubeconfig", lambda _path: api.client())
    yield ControlPlane(
        cluster=Cluster(sandbox=sandbox, tools=write_programs(tmp_path / "programs"), stages=stages), api=api
    )
    Cluster.stop(sandbox)


@pytest.fixture
def started(world: ControlPlane) -> ControlPlane:
    make_ready(world.api)
    world.cluster.start()
    return world


def test_everything_starts_and_what_a_cluster_has_is_there(started: ControlPlane) -> None:
    assert None not in started.pids().values()
    applied = [asked.body for asked in started.api.sent("PATCH")]
    assert [(obj["kind"], obj["metadata"]["name"]) for obj in applied] == [
        *(("Node", name) for name in NODES),
        *(("StorageClass", name) for name in STORAGE_CLASSES),
    ]
    assert {asked.query["fieldManager"] for asked in started.api.sent("PATCH")} == {"homelab-sandbox"}


def test_the_storage_classes_and_addresses_are_those_of_the_stack_file(started: ControlPlane) -> None:
    given = yaml.safe_load((REPOSITORY / "Pulumi.homelab.yaml").read_text())["config"]["homelab:cluster"]
    objects = [asked.body for asked in started.api.sent("PATCH")]
    addresses = [
        address["address"]
        for obj in objects
        if obj["kind"] == "Node"
        for address in obj["status"]["addresses"]
        if address["type"] == "InternalIP"
    ]
    assert addresses == given["nodeAddresses"]
    policies = {obj["metadata"]["name"]: obj["reclaimPolicy"] for obj in objects if obj["kind"] == "StorageClass"}
    assert policies[given["storageClasses"]["local"]] == "Delete"
    assert started.flag("kube-apiserver", "service-cluster-ip-range") == given["serviceCidr"]


def parts(world: ControlPlane) -> list[list[str]]:
    """The ranges that each node is given for its pods."""
    nodes = [asked.body for asked in world.api.sent("PATCH") if asked.body["kind"] == "Node"]
    assert all(node["spec"]["podCIDR"] == node["spec"]["podCIDRs"][0] for node in nodes)
    return [node["spec"]["podCIDRs"] for node in nodes]


def test_the_nodes_share_the_pods_range_of_the_stack_file(started: ControlPlane) -> None:
    given = yaml.safe_load((REPOSITORY / "Pulumi.homelab.yaml").read_text())["config"]["homelab:cluster"]
    assert [str(own) for own in cluster.pod_ranges(given)] == [given["podCidr"]]
    found = [ip_network(own) for (own,) in parts(started)]
    whole = ip_network(given["podCidr"])
    assert all(own.network_address in whole and own.broadcast_address in whole for own in found)
    assert not any(one.overlaps(other) for one, other in itertools.combinations(found, 2))


def test_a_node_keeps_the_range_that_it_has(world: ControlPlane) -> None:
    make_ready(world.api)
    old = {**node(NODES[0]), "spec": {"podCIDR": "10.9.0.0/24", "podCIDRs": ["10.9.0.0/24"]}}
    world.api.answers.pop(("GET", NODE_LIST))
    world.api.answer("GET", NODE_LIST, {"items": [old, *(node(name) for name in NODES[1:])]})
    world.cluster.start()
    first, *others = parts(world)
    assert first == ["10.9.0.0/24"]
    assert all(own.startswith("10.42.") for (own,) in others)


@pytest.mark.parametrize("whole", ["10.42.0.0/16", "10.0.0.0/8", "10.0.0.0/28", "fd42::/56", "fd42::/120"])
def test_parts_of_a_range_lie_in_it_and_apart(whole: str) -> None:
    found = [ip_network(cluster.node_range(ip_network(whole), index)) for index in range(len(NODES))]
    assert all(own.version == ip_network(whole).version for own in found)
    assert all(own.network_address in ip_network(whole) for own in found)
    assert all(own.broadcast_address in ip_network(whole) for own in found)
    assert not any(one.overlaps(other) for one, other in itertools.combinations(found, 2))


@pytest.mark.parametrize(
    "section", [None, {}, [], {"podCidr": ""}, {"podCidr": "nonsense"}, {"podCidr": "10.0.0.0/31"}]
)
def test_a_range_that_cannot_be_used_is_the_programs_to_report(section: Any) -> None:
    assert [str(own) for own in cluster.pod_ranges(section)] == [cluster.POD_CIDR]


def test_both_ranges_of_a_dual_stack_cluster_are_shared() -> None:
    found = cluster.pod_ranges({"podCidr": "10.42.0.0/16,fd42::/56"})
    assert [str(own) for own in found] == ["10.42.0.0/16", "fd42::/56"]


def test_kwok_takes_the_nodes_that_are_given_and_every_stage(started: ControlPlane) -> None:
    selected = started.flag("kwok", "manage-nodes-with-annotation-selector")
    nodes = [asked.body for asked in started.api.sent("PATCH") if asked.body["kind"] == "Node"]
    assert [node["metadata"]["annotations"] for node in nodes] == [dict([selected.split("=")])] * len(NODES)
    configs = [argument for argument in started.arguments("kwok") if argument.startswith("--config=")]
    stages = started.cluster.stages
    assert configs == [f"--config={stages / 'node.yaml'}", f"--config={stages / 'pod.yaml'}"]


def test_nobody_listens_beyond_loopback(started: ControlPlane) -> None:
    listening = [argument for argument in started.arguments("etcd") if "-urls=" in argument]
    assert len(listening) == 4
    assert all("=http://127.0.0.1:" in argument for argument in listening)
    assert started.flag("kube-apiserver", "bind-address") == "127.0.0.1"
    for name in ("kube-controller-manager", "kube-scheduler"):
        assert started.flag(name, "secure-port") == "0"


def test_every_part_is_told_where_the_others_are(started: ControlPlane) -> None:
    ports = started.ports()
    assert sorted(ports) == sorted(PORTS)
    assert len(set(ports.values())) == len(PORTS)
    assert started.flag("kube-apiserver", "etcd-servers") == f"http://127.0.0.1:{ports['etcd']}"
    assert started.flag("etcd", "listen-client-urls") == f"http://127.0.0.1:{ports['etcd']}"
    assert started.flag("etcd", "listen-peer-urls") == f"http://127.0.0.1:{ports['etcd-peer']}"
    assert started.flag("kube-apiserver", "secure-port") == str(ports["kube-apiserver"])
    for name in ("kube-controller-manager", "kube-scheduler", "kwok"):
        assert started.flag(name, "kubeconfig") == str(started.sandbox.kubeconfig)
    assert started.kubeconfig()["clusters"][0]["cluster"]["server"] == f"https://127.0.0.1:{ports['kube-apiserver']}"


def test_no_argument_holds_a_secret(started: ControlPlane) -> None:
    token = started.kubeconfig()["users"][0]["user"]["token"]
    assert not any(token in argument for name in STOPPING_ORDER for argument in started.arguments(name))


def test_a_second_start_changes_nothing(started: ControlPlane) -> None:
    pids, ports, config = started.pids(), started.ports(), started.kubeconfig()
    started.cluster.start()
    assert (started.pids(), started.ports(), started.kubeconfig()) == (pids, ports, config)


def test_only_what_was_killed_starts_again(started: ControlPlane) -> None:
    before = started.pids()
    started.kill("kube-scheduler")
    started.cluster.start()
    after = started.pids()
    assert after.pop("kube-scheduler") not in {None, before.pop("kube-scheduler")}
    assert after == before


def test_after_a_power_cut_all_start_again_while_the_server_takes_its_time(started: ControlPlane) -> None:
    for name in STOPPING_ORDER:
        started.kill(name)
    ready = started.api.answers.pop(("GET", READY))
    started.api.refuse("GET", READY, 500, "[-]poststarthook/rbac/bootstrap-roles failed")
    started.api.answers["GET", READY] += ready
    started.cluster.start()
    assert None not in started.pids().values()


def test_stopping_ends_all_and_a_new_start_has_the_same_ports_and_keys(started: ControlPlane) -> None:
    ports, config = started.ports(), started.kubeconfig()
    Cluster.stop(started.sandbox)
    assert processes.running(started.sandbox) == []
    started.cluster.start()
    assert None not in started.pids().values()
    assert (started.ports(), started.kubeconfig()) == (ports, config)


def test_a_port_that_somebody_took_meanwhile_is_replaced_everywhere(started: ControlPlane) -> None:
    before = started.ports()
    Cluster.stop(started.sandbox)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", before["kube-apiserver"]))
        taken.listen()
        started.cluster.start()
    after = started.ports()
    assert after.pop("kube-apiserver") != before.pop("kube-apiserver")
    assert after == before
    server = started.kubeconfig()["clusters"][0]["cluster"]["server"]
    assert server == f"https://127.0.0.1:{started.ports()['kube-apiserver']}"


def test_a_running_parts_port_is_its_own_although_it_is_not_free(started: ControlPlane) -> None:
    before = started.ports()
    with socket.socket() as own:
        own.bind(("127.0.0.1", before["etcd"]))
        own.listen()
        assert not cluster._is_free(before["etcd"])
        started.cluster.start()
    assert started.ports() == before


def test_free_ports_differ_and_are_free() -> None:
    ports = cluster.free_ports(20)
    assert len(set(ports)) == 20
    assert all(map(cluster._is_free, ports))


def test_a_new_sandbox_gets_keys_of_its_own(world: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> None:
    def make(self: Cluster) -> None:
        asked.append(self)
        aside.rename(tokens)

    asked: list[Cluster] = []
    monkeypatch.setattr(Cluster, "_make_keys", make)
    make_ready(world.api)
    tokens = world.sandbox.pki / "tokens.csv"
    aside = tokens.rename(tokens.with_name("aside"))
    world.cluster.start()
    world.cluster.start()
    assert asked == [world.cluster]
    assert world.kubeconfig()["current-context"] == CONTEXT


@pytest.mark.parametrize("damage", ["", "[", "{}", "users: [{name: admin, user: {token: wrong}}]"])
def test_a_damaged_kubeconfig_is_written_anew(started: ControlPlane, damage: str) -> None:
    before = started.kubeconfig()
    started.sandbox.kubeconfig.write_text(damage)
    started.cluster.start()
    assert started.kubeconfig() == before


@pytest.mark.parametrize("damage", ["", "[", "[]", "{}"])
def test_a_control_plane_whose_ports_are_forgotten_starts_anew(started: ControlPlane, damage: str) -> None:
    pids = started.pids()
    (started.sandbox.root / "ports.json").write_text(damage)
    started.cluster.start()
    assert sorted(started.ports()) == sorted(PORTS)
    assert not set(pids.values()) & set(started.pids().values())


@pytest.mark.parametrize("name", ["etcd", "kube-apiserver"])
def test_a_part_that_does_not_come_up_is_named_with_its_last_words(world: ControlPlane, name: str) -> None:
    world.fail(name)
    with pytest.raises(SandboxError) as caught:
        world.cluster.start()
    log = world.process(name).log
    assert str(caught.value) == f"{name}: ended unexpectedly: no room left on disk (log: {log})"


@pytest.mark.parametrize("name", ["kube-controller-manager", "kube-scheduler", "kwok"])
def test_so_is_one_that_ends_while_nodes_are_awaited(world: ControlPlane, name: str) -> None:
    make_ready(world.api)
    world.api.answers.pop(("GET", NODE_LIST))
    world.api.answer("GET", NODE_LIST, {"items": []})
    world.fail(name)
    with pytest.raises(SandboxError, match=f"^{name}: ended unexpectedly: no room left on disk"):
        world.cluster.start()


@pytest.mark.parametrize(
    ("missing", "name"),
    [
        (READY, "kube-apiserver"),
        (NAMESPACE, "kube-apiserver"),
        (NODE_LIST, "kwok"),
        (ACCOUNT, "kube-controller-manager"),
    ],
)
def test_what_is_not_ready_in_time_is_named(
    world: ControlPlane, missing: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "READY_SECONDS", 0.2)
    make_ready(world.api)
    world.api.answers.pop(("GET", missing))
    if missing == NODE_LIST:
        world.api.answer("GET", NODE_LIST, {"items": [node(NODES[0]), node(NODES[1], "False")]})
    with pytest.raises(SandboxError, match=f"^{name}: not ready after"):
        world.cluster.start()


@pytest.mark.parametrize(
    ("items", "ready"),
    [
        ([], False),
        ([node(name) for name in NODES[1:]], False),
        ([node(NODES[0], "Unknown"), *(node(name) for name in NODES[1:])], False),
        ([*({"metadata": {"name": name}} for name in NODES)], False),
        ([node(name) for name in NODES], True),
        ([node(name) for name in (*NODES, "another")], True),
    ],
)
def test_nodes_are_ready_when_each_says_so(items: list[Mapping[str, Any]], *, ready: bool) -> None:
    api = answering()
    api.answer("GET", NODE_LIST, {"items": items})
    assert cluster._nodes_ready(api.client(), NODES) is ready


def test_nothing_starts_before_the_server_says_that_it_is_ready_also_where_everything_is_stored(
    world: ControlPlane,
) -> None:
    make_ready(world.api)
    ready = world.api.answers.pop(("GET", READY))
    world.api.refuse("GET", READY, 500, "[-]poststarthook/rbac/bootstrap-roles failed")
    early: list[int | None] = []

    def soon() -> None:
        time.sleep(0.3)
        early.append(world.pids()["kube-controller-manager"])
        world.api.answers["GET", READY] = ready

    waiting = threading.Thread(target=soon)
    waiting.start()
    world.cluster.start()
    waiting.join()
    assert early == [None]
    assert None not in world.pids().values()


@pytest.mark.parametrize("name", ["kube-controller-manager", "kube-scheduler", "kwok"])
def test_one_that_ends_is_named_also_where_its_predecessor_has_made_all(world: ControlPlane, name: str) -> None:
    make_ready(world.api)
    world.fail(name)
    real = cluster._has_default_account

    def late(client: kube.Client) -> bool:
        deadline = time.monotonic() + 10
        while world.process(name).pid() and time.monotonic() < deadline:
            time.sleep(0.01)
        return real(client)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(cluster, "_has_default_account", late)
        with pytest.raises(SandboxError, match=f"^{name}: ended unexpectedly: no room left on disk"):
            world.cluster.start()


def test_a_server_that_is_still_starting_is_asked_again(world: ControlPlane) -> None:
    world.api.refuse("GET", NAMESPACE, 403, "namespaces is forbidden: not yet", "Forbidden")
    world.api.refuse("GET", NAMESPACE, 404, "not yet")
    make_ready(world.api)
    world.cluster.start()
    assert len([asked for asked in world.api.sent("GET") if asked.path == NAMESPACE]) == 3


@pytest.mark.parametrize("name", ["kube-apiserver", "etcd"])
def test_a_server_that_ends_on_the_way_is_named(
    world: ControlPlane, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def apply(*_arguments: object, **_options: object) -> kube.Object:
        if world.process(name).pid():
            world.kill(name)
        message = "nobody answers"
        raise kube.NotReachableError(message)

    monkeypatch.setattr(kube.Client, "apply", apply)
    make_ready(world.api)
    with pytest.raises(SandboxError, match=f"^{name}: ended unexpectedly"):
        world.cluster.start()
