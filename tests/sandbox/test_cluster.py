"""The control plane's parts that need no control plane: fake programs run, and a fake API server answers.

That the real programs accept their arguments is shown by the engine tests alone.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox import cluster, kube, processes
from sandbox.cluster import CONTEXT, NODES, PORTS, STOPPING_ORDER, STORAGE_CLASSES, Cluster
from sandbox.errors import SandboxError
from sandbox.paths import Sandbox
from sandbox.processes import Process
from tests.support.kubernetes_api import FakeApi

REPOSITORY = Path(cluster.__file__).parent.parent
NAMESPACE = "/api/v1/namespaces/kube-system"
NODE_LIST = "/api/v1/nodes"
ACCOUNT = "/api/v1/namespaces/default/serviceaccounts/default"
PROGRAM = '#!/bin/sh\nprintf "%s\\n" "$@" > "$0.arguments"\necho "$0" started\nexec sleep 60\n'
FAILING = "#!/bin/sh\necho starting\necho no room left on disk >&2\nexit 1\n"


@dataclass(frozen=True, kw_only=True)
class World:
    """A cluster of fake programs, and the API server that its client talks to."""

    cluster: Cluster
    api: FakeApi

    @property
    def sandbox(self) -> Sandbox:
        return self.cluster.sandbox

    def process(self, name: str) -> Process:
        return Process(sandbox=self.sandbox, name=name)

    def pids(self) -> dict[str, int | None]:
        return {name: self.process(name).pid() for name in STOPPING_ORDER}

    def arguments(self, name: str) -> list[str]:
        """What the fake program was started with, once it has said so."""
        file = self.cluster.tools[name].with_name(f"{name}.arguments")
        deadline = time.monotonic() + 10
        while not (file.exists() and "started" in self.process(name).last_line()):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return file.read_text().splitlines()

    def flag(self, name: str, flag: str) -> str:
        """The value of a flag that is given exactly once."""
        values = [given.partition("=")[2] for given in self.arguments(name) if given.startswith(f"--{flag}=")]
        assert len(values) == 1, flag
        return values[0]

    def fail(self, name: str) -> None:
        self.cluster.tools[name].write_text(FAILING)

    def kill(self, name: str) -> None:
        pid = self.process(name).pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    def kubeconfig(self) -> dict[str, Any]:
        content: dict[str, Any] = yaml.safe_load(self.sandbox.kubeconfig.read_text())
        return content

    def ports(self) -> dict[str, int]:
        ports: dict[str, int] = json.loads((self.sandbox.root / "ports.json").read_text())
        return ports


def node(name: str, ready: str = "True") -> kube.Object:
    return {"metadata": {"name": name}, "status": {"conditions": [{"type": "Ready", "status": ready}]}}


def answering() -> FakeApi:
    """An API server on which everything is ready at once."""
    api = FakeApi()
    discovery = {
        "/api/v1": [("Node", False), ("Namespace", False), ("ServiceAccount", True)],
        "/apis/storage.k8s.io/v1": [("StorageClass", False)],
    }
    for path, kinds in discovery.items():
        api.answers.pop(("GET", path), None)
        resources = [
            {"kind": kind, "name": f"{kind.lower()}{'es' if kind.endswith('s') else 's'}", "namespaced": namespaced}
            for kind, namespaced in kinds
        ]
        api.answer("GET", path, {"resources": [{**resource, "verbs": ["get"]} for resource in resources]})
    for name in NODES:
        api.answer("PATCH", f"{NODE_LIST}/{name}", {})
    for name in STORAGE_CLASSES:
        api.answer("PATCH", f"/apis/storage.k8s.io/v1/storageclasses/{name}", {})
    return api


def make_ready(api: FakeApi) -> None:
    api.answer("GET", NAMESPACE, {})
    api.answer("GET", NODE_LIST, {"items": [node(name) for name in NODES]})
    api.answer("GET", ACCOUNT, {})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """A sandbox with keys, which take a moment to make, and a kubeconfig. To be read only."""
    sandbox = Sandbox(root=tmp_path_factory.mktemp("made"))
    maker = Cluster(sandbox=sandbox, tools={}, stages=sandbox.root)
    maker._make_keys()
    maker._write_kubeconfig(6443)
    return sandbox


@pytest.fixture
def world(tmp_path: Path, made: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Fake programs with made keys; nothing runs yet, and the API server does not answer yet."""
    sandbox = Sandbox(root=tmp_path / "sandbox")
    sandbox.root.mkdir()
    sandbox.pki.symlink_to(made.pki)
    sandbox.kubeconfig.write_text(made.kubeconfig.read_text())
    programs = tmp_path / "programs"
    programs.mkdir()
    tools = {name: programs / name for name in STOPPING_ORDER}
    for path in tools.values():
        path.write_text(PROGRAM)
        path.chmod(0o755)
    stages = tmp_path / "stages"
    stages.mkdir()
    for name in ("pod.yaml", "node.yaml", "README.md"):
        (stages / name).touch()
    api = answering()
    monkeypatch.setattr(kube.Client, "from_kubeconfig", lambda _path: api.client())
    yield World(cluster=Cluster(sandbox=sandbox, tools=tools, stages=stages), api=api)
    Cluster.stop(sandbox)


