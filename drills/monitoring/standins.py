"""Exporters that cannot be had here: small answers under the names of the real ones' metrics.

They know the live objects that the real ones would speak of. Which port and path a part has its metrics at is known
from the part itself and not from the monitors: one that asks elsewhere finds nobody.
"""

from __future__ import annotations

import math
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs

from drills.monitoring import state
from drills.monitoring.samples import Sample
from drills.web import Answer
from sandbox import kube

TEXT: Final = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
DAY: Final = 86_400.0
ROOMS: Final = ("Bedroom", "Living room")
GIGABYTE: Final = 1e9
CERTIFICATES: Final = "cert-manager.io/v1"
APPLICATIONS: Final = "argoproj.io/v1alpha1"
SOURCES: Final = "volsync.backube/v1alpha1"
ROUTES: Final = "traefik.io/v1alpha1"


@dataclass(kw_only=True)
class World:
    """What they speak of."""

    cluster: kube.Client
    begun: float = field(default_factory=time.time)

    @property
    def passed(self) -> float:
        """Seconds since the drill began: what is counted grows with it."""
        return time.time() - self.begun

    def wander(self, middle: float, most: float, phase: float = 0.0) -> float:
        """What is measured goes up and down by so much, in some minutes."""
        return middle + most * math.sin(self.passed / 60 + phase)


Series = Callable[[World], Iterator[Sample]]


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """In the place of one part."""

    ports: tuple[int, ...]
    """Of its pods, at which it has metrics."""
    path: str = "/metrics"
    series: Series


def process(world: World) -> Iterator[Sample]:
    """What every program says of itself."""
    yield Sample("process_start_time_seconds", world.begun)
    yield Sample("process_cpu_seconds_total", world.passed / 100)


def kube_state(world: World) -> Iterator[Sample]:
    """kube-state-metrics'."""
    return state.samples(world.cluster)


def volumes(world: World) -> Iterator[Sample]:
    """The kubelet's: claims, half full."""
    for claim in world.cluster.list("v1", "PersistentVolumeClaim"):
        meta = claim["metadata"]
        labels = {"namespace": meta["namespace"], "persistentvolumeclaim": meta["name"]}
        yield Sample("kubelet_volume_stats_capacity_bytes", 10 * GIGABYTE, labels)
        yield Sample("kubelet_volume_stats_available_bytes", 5 * GIGABYTE, labels)


def containers(world: World) -> Iterator[Sample]:
    """CAdvisor's: what containers take."""
    for pod in world.cluster.list("v1", "Pod"):
        for container in pod["spec"]["containers"]:
            meta = pod["metadata"]
            labels = {"namespace": meta["namespace"], "pod": meta["name"], "container": container["name"]}
            yield Sample("container_cpu_usage_seconds_total", world.passed / 50, {**labels, "cpu": "total"})
            yield Sample("container_memory_working_set_bytes", 0.05 * GIGABYTE, labels)


