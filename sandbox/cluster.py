"""The control plane: real etcd, kube-apiserver, kube-controller-manager and kube-scheduler, with nodes by kwok.

Everything listens on loopback. The nodes are fake: pods are scheduled and become ready, and no container ever runs.
"""

from __future__ import annotations

import base64
import itertools
import json
import secrets
import socket
import subprocess
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox import kube
from sandbox.errors import SandboxError
from sandbox.paths import Sandbox
from sandbox.processes import Process

Network = IPv4Network | IPv6Network

CONTEXT: Final = "homelab"
"""Context of the kubeconfig: the one that the stack file names."""
ADDRESSES: Final = ("192.168.1.11", "192.168.1.12", "192.168.1.13")
"""Of the nodes, unless the stack file says otherwise."""
NODES: Final = ("node-1", "node-2", "node-3")
MOST_NODES: Final = 9
"""Of a home with more, so many are here."""
SERVICE_CIDR: Final = "10.43.0.0/16"
POD_CIDR: Final = "10.42.0.0/16"
"""Where pods have their addresses from, unless the stack file says otherwise when the sandbox is made."""
NODE_RANGES: Final = {4: 23, 6: 64}
"""Length of the prefix of a node's part of it, by family, unless the whole is so small that the parts have to be."""
PORTS: Final = {"etcd": "etcd", "etcd-peer": "etcd", "kube-apiserver": "kube-apiserver"}
"""What needs a port, and the process that listens on it."""
STOPPING_ORDER: Final = ("kwok", "kube-scheduler", "kube-controller-manager", "kube-apiserver", "etcd")
MANAGER: Final = "homelab-sandbox"

STORAGE_CLASSES: Final = {"nfs-client": "Retain", "local-path": "Delete"}
"""Given in a homelab, so given here; with what happens to a volume that nobody claims any more."""
PROVISIONER: Final = "sandbox.homelab/folder"


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """The control plane of one sandbox."""

    sandbox: Sandbox
    tools: Mapping[str, Path]
    """Executables by name."""
    stages: Path
    """Folder with kwok's `Stage` files: how nodes and pods live."""
    pod_ranges: Sequence[Network] = (ip_network(POD_CIDR),)
    """One of each family of addresses; as in any cluster, nodes keep what they were given when they were made."""

    nodes: Sequence[str] = ADDRESSES
    """Their addresses; none leaves those that there are."""

    def start(self) -> None:
        """Start what does not run, and wait until nodes are ready.

        Raises:
            SandboxError: a part ended, or is not ready within two minutes; names it and its log.
        """
        self.sandbox.root.mkdir(parents=True, exist_ok=True)
        for name in STOPPING_ORDER:
            self._process(name).forget()
        ports = self._ports()
        if not (self.sandbox.pki / "tokens.csv").exists():
            self._make_keys()
        self._write_kubeconfig(ports["kube-apiserver"])
        url = f"http://127.0.0.1:{ports['etcd']}"
        self._start("etcd", *_etcd(self.sandbox, url, f"http://127.0.0.1:{ports['etcd-peer']}"))
        self._start("kube-apiserver", *_apiserver(self.sandbox, url, ports["kube-apiserver"]))
        client = kube.Client.from_kubeconfig(self.sandbox.kubeconfig)
        self._wait("kube-apiserver", lambda: answers(client))
        self._start("kube-controller-manager", *_controller_manager(self.sandbox))
        self._start("kube-scheduler", *_scheduler(self.sandbox))
        self._start("kwok", *_kwok(self.sandbox, self.stages))
        self._wait("kube-apiserver", lambda: _give(client, self.pod_ranges, self.nodes))
        self._wait("kwok", lambda: _nodes_ready(client, _named(self.nodes)))
        self._wait("kube-controller-manager", lambda: _has_default_account(client))

    @staticmethod
    def stop(sandbox: Sandbox) -> None:
        """End every part of a sandbox's control plane, in the order in which they depend on each other."""
        for name in STOPPING_ORDER:
            Process(sandbox=sandbox, name=name).stop()

    def _process(self, name: str) -> Process:
        return Process(sandbox=self.sandbox, name=name)

    def _start(self, name: str, *arguments: str) -> None:
        self._process(name).start([self.tools[name], *arguments])

    def _wait(self, name: str, ready: Callable[[], bool]) -> None:
        def answered() -> bool:
            # A server that starts refuses most things; if it does not answer because it ended, the caller finds that.
            with suppress(kube.NotReachableError, kube.ApiError):
                return ready()
            return False

        # Those that the others need come first: when one ends, what it takes with it is not named in its place.
        started = [self._process(part) for part in reversed(STOPPING_ORDER)]
        self._process(name).wait_for(answered, *(part for part in started if part.pid_file.exists()))

    def _ports(self) -> dict[str, int]:
        """Free ports; each stays the same as long as its own process has it, or nobody."""
        file = self.sandbox.root / "ports.json"
        known = _known_ports(file)
        if not known:  # what runs cannot be asked for its ports
            self.stop(self.sandbox)
        fresh = free_ports(len(PORTS))
        ports = {
            name: known[name] if name in known and (self._process(owner).pid() or _is_free(known[name])) else other
            for (name, owner), other in zip(PORTS.items(), fresh, strict=True)
        }
        file.write_text(json.dumps(ports))
        return ports

    def _make_keys(self) -> None:
        """An authority for the API server's certificate, a key for service accounts, and the administrator's token."""
        pki = self.sandbox.pki
        pki.mkdir(mode=0o700, parents=True, exist_ok=True)
        (pki / "names.cnf").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes.default.svc")
        new = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650")
        openssl(pki, *new, "-subj", "/CN=homelab-sandbox", "-keyout", "ca.key", "-out", "ca.crt")
        request = ("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=kube-apiserver")
        openssl(pki, *request, "-keyout", "apiserver.key", "-out", "apiserver.csr")
        sign = ("x509", "-req", "-days", "3650", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial")
        openssl(pki, *sign, "-in", "apiserver.csr", "-extfile", "names.cnf", "-out", "apiserver.crt")
        openssl(pki, "genrsa", "-out", "service-accounts.key", "2048")
        # Last and as a whole: where it is, the others are.
        half = pki / "tokens.half"
        half.touch(mode=0o600)
        half.write_text(f'{secrets.token_hex(24)},admin,admin,"system:masters"\n')
        half.replace(pki / "tokens.csv")

    def _write_kubeconfig(self, port: int) -> None:
        authority = base64.b64encode((self.sandbox.pki / "ca.crt").read_bytes()).decode()
        token = (self.sandbox.pki / "tokens.csv").read_text().partition(",")[0]
        cluster = {"server": f"https://127.0.0.1:{port}", "certificate-authority-data": authority}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": CONTEXT, "cluster": cluster}],
            "users": [{"name": "admin", "user": {"token": token}}],
            "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": "admin"}}],
            "current-context": CONTEXT,
        }
        # Whatever has become of the one that was there: everything in it is known here.
        self.sandbox.kubeconfig.touch(mode=0o600)
        self.sandbox.kubeconfig.write_text(yaml.safe_dump(config, sort_keys=False))


