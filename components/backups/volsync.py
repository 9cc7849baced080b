"""VolSync, the operator that backs volumes up and restores them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions.v1 import (
    CustomResourceDefinition,
    CustomResourceDefinitionNamesArgs,
    CustomResourceDefinitionSpecArgs,
    CustomResourceDefinitionVersionArgs,
    CustomResourceSubresourcesArgs,
    CustomResourceValidationArgs,
    JSONSchemaPropsArgs,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components import versions
from components.kit import (
    AllowTrafficArgs,
    ArgoProject,
    Brings,
    ChartApp,
    ChartAppArgs,
    Https,
    MetricsTarget,
    Namespace,
    NamespaceArgs,
    Pods,
    Site,
    allow_traffic,
    plain,
)
from components.kit import project as kinds

API: Final = "volsync.backube/v1alpha1"

IMAGE: Final = "quay.io/backube/volsync"
"""Of the operator and of the pods that move data."""

PROXY_IMAGE: Final = "quay.io/brancz/kube-rbac-proxy"

BRINGS: Final = Brings(
    # The chart brings the ServiceMonitor where the cluster knows that kind.
    namespaced=(
        kinds.DEPLOYMENT,
        kinds.ROLE,
        kinds.ROLE_BINDING,
        kinds.SERVICE,
        kinds.SERVICE_ACCOUNT,
        kinds.SERVICE_MONITOR,
    ),
    cluster_wide=(kinds.CLUSTER_ROLE, kinds.CLUSTER_ROLE_BINDING, kinds.CRD),
)

METRICS_PORT: Final = 8443
METRICS_HTTPS: Final = Https(
    unverified_reason="the proxy before the operator makes itself a certificate when it starts"
)

SNAPSHOT_GROUP: Final = "snapshot.storage.k8s.io"


@dataclass(frozen=True, kw_only=True)
class VolSyncArgs:
    """Who delivers it, and where."""

    site: Site
    project: ArgoProject
    snapshot_kind: bool
    """Whether the cluster has to be given the kind VolumeSnapshot."""


class VolSync(pulumi.ComponentResource):
    """VolSync's chart. It reaches the API server and nothing else; data is moved by pods beside the volumes."""

    ready: pulumi.Resource
    """Done when it runs: what is backed up depends on it."""
    metrics: MetricsTarget

    def __init__(self, name: str, args: VolSyncArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:backups:VolSync", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        namespace = Namespace(name, NamespaceArgs(dns_cache=args.site.dns_cache), opts=inside)
        operator = Pods(namespace=namespace, labels={"control-plane": f"{name}-controller"})
        calls = allow_traffic(
            name,
            {"to-api-server": AllowTrafficArgs(source=operator, target=args.site.api_server)},
            parent=self,
        )
        self.metrics = MetricsTarget(name=name, pods=operator, port=METRICS_PORT, https=METRICS_HTTPS)
        needed = [self._snapshot_kind(name)] if args.snapshot_kind else []
        self.ready = ChartApp(
            name,
            ChartAppArgs(
                project=args.project,
                chart=versions.VOLSYNC,
                namespace=namespace,
                brings=BRINGS,
                values=_values(args.site),
                depends_on=[*calls, *needed],
            ),
            opts=inside,
        ).ready
        self.register_outputs({})

    def _snapshot_kind(self, name: str) -> pulumi.Resource:
        """The kind VolumeSnapshot: VolSync watches it and ends without it, though nothing here takes a snapshot."""
        empty = JSONSchemaPropsArgs(type="object")
        return CustomResourceDefinition(
            f"{name}-volumesnapshots",
            metadata=ObjectMetaArgs(
                name=f"volumesnapshots.{SNAPSHOT_GROUP}",
                annotations={
                    # The API server asks it of every kind in a group of Kubernetes' own.
                    "api-approved.kubernetes.io": "unapproved, a stand-in that VolSync starts with",
                },
            ),
            spec=CustomResourceDefinitionSpecArgs(
                group=SNAPSHOT_GROUP,
                scope="Namespaced",
                names=CustomResourceDefinitionNamesArgs(
                    kind="VolumeSnapshot",
                    list_kind="VolumeSnapshotList",
                    plural="volumesnapshots",
                    singular="volumesnapshot",
                ),
                versions=[
                    CustomResourceDefinitionVersionArgs(
                        name="v1",
                        served=True,
                        storage=True,
                        subresources=CustomResourceSubresourcesArgs(status={}),
                        schema=CustomResourceValidationArgs(open_apiv3_schema=empty),
                    )
                ],
            ),
            # Whoever installs the real ones adopts this one; taking it away would take every snapshot along. A destroy
            # that kept it and forgot it would have the next update refuse what is there already.
            opts=pulumi.ResourceOptions(parent=self, protect=True, retain_on_delete=True),
        )


def _values(site: Site) -> dict[str, Any]:
    # Whoever asks for metrics would otherwise have to show its token to a certificate that nobody can verify. Network
    # policies say who may ask.
    values: dict[str, Any] = {"manageCRDs": True, "metrics": {"disableAuth": True}}
    if site.registry_mirror:
        ours = {"repository": site.repository(IMAGE)}
        values |= {"image": ours, "restic": ours, "kube-rbac-proxy": {"repository": site.repository(PROXY_IMAGE)}}
    return values
