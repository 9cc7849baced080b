"""Sensors of Nature Remo: temperature, humidity and light of the rooms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi

from components import versions
from components.kit import (
    Foundation,
    GivenItem,
    MetricsTarget,
    Mount,
    Namespace,
    SyncedSecret,
    SyncedSecretArgs,
    Workload,
    WorkloadArgs,
    internet,
    plain,
)
from components.kit.files import SecretFile

PORT: Final = 9352
INTERVAL: Final = 60
"""Seconds between two scrapes, and for which an answer of Nature's cloud is kept: it takes 30 requests a minute."""

TOKEN: Final = "token"  # noqa: S105 - a field's label
"""Field of the item, and key of the Secret."""
FOLDER: Final = "/etc/remo"
"""Folder of the token in the exporter's pod."""


@dataclass(frozen=True, kw_only=True)
class RemoExporterArgs:
    """Where it runs, and whose sensors it asks for."""

    base: Foundation
    namespace: Namespace
    item: str
    """Id of the 1Password item with the field `token`."""


class RemoExporter(pulumi.ComponentResource):
    """The exporter, which asks Nature's cloud: one pod, never two at once, for they share the token's limit."""

    def __init__(self, name: str, args: RemoExporterArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:monitoring:RemoExporter", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        item = GivenItem(store=args.base.store, id=args.item, labels=frozenset({TOKEN}))
        secret = SyncedSecret(name, SyncedSecretArgs(namespace=args.namespace, item=item), opts=inside)
        args.base.contributions.secrets.add(secret)
        exporter = Workload(
            name,
            WorkloadArgs(
                namespace=args.namespace,
                image=args.base.site.image(versions.REMO_EXPORTER),
                port=PORT,
                health_path="/",
                one_at_a_time=True,
                environment={
                    "OAUTH_TOKEN_FILE": f"{FOLDER}/{TOKEN}",
                    "CACHE_INVALIDATION_SECONDS": str(INTERVAL),
                },
                mounts=[
                    Mount(name="token", path=FOLDER, claim=SecretFile(key=secret.key(TOKEN)), read_only=True),
                ],
                connects_to={"internet": internet(443)},
            ),
            opts=inside,
        )
        args.base.contributions.metrics.add(MetricsTarget(name=name, pods=exporter.pods, port=PORT, interval=INTERVAL))
        self.register_outputs({})