def _etcd(sandbox: Sandbox, url: str, peer: str) -> list[str]:
    return [
        f"--data-dir={sandbox.etcd}",
        f"--listen-client-urls={url}",
        f"--advertise-client-urls={url}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        # A sandbox may lose its last moments when the machine crashes; waiting for the disk would slow every write.
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def _apiserver(sandbox: Sandbox, etcd: str, port: int) -> list[str]:
    pki = sandbox.pki
    return [
        f"--etcd-servers={etcd}",
        "--bind-address=127.0.0.1",
        # Nobody calls the API server from a pod here, and an Endpoints object may not hold a loopback address.
        "--endpoint-reconciler-type=none",
        f"--secure-port={port}",
        f"--tls-cert-file={pki / 'apiserver.crt'}",
        f"--tls-private-key-file={pki / 'apiserver.key'}",
        f"--token-auth-file={pki / 'tokens.csv'}",
        f"--service-account-key-file={pki / 'service-accounts.key'}",
        f"--service-account-signing-key-file={pki / 'service-accounts.key'}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-cluster-ip-range={SERVICE_CIDR}",
        "--authorization-mode=Node,RBAC",
        "--allow-privileged=true",
        "--profiling=false",
        "--max-requests-inflight=2000",
        "--max-mutating-requests-inflight=1000",
    ]


def _controller_manager(sandbox: Sandbox) -> list[str]:
    return [
        *_scheduler(sandbox),
        f"--service-account-private-key-file={sandbox.pki / 'service-accounts.key'}",
        f"--root-ca-file={sandbox.pki / 'ca.crt'}",
    ]


def _scheduler(sandbox: Sandbox) -> list[str]:
    """What the scheduler takes; the controller manager takes the same and its keys."""
    return [
        f"--kubeconfig={sandbox.kubeconfig}",
        "--leader-elect=false",
        "--secure-port=0",
        "--kube-api-qps=500",
        "--kube-api-burst=1000",
    ]


def _kwok(sandbox: Sandbox, stages: Path) -> list[str]:
    return [
        f"--kubeconfig={sandbox.kubeconfig}",
        "--manage-all-nodes=false",
        "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
        "--node-lease-duration-seconds=40",
        *(f"--config={stage}" for stage in sorted(stages.glob("*.yaml"))),
    ]


def pod_ranges(configured: Any) -> Sequence[Network]:
    """What the section `cluster` of a stack file names; the usual if that cannot be used, which the program reports."""
    named = configured.get("podCidr") if isinstance(configured, Mapping) else None
    try:
        ranges = [ip_network(part.strip()) for part in str(named).split(",")]
    except ValueError:
        return (ip_network(POD_CIDR),)
    fit = all(own.num_addresses >= 4 * len(NODES) for own in ranges)
    return ranges if fit else (ip_network(POD_CIDR),)


def node_addresses(configured: Any) -> Sequence[str]:
    """The nodes that the section `cluster` of a stack file names; the usual if it has none that can be used."""
    named = configured.get("nodeAddresses") if isinstance(configured, Mapping) else None
    try:
        found = [str(ip_address(str(text))) for text in named or ()]
    except (TypeError, ValueError):
        found = []
    return list(dict.fromkeys(found))[:MOST_NODES] or ADDRESSES


def node_range(whole: Network, index: int, count: int = len(NODES)) -> str:
    """The part of the pods' range that one of so many nodes gives to its pods."""
    least = whole.prefixlen + (count - 1).bit_length()
    parts = whole.subnets(new_prefix=max(least, NODE_RANGES[whole.version]))
    return str(next(itertools.islice(parts, index, None)))


def _given(addresses: Mapping[str, str], pod_cidrs: Mapping[str, list[str]]) -> list[kube.Object]:
    """What a cluster has before anyone deploys to it: nodes, which have their parts of the pods' range, and classes."""
    room = {"cpu": "32", "memory": "128Gi", "pods": "500"}
    nodes: list[dict[str, Any]] = [
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": name,
                "annotations": {"kwok.x-k8s.io/node": "fake"},
                "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"},
            },
            "spec": {"podCIDR": pod_cidrs[name][0], "podCIDRs": pod_cidrs[name]},
            "status": {
                "capacity": room,
                "allocatable": room,
                "addresses": [
                    {"type": "InternalIP", "address": addresses[name]},
                    # kwok clears the addresses of a node that lacks either of the two.
                    {"type": "Hostname", "address": name},
                ],
            },
        }
        for name in addresses
    ]
    classes: list[dict[str, Any]] = [
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": name},
            "provisioner": PROVISIONER,
            "reclaimPolicy": policy,
        }
        for name, policy in STORAGE_CLASSES.items()
    ]
    return [*nodes, *classes]