@pytest.fixture
def started(world: World) -> World:
    make_ready(world.api)
    world.cluster.start()
    return world


def verified(certificate: Path, authority: Path, *options: str) -> bool:
    command = ["openssl", "verify", "-CAfile", str(authority), *options, str(certificate)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def test_the_servers_certificate_is_good_for_loopback_and_for_nothing_else(made: Sandbox) -> None:
    certificate, authority = made.pki / "apiserver.crt", made.pki / "ca.crt"
    assert verified(certificate, authority, "-verify_ip", "127.0.0.1")
    assert verified(certificate, authority, "-verify_hostname", "localhost")
    assert not verified(certificate, authority, "-verify_ip", "192.168.1.11")
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, made.pki / "apiserver.key")


def test_secrets_are_their_owners_alone(made: Sandbox) -> None:
    assert stat.S_IMODE(made.pki.stat().st_mode) == 0o700
    for path in (made.kubeconfig, made.pki / "tokens.csv", *made.pki.glob("*.key")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_the_kubeconfig_has_the_context_of_the_stack_file_and_checks_the_server(made: Sandbox) -> None:
    stack = yaml.safe_load((REPOSITORY / "Pulumi.homelab.yaml").read_text())["config"]
    assert stack["homelab:cluster"]["context"] == CONTEXT
    client = kube.Client.from_text(made.kubeconfig.read_text(), CONTEXT)
    assert client.server == "https://127.0.0.1:6443"
    assert client.pool.connection_pool_kw["ssl_context"].verify_mode == ssl.CERT_REQUIRED


def test_the_administrators_token_is_the_one_that_the_server_knows(made: Sandbox) -> None:
    (line,) = (made.pki / "tokens.csv").read_text().splitlines()
    token, _user, _uid, groups = line.split(",")
    assert len(token) == 48
    assert groups == '"system:masters"'
    client = kube.Client.from_text(made.kubeconfig.read_text())
    assert client.headers["Authorization"] == f"Bearer {token}"


def test_openssl_has_to_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError, match="^openssl: not found; install it"):
        cluster._openssl(tmp_path, "version")


def test_what_openssl_refuses_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="^openssl x509: "):
        cluster._openssl(tmp_path, "x509", "-in", "missing.crt")


def test_everything_starts_and_what_a_cluster_has_is_there(started: World) -> None:
    assert None not in started.pids().values()
    applied = [asked.body for asked in started.api.sent("PATCH")]
    assert [(obj["kind"], obj["metadata"]["name"]) for obj in applied] == [
        *(("Node", name) for name in NODES),
        *(("StorageClass", name) for name in STORAGE_CLASSES),
    ]
    assert {asked.query["fieldManager"] for asked in started.api.sent("PATCH")} == {"homelab-sandbox"}
    assert all("status" not in asked.path for asked in started.api.sent("PATCH"))


def test_the_storage_classes_and_addresses_are_those_of_the_stack_file(started: World) -> None:
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
    shared, local = given["storageClasses"]["shared"], given["storageClasses"]["local"]
    assert policies == {shared: "Retain", local: "Delete"}
    assert started.flag("kube-apiserver", "service-cluster-ip-range") == given["serviceCidr"]


def test_kwok_takes_the_nodes_that_are_given_and_every_stage(started: World) -> None:
    selected = started.flag("kwok", "manage-nodes-with-annotation-selector")
    nodes = [asked.body for asked in started.api.sent("PATCH") if asked.body["kind"] == "Node"]
    assert [node["metadata"]["annotations"] for node in nodes] == [dict([selected.split("=")])] * len(NODES)
    configs = [argument for argument in started.arguments("kwok") if argument.startswith("--config=")]
    stages = started.cluster.stages
    assert configs == [f"--config={stages / 'node.yaml'}", f"--config={stages / 'pod.yaml'}"]


