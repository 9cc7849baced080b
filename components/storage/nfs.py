"""csi-driver-nfs: volumes on the NFS server for whoever claims one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.storage.v1 import StorageClass

from components import versions
from components.kit import (
    ArgoProject,
    Brings,
    ChartApp,
    ChartAppArgs,
    Namespace,
    NamespaceArgs,
    SharedClass,
    SharedStorage,
    Site,
    plain,
)
from components.kit import project as kinds

PROVISIONER: Final = "nfs.csi.k8s.io"
RETAINED: Final = "nfs"
SCRATCH: Final = "nfs-scratch"

FOLDER: Final = "${pvc.metadata.namespace}/${pvc.metadata.name}"
"""Of each volume, by the driver's own variables: a person finds it again, and so does a claim of the same name."""

IMAGES: Final = {
    "nfs": "nfsplugin",
    "csiProvisioner": "csi-provisioner",
    "csiResizer": "csi-resizer",
    "livenessProbe": "livenessprobe",
    "nodeDriverRegistrar": "csi-node-driver-registrar",
}
"""Those that the chart deploys, by its own names."""

BRINGS: Final = Brings(
    namespaced=(kinds.DAEMON_SET, kinds.DEPLOYMENT, kinds.SERVICE_ACCOUNT),
    cluster_wide=(kinds.CLUSTER_ROLE, kinds.CLUSTER_ROLE_BINDING, kinds.CSI_DRIVER),
)


@dataclass(frozen=True, kw_only=True)
class NfsDriverArgs:
    """The homelab with its NFS server, and how the driver is delivered."""

    site: Site
    project: ArgoProject


class NfsDriver(pulumi.ComponentResource):
    """The driver, and a storage class for what stays and one for what may go.

    The classes are objects of this program and not of the chart's: which server a class names cannot be changed, and
    Argo CD would report that for ever, where the engine makes the class anew. The volumes that are there know their own
    server and do not notice. The driver's pods are in the nodes' network, which no network policy is about.
    """

    storage: SharedStorage

    def __init__(self, name: str, args: NfsDriverArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:storage:NfsDriver", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        namespace = Namespace(
            name,
            NamespaceArgs(
                pod_security="privileged",
                pod_security_reason="the driver mounts volumes on the nodes, which takes their rights and folders",
                dns_cache=args.site.dns_cache,
            ),
            opts=inside,
        )
        driver = ChartApp(
            name,
            ChartAppArgs(
                project=args.project,
                chart=versions.CSI_DRIVER_NFS,
                namespace=namespace,
                brings=BRINGS,
                values=_values(args.site),
            ),
            opts=inside,
        )
        self.storage = SharedStorage(
            retained=self._class(RETAINED, args.site, driver, on_delete="retain"),
            scratch=self._class(SCRATCH, args.site, driver, on_delete="delete"),
        )
        self.register_outputs({})

    def _class(self, class_name: str, site: Site, driver: ChartApp, *, on_delete: str) -> SharedClass:
        nfs = site.nfs
        share = f"{nfs.export}/{nfs.volumes}"
        resource = StorageClass(
            f"{self.pulumi_resource_name}-{class_name}",
            metadata=ObjectMetaArgs(name=class_name),
            provisioner=PROVISIONER,
            parameters={
                "server": nfs.server,
                "share": share,
                "subDir": FOLDER,
                # The driver leaves the rights alone: the kubelet gives the folder to the pods' group.
                "mountPermissions": "0",
                "onDelete": on_delete,
            },
            mount_options=nfs.mounted_with,
            volume_binding_mode="Immediate",
            allow_volume_expansion=True,
            reclaim_policy=on_delete.capitalize(),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[driver.ready]),
        )
        return SharedClass(class_name=class_name, resource=resource, place=f"{nfs.server}:{share}")


def _values(site: Site) -> dict[str, Any]:
    return {
        # Put in front of every image whose name begins with a slash.
        "image": {
            "baseRepo": site.repository("registry.k8s.io"),
            **{part: {"repository": f"/sig-storage/{name}"} for part, name in IMAGES.items()},
        },
        # Snapshots are kinds of their own, which nothing here asks for.
        "controller": {"enableSnapshotter": False},
    }