def answers(client: kube.Client) -> bool:
    """Whether an API server is ready to be asked.

    It serves what is stored before it says that it is ready, and the controller manager, once started, gives it no more
    than 10 seconds for that, and ends.
    """
    with suppress(kube.NotReachableError, kube.ApiError):
        ready = client.send("GET", "/readyz", None, None, "", stream=False).status == 200
        # A namespace that every cluster has.
        return ready and client.get("v1", "Namespace", "kube-system") is not None
    return False


def _give(client: kube.Client, ranges: Sequence[Network], nodes: Sequence[str]) -> bool:
    # What a node has been given cannot be changed.
    kept = {node["metadata"]["name"]: (node.get("spec") or {}).get("podCIDRs") for node in client.list("v1", "Node")}
    addresses = _named(nodes if nodes or kept else ADDRESSES)
    fresh = {
        name: [node_range(whole, index, len(addresses)) for whole in ranges] for index, name in enumerate(addresses)
    }
    for obj in _given(addresses, {name: kept.get(name) or parts for name, parts in fresh.items()}):
        client.apply(obj, MANAGER, force=True)
    return True


def _named(addresses: Iterable[str]) -> dict[str, str]:
    """The nodes of these addresses, by their names."""
    return {f"node-{number}": address for number, address in enumerate(addresses, start=1)}


def _nodes_ready(client: kube.Client, wanted: Collection[str]) -> bool:
    """Whether these nodes are ready, or all that there are if none is named."""
    there = client.list("v1", "Node")
    ready = [
        node["metadata"]["name"]
        for node in there
        for condition in node.get("status", {}).get("conditions", [])
        if condition["type"] == "Ready" and condition["status"] == "True"
    ]
    needed = set(wanted) or {node["metadata"]["name"] for node in there}
    return bool(needed) and needed <= set(ready)


def _has_default_account(client: kube.Client) -> bool:
    return client.get("v1", "ServiceAccount", "default", "default") is not None


def openssl(folder: Path, *arguments: str) -> None:
    """Run openssl in a folder.

    Raises:
        SandboxError: it is not installed, or refuses; with the reason.
    """
    try:
        done = subprocess.run(["openssl", *arguments], cwd=folder, check=False, capture_output=True, text=True)
    except FileNotFoundError:
        message = "openssl: not found; install it with your package manager"
        raise SandboxError(message) from None
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["it printed nothing"]
        message = f"openssl {arguments[0]}: {lines[-1]}"
        raise SandboxError(message)


def _known_ports(file: Path) -> dict[str, int]:
    """The ports of the last start; none if there was none, or its record is damaged."""
    try:
        known = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return {name: port for name, port in known.items() if isinstance(port, int)} if isinstance(known, dict) else {}


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for item in sockets:
        item.bind(("127.0.0.1", 0))
    ports: list[int] = [item.getsockname()[1] for item in sockets]
    for item in sockets:
        item.close()
    return ports


def _is_free(port: int) -> bool:
    with socket.socket() as item:
        item.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            item.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