def test_nobody_listens_beyond_loopback(started: World) -> None:
    listening = [argument for argument in started.arguments("etcd") if "-urls=" in argument]
    assert len(listening) == 4
    assert all("=http://127.0.0.1:" in argument for argument in listening)
    assert started.flag("kube-apiserver", "bind-address") == "127.0.0.1"
    for name in ("kube-controller-manager", "kube-scheduler"):
        assert started.flag(name, "secure-port") == "0"


def test_every_part_is_told_where_the_others_are(started: World) -> None:
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


def test_no_argument_holds_a_secret(started: World) -> None:
    token = started.kubeconfig()["users"][0]["user"]["token"]
    assert not any(token in argument for name in STOPPING_ORDER for argument in started.arguments(name))


def test_a_second_start_changes_nothing(started: World) -> None:
    pids, ports, config = started.pids(), started.ports(), started.kubeconfig()
    started.cluster.start()
    assert (started.pids(), started.ports(), started.kubeconfig()) == (pids, ports, config)


def test_only_what_was_killed_starts_again(started: World) -> None:
    before = started.pids()
    started.kill("kube-scheduler")
    started.cluster.start()
    after = started.pids()
    assert after.pop("kube-scheduler") not in {None, before.pop("kube-scheduler")}
    assert after == before


def test_stopping_ends_all_and_a_new_start_has_the_same_ports_and_keys(started: World) -> None:
    ports, config = started.ports(), started.kubeconfig()
    Cluster.stop(started.sandbox)
    assert processes.running(started.sandbox) == []
    started.cluster.start()
    assert None not in started.pids().values()
    assert (started.ports(), started.kubeconfig()) == (ports, config)


def test_a_port_that_somebody_took_meanwhile_is_replaced_everywhere(started: World) -> None:
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


def test_a_running_parts_port_is_its_own_although_it_is_not_free(started: World) -> None:
    before = started.ports()
    with socket.socket() as own:
        own.bind(("127.0.0.1", before["etcd"]))
        own.listen()
        assert not cluster._is_free(before["etcd"])
        started.cluster.start()
    assert started.ports() == before


def test_free_ports_differ_and_are_free() -> None:
    ports = cluster._free_ports(20)
    assert len(set(ports)) == 20
    assert all(map(cluster._is_free, ports))


def test_a_new_sandbox_gets_keys_of_its_own(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def make(self: Cluster) -> None:
        asked.append(self)

    asked: list[Cluster] = []
    monkeypatch.setattr(Cluster, "_make_keys", make)
    make_ready(world.api)
    world.sandbox.kubeconfig.unlink()
    world.cluster.start()
    world.cluster.start()
    assert asked == [world.cluster]
    assert world.kubeconfig()["current-context"] == CONTEXT


@pytest.mark.parametrize("name", ["etcd", "kube-apiserver"])
def test_a_part_that_does_not_come_up_is_named_with_its_last_words(world: World, name: str) -> None:
    world.fail(name)
    with pytest.raises(SandboxError) as caught:
        world.cluster.start()
    log = world.process(name).log
    assert str(caught.value) == f"{name}: ended unexpectedly: no room left on disk (log: {log})"


@pytest.mark.parametrize("name", ["kube-controller-manager", "kube-scheduler", "kwok"])
def test_so_is_one_that_ends_while_nodes_are_awaited(world: World, name: str) -> None:
    make_ready(world.api)
    world.api.answers.pop(("GET", NODE_LIST))
    world.api.answer("GET", NODE_LIST, {"items": []})
    world.fail(name)
    with pytest.raises(SandboxError, match=f"^{name}: ended unexpectedly: no room left on disk"):
        world.cluster.start()


@pytest.mark.parametrize(
    ("missing", "name"), [(NAMESPACE, "kube-apiserver"), (NODE_LIST, "kwok"), (ACCOUNT, "kube-controller-manager")]
)
def test_what_is_not_ready_in_time_is_named(
    world: World, missing: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "READY_SECONDS", 0.5)
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
    assert cluster._nodes_ready(api.client()) is ready


def test_a_server_that_is_still_starting_is_asked_again(world: World) -> None:
    world.api.refuse("GET", NAMESPACE, 403, "namespaces is forbidden: not yet", "Forbidden")
    assert not cluster._answers(world.api.client())
    world.api.answers.pop(("GET", NAMESPACE))
    assert not cluster._answers(world.api.client())
    world.api.answer("GET", NAMESPACE, {})
    assert cluster._answers(world.api.client())
