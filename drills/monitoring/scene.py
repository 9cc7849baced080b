"""All processes of the drill, found among the live objects, and the ways between them."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

import urllib3
import yaml

from drills.course import Course
from drills.errors import DrillError
from drills.gateway import PROGRAM as GATEWAY
from drills.gateway import Gateway
from drills.identity import account_of
from drills.monitoring import found, generated, replicas, standins
from drills.monitoring.asked import Api
from drills.monitoring.influxdb import IMAGE_WORDS, AccessJob, InfluxDb
from drills.monitoring.influxdb import PORT as INFLUXDB
from drills.monitoring.network import SERVICE, Listener, Network
from drills.monitoring.proxy import Call, passed_on
from drills.monitoring.replicas import Replica
from drills.monitoring.standins import World
from drills.monitoring.workload import Part
from drills.pods import behind
from drills.web import Answer
from sandbox import kube
from sandbox.cluster import free_ports
from sandbox.controllers.objects import decoded
from sandbox.paths import Sandbox

THANOS_HTTP, THANOS_GRPC = 10902, 10901
ALERTMANAGER: Final = 9093
BRIDGE, BRIDGE_METRICS = 8080, 9273
NODE: Final = 9100
LISTENING: Final = re.compile(r'"(tcp://)?:(\d+)"')
"""Where the bridge's configuration has it listen."""
REFRESH_SECONDS: Final = 1.0

WITHIN: Final = 180.0
SOON: Final = 90.0
"""Seconds that a step may take: one that waits for a scrape or a rule, and one that waits for nobody."""


