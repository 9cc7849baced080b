"""The real Prometheus, with Thanos's sidecar beside it: one of each for every pod that the operator has asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from drills.identity import Account, account_of
from drills.monitoring import generated
from drills.monitoring.asked import Api
from drills.monitoring.network import Network
from drills.monitoring.workload import Part
from drills.pods import expanded
from sandbox import kube
from sandbox.paths import Sandbox

WEB, GRPC, HTTP = 9090, 10901, 10902
"""Ports of a pod: Prometheus's own, and the sidecar's two."""
POD: Final = "statefulset.kubernetes.io/pod-name"
CONFIGURATION: Final = "prometheus.yaml.gz"
WRITTEN: Final = "prometheus.env.yaml"
"""What the container that waits for changes makes of the configuration."""


@dataclass(kw_only=True)
class Replica:
    """One pod."""

    name: str
    """The pod's."""
    prometheus: Part
    sidecar: Part
    account: Account

    @classmethod
    def of(
        cls,
        stateful: kube.Object,
        index: int,
        *,
        sandbox: Sandbox,
        network: Network,
        place: Path,
        tools: Mapping[str, Path],
    ) -> Replica:
        """The pod of a StatefulSet with that number; it has an address from now on."""
        pod = f"{stateful['metadata']['name']}-{index}"
        workload = _numbered(stateful, pod)
        prometheus = Part(
            sandbox=sandbox,
            network=network,
            place=place / pod,
            workload=workload,
            program=tools["prometheus"],
            name=pod,
            container="prometheus",
            listens={WEB: "--web.listen-address"},
        )
        prometheus.join()
        sidecar = replace(
            prometheus,
            program=tools["thanos"],
            name=f"{pod}-sidecar",
            container="thanos-sidecar",
            listens={GRPC: "--grpc-address", HTTP: "--http-address"},
            flags={"--prometheus.url": prometheus.url(WEB)},
            ports={},
        )
        sidecar.join()
        return cls(
            name=pod, prometheus=prometheus, sidecar=sidecar, account=account_of(workload, place / pod / "account")
        )

    @property
    def api(self) -> Api:
        """Prometheus's."""
        return Api(url=self.prometheus.url(WEB))

    @property
    def data(self) -> Path:
        """The folder of its blocks."""
        return Path(self.prometheus.found().here("/prometheus"))

    @property
    def rules(self) -> list[Path]:
        """Its files of rules."""
        return sorted(self.prometheus.place.glob("*rulefiles*/*.yaml"))

    @property
    def configuration(self) -> Path:
        """The file that it reads."""
        return Path(self.prometheus.found().here(f"/etc/prometheus/config_out/{WRITTEN}"))

    def prepare(self, proxy: str) -> None:
        """Write all that it reads: what the operator has made, with the way to the pods in it."""
        cluster = self.prometheus.network.cluster
        self.account.write(self.prometheus.sandbox, cluster)
        self.prometheus.fill()
        meta = self.prometheus.workload["metadata"]
        text = generated.unpacked(cluster, meta["namespace"], meta["name"], CONFIGURATION)
        here = self._here()
        edited = generated.of_prometheus(text, proxy=proxy, kubeconfig=str(self.account.kubeconfig), here=here)
        self.configuration.write_text(expanded(edited, self._known_to_the_reloader()))

    def _known_to_the_reloader(self) -> dict[str, str]:
        """What the container beside Prometheus, which unpacks its configuration, puts into it."""
        reloader = replace(self.prometheus, container="config-reloader").found()
        return {**reloader.environment, "POD_NAME": self.name}

    def hurry(self) -> None:
        """Have no rule wait for minutes."""
        for file in self.rules:
            file.write_text(generated.sooner(file.read_text()))

    def start(self) -> None:
        """Start Prometheus, on what was prepared."""
        self.prometheus.start("/-/ready", WEB)

    def _here(self) -> Callable[[str], str]:
        container = self.prometheus.found()
        return lambda path: self.account.here(container.here(path))


def _numbered(stateful: kube.Object, pod: str) -> kube.Object:
    """The StatefulSet with the label by which its controller tells one pod from the other."""
    template = stateful["spec"]["template"]
    labels = {**(template["metadata"].get("labels") or {}), POD: pod}
    return {
        **stateful,
        "spec": {
            **stateful["spec"],
            "template": {**template, "metadata": {**template["metadata"], "labels": labels}},
        },
    }


def all_of(
    stateful: kube.Object, *, sandbox: Sandbox, network: Network, place: Path, tools: Mapping[str, Path]
) -> Sequence[Replica]:
    """Every pod of a StatefulSet."""
    count = int(stateful["spec"].get("replicas", 1))
    return [
        Replica.of(stateful, index, sandbox=sandbox, network=network, place=place, tools=tools)
        for index in range(count)
    ]
