"""Flow 6: Thanos, which answers from Prometheus and the bucket as if they were one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import pulumi

from components import versions
from components.kit import (
    CatalogEntry,
    Endpoint,
    ForwardAuth,
    Foundation,
    MetricsTarget,
    Mount,
    Namespace,
    Resources,
    TraefikRoute,
    Workload,
    WorkloadArgs,
    plain,
)
from components.kit.files import SecretFile
from components.monitoring.bucket import BlockStore
from components.monitoring.names import PROMETHEUS, REPLICA_LABEL
from components.settings import ThanosSettings
from components.summaries import Figure
from components.vocabulary import ADMINS

PORT: Final = 10902
GRPC: Final = "grpc"
"""Name of the port by which its parts ask each other, at their own Services and at Prometheus's."""
GRPC_PORT: Final = 10901
READY: Final = "/-/ready"

USER: Final = 1001
"""The image's own."""

CONFIGURATION: Final = "/etc/thanos/bucket.yaml"
STORE_DATA: Final = "/var/thanos/store"
COMPACT_DATA: Final = "/var/thanos/compact"

COMPACTED: Final = "20Gi"
"""Room for the compactor: what it makes one block of, two weeks at most, and that block. It fetches them anew."""

DELETED_AFTER: Final = 48
"""Hours after which a block is deleted that another one has replaced; from half of that time on, nobody reads it."""


@dataclass(frozen=True, kw_only=True)
class ThanosArgs:
    """Whom it asks, and how long the bucket keeps what."""

    base: Foundation
    namespace: Namespace
    settings: ThanosSettings
    store: BlockStore
    sidecar: Endpoint
    """Prometheus's sidecars, by gRPC."""
    host: str
    """Where people find it."""


class Thanos(pulumi.ComponentResource):
    """Query, which is asked; Store, which reads the bucket for it; and the only Compactor of the bucket.

    Each waits for the Secret with the bucket's credentials, and may call what it asks, and nothing else.
    """

    endpoint: Endpoint
    """Query's, which speaks as Prometheus does."""

    def __init__(self, name: str, args: ThanosArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:monitoring:Thanos", name, plain(args), opts)
        store = self._store(f"{name}-store", args)
        self._compactor(f"{name}-compact", args)
        settings = args.settings
        args.base.contributions.figures.add(
            Figure(name="thanos-raw", value=f"{settings.raw}d"),
            Figure(name="thanos-five-minutes", value=f"{settings.five_minutes}d"),
            Figure(name="thanos-hours", value=f"{settings.hours}d"),
        )
        self.endpoint = self._query(f"{name}-query", args, store)
        args.base.contributions.catalog.add(
            CatalogEntry(
                name="prometheus",
                title="Prometheus",
                description="All metrics, of today and of years ago, as Thanos Query answers for them.",
                namespace=args.namespace,
                endpoint=self.endpoint,
                exposure=TraefikRoute(host=args.host, sign_in=ForwardAuth(group=ADMINS)),
                beside=[
                    f"prometheus-{PROMETHEUS}",
                    f"{name}-store",
                    f"{name}-compact",
                    args.store.endpoint.service,
                ],
            )
        )
        self.register_outputs({})

    def _query(self, name: str, args: ThanosArgs, store: Endpoint) -> Endpoint:
        asked = {"sidecar": args.sidecar, "store": store}
        workload = self._run(
            name,
            args,
            replace(
                _program(args),
                arguments=[
                    "query",
                    f"--query.replica-label={REPLICA_LABEL}",
                    "--query.auto-downsampling",
                    *(f"--endpoint=dnssrv+_{GRPC}._tcp.{endpoint.host}" for endpoint in asked.values()),
                ],
                connects_to=asked,
                replicas=args.base.site.replicas,
                resources=Resources(cpu="50m", memory="512Mi"),
            ),
        )
        return workload.endpoint

    def _store(self, name: str, args: ThanosArgs) -> Endpoint:
        workload = self._run(
            name,
            args,
            replace(
                _program(args),
                more_ports={GRPC: GRPC_PORT},
                arguments=[
                    "store",
                    f"--data-dir={STORE_DATA}",
                    f"--objstore.config-file={CONFIGURATION}",
                    f"--ignore-deletion-marks-delay={DELETED_AFTER // 2}h",
                    # By default, chunks alone may take more memory than the pod has.
                    "--index-cache-size=128MB",
                    "--chunk-pool-size=256MB",
                ],
                mounts=[*_configured(args.store), Mount(name="data", path=STORE_DATA)],
                connects_to={"bucket": args.store.endpoint},
                wait_for=[args.store.ready],
                # It looks at every block before it is ready.
                startup=600,
                resources=Resources(cpu="50m", memory="1Gi"),
            ),
        )
        return workload.more_endpoints[GRPC]

    def _compactor(self, name: str, args: ThanosArgs) -> None:
        """One pod, which an update ends before it starts the next: two of them would destroy each other's blocks."""
        settings = args.settings
        self._run(
            name,
            args,
            replace(
                _program(args),
                arguments=[
                    "compact",
                    "--wait",
                    f"--data-dir={COMPACT_DATA}",
                    f"--objstore.config-file={CONFIGURATION}",
                    f"--retention.resolution-raw={settings.raw}d",
                    f"--retention.resolution-5m={settings.five_minutes}d",
                    f"--retention.resolution-1h={settings.hours}d",
                    f"--delete-delay={DELETED_AFTER}h",
                ],
                mounts=[*_configured(args.store), Mount(name="data", path=COMPACT_DATA, room=COMPACTED)],
                connects_to={"bucket": args.store.endpoint},
                wait_for=[args.store.ready],
                one_at_a_time=True,
                resources=Resources(cpu="50m", memory="1Gi"),
            ),
        )

    def _run(self, name: str, args: ThanosArgs, program: WorkloadArgs) -> Workload:
        workload = Workload(name, program, opts=pulumi.ResourceOptions(parent=self))
        args.base.contributions.metrics.add(MetricsTarget(name=name, pods=workload.pods, port="http"))
        return workload


def _program(args: ThanosArgs) -> WorkloadArgs:
    """What all parts have in common."""
    return WorkloadArgs(
        namespace=args.namespace,
        image=args.base.site.image(versions.THANOS),
        port=PORT,
        health_path=READY,
        user=USER,
    )


def _configured(store: BlockStore) -> list[Mount]:
    """The file that leads to the bucket."""
    key = store.configuration
    file = SecretFile(key=key)
    return [Mount(name="configuration", path=CONFIGURATION, claim=file, read_only=True, sub_path=key.key)]