def postgres(world: World) -> Iterator[Sample]:
    """CloudNativePG's instances, with what the plugin for Barman adds."""
    now = time.time()
    yield Sample("cnpg_collector_up", 1.0)
    yield Sample("cnpg_pg_stat_archiver_last_archived_time", now - 60)
    yield Sample("cnpg_pg_stat_archiver_last_failed_time", -1.0)
    yield Sample("cnpg_pg_stat_archiver_archived_count", world.passed // 60)
    yield Sample("barman_cloud_cloudnative_pg_io_last_available_backup_timestamp", now - DAY / 4)
    yield Sample("barman_cloud_cloudnative_pg_io_last_failed_backup_timestamp", 0.0)
    yield Sample("barman_cloud_cloudnative_pg_io_first_recoverability_point", now - 7 * DAY)


def volsync(world: World) -> Iterator[Sample]:
    """VolSync's: each source is in time."""
    yield from process(world)
    for source in world.cluster.list(SOURCES, "ReplicationSource"):
        meta = source["metadata"]
        labels = {"obj_name": meta["name"], "obj_namespace": meta["namespace"], "role": "source", "method": "restic"}
        yield Sample("volsync_volume_out_of_sync", 0.0, labels)
        yield Sample("volsync_missed_intervals_total", 0.0, labels)


def applications(world: World) -> Iterator[Sample]:
    """Argo CD's application controller's."""
    for application in world.cluster.list(APPLICATIONS, "Application"):
        meta, status = application["metadata"], application.get("status") or {}
        labels = {
            "namespace": meta["namespace"],
            "name": meta["name"],
            "project": application["spec"]["project"],
            "sync_status": (status.get("sync") or {}).get("status", "Unknown"),
            "health_status": (status.get("health") or {}).get("status", "Missing"),
        }
        yield Sample("argocd_app_info", 1.0, labels)


def certificates(world: World) -> Iterator[Sample]:
    """Cert-manager's: each is valid for two months."""
    for certificate in world.cluster.list(CERTIFICATES, "Certificate"):
        meta = certificate["metadata"]
        labels = {"name": meta["name"], "namespace": meta["namespace"]}
        yield Sample("certmanager_certificate_expiration_timestamp_seconds", time.time() + 60 * DAY, labels)


def tunnel(world: World) -> Iterator[Sample]:
    """The connector's."""
    yield from process(world)
    yield Sample("cloudflared_tunnel_ha_connections", 4.0)
    yield Sample("cloudflared_tunnel_total_requests", world.passed)


def requests(world: World) -> Iterator[Sample]:
    """Traefik's: each route is asked once a second, and answers fast."""
    yield from process(world)
    yield Sample("traefik_open_connections", 3.0, {"entrypoint": "websecure", "protocol": "TCP"})
    for route in world.cluster.list(ROUTES, "IngressRoute"):
        meta = route["metadata"]
        service = f"{meta['namespace']}-{meta['name']}@kubernetescrd"
        labels = {"service": service, "method": "GET", "protocol": "http"}
        for code, share in {"200": 0.99, "500": 0.01}.items():
            count = world.passed * share
            yield Sample("traefik_service_requests_total", count, {**labels, "code": code})
            for bound, part in {"0.1": 0.9, "0.3": 0.98, "1.2": 1.0, "5.0": 1.0, "+Inf": 1.0}.items():
                name = "traefik_service_request_duration_seconds_bucket"
                yield Sample(name, count * part, {**labels, "code": code, "le": bound})


def rooms(world: World) -> Iterator[Sample]:
    """The Remo exporter's, of two rooms and a meter."""
    yield from process(world)
    for number, room in enumerate(ROOMS):
        labels = {"name": room, "id": f"drill-{number}"}
        yield Sample("remo_temperature", world.wander(21.5 + number, 0.4, number), labels)
        yield Sample("remo_humidity", world.wander(45.0 + 5 * number, 2.0, number), labels)
        yield Sample("remo_illumination", world.wander(100.0 + 20 * number, 15.0, number), labels)
        yield Sample("remo_motion", 1.0, labels)
    meter = {"name": "Meter", "id": "drill-meter"}
    yield Sample("remo_measured_instantaneous_energy_watt", world.wander(420.0, 80.0), meter)
    yield Sample("remo_normal_direction_cumulative_electric_energy", 1000.0 + world.passed, meter)
    yield Sample("remo_reverse_direction_cumulative_electric_energy", 10.0, meter)
    yield Sample("remo_coefficient", 1.0, meter)
    yield Sample("remo_cumulative_electric_energy_unit_kilowatt_hour", 0.1, meter)
    yield Sample("remo_cumulative_electric_energy_effective_digits", 6.0, meter)
    yield Sample("remo_x_rate_limit_limit", 30.0)
    yield Sample("remo_x_rate_limit_remaining", 28.0)
    yield Sample("remo_x_rate_limit_reset", time.time() + 60)
    yield Sample("remo_http_requests_total", world.passed // 60, {"code": "200", "api": "devices"})


def lookups(world: World) -> Iterator[Sample]:
    """CoreDNS's."""
    yield from process(world)
    yield Sample("coredns_dns_requests_total", world.passed, {"server": "dns://:53", "type": "A", "zone": "."})
    yield Sample("coredns_dns_responses_total", world.passed, {"server": "dns://:53", "rcode": "NOERROR", "zone": "."})


def probed(world: World, target: str) -> Iterator[Sample]:
    """What the blackbox exporter says of an address: each takes a time of its own."""
    number = zlib.crc32(target.encode()) % 100
    yield Sample("probe_success", 1.0)
    yield Sample("probe_duration_seconds", world.wander(0.05 + number / 1000, 0.01, number))
    yield Sample("probe_http_status_code", 200.0)
    yield Sample("probe_http_ssl", 1.0)
    yield Sample("probe_ssl_earliest_cert_expiry", time.time() + 60 * DAY)


STAND_INS: Final[Mapping[str, StandIn]] = {
    "argocd-application-controller": StandIn(ports=(8082,), series=applications),
    "argocd-applicationset-controller": StandIn(ports=(8080,), series=process),
    "argocd-notifications-controller": StandIn(ports=(9001,), series=process),
    "argocd-repo-server": StandIn(ports=(8084,), series=process),
    "argocd-server": StandIn(ports=(8083,), series=process),
    "authentik-server": StandIn(ports=(9300,), series=process),
    "authentik-worker": StandIn(ports=(9300,), series=process),
    "blackbox-exporter": StandIn(ports=(9115,), series=process),
    "cadvisor": StandIn(ports=(10250,), path="/metrics/cadvisor", series=containers),
    "cert-manager": StandIn(ports=(9402,), series=certificates),
    "cloudflared": StandIn(ports=(2000, 44483), series=tunnel),
    "cloudnative-pg": StandIn(ports=(8080,), series=process),
    "coredns": StandIn(ports=(9153,), series=lookups),
    "grafana": StandIn(ports=(3000,), series=process),
    "immich": StandIn(ports=(8081,), series=process),
    "immich-microservices": StandIn(ports=(8082,), series=process),
    "kube-state-metrics": StandIn(ports=(8080,), series=kube_state),
    "kubelet": StandIn(ports=(10250,), series=volumes),
    "n8n": StandIn(ports=(5678,), series=process),
    "navidrome": StandIn(ports=(4533,), series=process),
    "postgres": StandIn(ports=(9187,), series=postgres),
    "remo-exporter": StandIn(ports=(9352,), series=rooms),
    "traefik": StandIn(ports=(9100,), series=requests),
    "volsync": StandIn(ports=(8443,), series=volsync),
}
"""By the label `job` of their series."""
PROBES: Final = "blackbox"
"""The job of what the blackbox exporter finds; its own metrics are those of another."""
PROBE_PORT: Final = 9115
PROBE_PATH: Final = "/probe"


def answered(world: World, job: str, port: int, path: str) -> Answer:
    """What the part of a job answers at a port and a path; 404 where it has no metrics."""
    plain, _, query = path.partition("?")
    if job == PROBES and port == PROBE_PORT and plain == PROBE_PATH:
        asked = parse_qs(query)
        if not asked.get("target") or not asked.get("module"):
            return Answer(status=400)
        return _text(probed(world, asked["target"][0]))
    part = STAND_INS.get(job)
    if part is None or port not in part.ports or plain != part.path:
        return Answer(status=404, body=f"{job} has no metrics at port {port} and path {plain}".encode())
    return _text(part.series(world))


def _text(samples: Iterator[Sample]) -> Answer:
    body = "".join(f"{sample}\n" for sample in samples)
    return Answer(headers=TEXT, body=body.encode())