@dataclass(kw_only=True)
class Scene:
    """One home's monitoring under way."""

    course: Course
    sandbox: Sandbox
    cluster: kube.Client
    place: Path
    tools: Mapping[str, Path]
    network: Network
    world: World
    jobs: dict[str, str] = field(default_factory=dict)
    """Names of the jobs by the URLs that they scrape."""
    calls: dict[str, int] = field(default_factory=dict)
    """How often each job was scraped."""
    _asked_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, course: Course, sandbox: Sandbox, place: Path, tools: Mapping[str, Path]) -> Scene:
        """Nothing of it started."""
        cluster = kube.Client.from_kubeconfig(sandbox.kubeconfig)
        return cls(
            course=course,
            sandbox=sandbox,
            cluster=cluster,
            place=place,
            tools=tools,
            network=Network(cluster=cluster),
            world=World(cluster=cluster),
        )

    @cached_property
    def namespace(self) -> str:
        """Of monitoring."""
        return str(found.only(self.cluster, found.OPERATED, "Prometheus")["metadata"]["namespace"])

    def operated(self, kind: str) -> kube.Object:
        """The StatefulSet that the operator makes of a Prometheus or an Alertmanager."""
        owner = found.only(self.cluster, found.OPERATED, kind)
        name = f"{kind.lower()}-{owner['metadata']['name']}"
        return found.get(self.cluster, "apps/v1", "StatefulSet", name, self.namespace)

    def part(self, workload: kube.Object, program: str, name: str, listens: Mapping[int, str], **more: object) -> Part:
        """A process in the place of a workload's pods: it has an address from now on."""
        made = Part(
            sandbox=self.sandbox,
            network=self.network,
            place=self.place / name,
            workload=workload,
            program=self.tools[program],
            name=name,
            listens=listens,
            **more,  # type: ignore[arg-type]
        )
        made.join()
        return made

    @cached_property
    def gateway(self) -> Gateway:
        """The S3 gateway before the bucket of metrics."""
        store = yaml.safe_load(self.bucket_file)["config"]["endpoint"]
        service = SERVICE.search(store)
        if service is None:
            message = f"{store}: expected the address of a Service"
            raise DrillError(message)
        workload = behind(self.cluster, service[2], service[1])
        made = Gateway(
            sandbox=self.sandbox,
            place=self.place / "gateway",
            cluster=self.cluster,
            workload=workload,
            program=self.tools[GATEWAY],
            port=free_ports(1)[0],
        )
        labels = workload["spec"]["template"]["metadata"]["labels"]
        ports = {int(service[3]): made.port}
        self.network.listeners.append(Listener(namespace=service[2], labels=labels, ports=ports))
        return made

    @cached_property
    def bucket_file(self) -> str:
        """The file that leads Thanos to its bucket."""
        reference = found.only(self.cluster, found.OPERATED, "Prometheus")["spec"]["thanos"]["objectStorageConfig"]
        secret = found.get(self.cluster, "v1", "Secret", reference["name"], self.namespace)
        return decoded(secret, reference["key"]) or ""

    @cached_property
    def influxdb(self) -> InfluxDb:
        """InfluxDB."""
        workload = found.workload(self.cluster, "influxdb")
        flag = {INFLUXDB: "--http-bind-address"}
        return InfluxDb(part=self.part(workload, "influxd", "influxdb", flag, words=IMAGE_WORDS))

    @cached_property
    def access(self) -> AccessJob:
        """The Job that fills InfluxDB."""
        for job in self.cluster.list("batch/v1", "Job", self.namespace):
            containers = job["spec"]["template"]["spec"].get("initContainers") or []
            if any(found.name_of_image(container["image"]) == "influxdb" for container in containers):
                place = self.place / "access"
                account = account_of(job, place / "account")
                account.write(self.sandbox, self.cluster)
                return AccessJob(
                    job=job,
                    part=self.influxdb.part,
                    place=place,
                    kubectl=self.tools["kubectl"],
                    kubeconfig=account.kubeconfig,
                )
        message = "no Job makes InfluxDB's buckets and tokens"
        raise DrillError(message)

    @cached_property
    def bridge(self) -> Part:
        """Telegraf, with its files."""
        workload = found.workload(self.cluster, "telegraf")
        words = ("--config", "/etc/telegraf/telegraf.conf")
        made = self.part(workload, "telegraf", "bridge", {BRIDGE: "", BRIDGE_METRICS: ""}, words=words)
        made.fill()
        for file in made.place.rglob("*.conf"):
            file.write_text(LISTENING.sub(lambda port: _listening(made, port), file.read_text()))
        return made

    @cached_property
    def node(self) -> Part:
        """Node exporter, which measures this machine."""
        workload = found.workload(self.cluster, "node-exporter")
        flags = {"--path.procfs": "/proc", "--path.sysfs": "/sys", "--path.rootfs": "/"}
        return self.part(workload, "node_exporter", "node-exporter", {NODE: "--web.listen-address"}, flags=flags)

    @cached_property
    def replicas(self) -> Sequence[Replica]:
        """Every Prometheus with its sidecar."""
        return replicas.all_of(
            self.operated("Prometheus"),
            sandbox=self.sandbox,
            network=self.network,
            place=self.place / "prometheus",
            tools=self.tools,
        )

    @cached_property
    def alertmanager(self) -> Part:
        """One, in the place of all its pods: nobody here has to agree with another on who was told."""
        return self.part(
            self.operated("Alertmanager"),
            "alertmanager",
            "alertmanager",
            {ALERTMANAGER: "--web.listen-address"},
            container="alertmanager",
            flags={"--cluster.listen-address": ""},
            without=("--cluster.peer", "--cluster.advertise-address"),
        )

    def thanos(self, word: str) -> Part:
        """The part of Thanos that is started by a word."""
        workload = found.workload(self.cluster, "thanos", word)
        listens = {THANOS_HTTP: "--http-address"}
        if word != "compact":
            listens[THANOS_GRPC] = "--grpc-address"
        made = self.part(workload, "thanos", f"thanos-{word}", listens)
        made.fill()
        return made

    @cached_property
    def store(self) -> Part:
        """Reads the bucket."""
        return self.thanos("store")

    @cached_property
    def compactor(self) -> Part:
        """Works in the bucket."""
        return self.thanos("compact")

    @cached_property
    def query(self) -> Part:
        """Is asked, and asks all others."""
        return self.thanos("query")

    @property
    def asked(self) -> Api:
        """Thanos Query's API."""
        return Api(url=self.query.url(THANOS_HTTP))

    def answer(self, call: Call) -> Answer:
        """What is answered to a call of one of the cluster's addresses."""
        pool = urllib3.PoolManager()
        if named := SERVICE.fullmatch(f"{call.host}:{call.port}"):
            try:
                return passed_on(call, f"http://{self.network.of_service(named[1], named[2], call.port)[0]}", pool)
            except DrillError:
                return self._stood_in(call)
        if local := self.network.of_pod(call.host, call.port):
            return passed_on(call, f"http://{local}", pool)
        return self._stood_in(call)

    def _stood_in(self, call: Call) -> Answer:
        """What an exporter answers that cannot be had, or the API server itself."""
        job = self._job(call.url)
        self.calls[job] = self.calls.get(job, 0) + 1
        if job == "apiserver":
            return passed_on(call, self.cluster.server, self._trusting())
        return standins.answered(self.world, job, call.port, call.path)

    def _job(self, url: str) -> str:
        """The job that scrapes a URL, as Prometheus says; empty for none."""
        with self._lock:
            if url not in self.jobs and time.monotonic() > self._asked_at + REFRESH_SECONDS:
                self._asked_at = time.monotonic()
                for replica in self.replicas:
                    # One that has not begun yet, or is about to end, calls nobody.
                    with suppress(urllib3.exceptions.HTTPError, DrillError):
                        self.jobs |= {each["scrapeUrl"]: each["labels"]["job"] for each in replica.api.targets()}
        return self.jobs.get(url, "")

    def _trusting(self) -> urllib3.PoolManager:
        return urllib3.PoolManager(ca_certs=str(self.sandbox.pki / "ca.crt"))


def _listening(part: Part, port: re.Match[str]) -> str:
    return f'"{port[1] or ""}127.0.0.1:{part.ports[int(port[2])]}"'


def configuration_of_alertmanager(scene: Scene, *, proxy: str, authority: Path) -> Path:
    """Write what the real Alertmanager reads, and say where."""
    part = scene.alertmanager
    part.fill()
    name = f"{part.workload['metadata']['name']}-generated"
    text = generated.unpacked(scene.cluster, scene.namespace, name, "alertmanager.yaml.gz")
    file = Path(part.found().here("/etc/alertmanager/config_out/alertmanager.env.yaml"))
    file.write_text(generated.of_alertmanager(text, proxy=proxy, authority=str(authority)))
    return file
