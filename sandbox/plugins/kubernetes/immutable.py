"""Fields whose change replaces the object.

The table is that of the published plugin, whatever the API server thinks of a field: one that it lacks although the
server refuses to change it, such as a storage class's reclaim policy, makes an update fail here as there. What is
listed covers everything below it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.plugins.kubernetes.arguments import Arguments
from sandbox.plugins.kubernetes.identity import Identity
from sandbox.plugins.wire import reveal

IDENTITY: Final = ("metadata.name", "metadata.namespace")
WORKLOAD: Final = ("spec.selector",)
JOB: Final = ("spec.completions", "spec.parallelism", "spec.selector", "spec.template")
BINDING: Final = ("roleRef",)
POD: Final = tuple(
    f"spec.{field}"
    for field in (
        "affinity",
        "automountServiceAccountToken",
        "containers",
        "dnsConfig",
        "dnsPolicy",
        "enableServiceLinks",
        "hostAliases",
        "hostIPC",
        "hostNetwork",
        "hostPID",
        "hostname",
        "imagePullSecrets",
        "initContainers",
        "nodeName",
        "nodeSelector",
        "overhead",
        "preemptionPolicy",
        "priority",
        "priorityClassName",
        "readinessGates",
        "restartPolicy",
        "runtimeClassName",
        "schedulerName",
        "securityContext",
        "serviceAccount",
        "serviceAccountName",
        "shareProcessNamespace",
        "subdomain",
        "terminationGracePeriodSeconds",
        "volumes",
    )
)
"""Of containers, the published plugin lists nearly every field; here they count as a whole."""
CLAIM: Final = tuple(f"spec.{field}" for field in ("accessModes", "selector", "storageClassName", "volumeName"))
"""Not the size: a claim grows in place."""
VOLUME_SOURCES: Final = tuple(
    f"spec.{source}"
    for source in (
        "awsElasticBlockStore",
        "azureDisk",
        "azureFile",
        "cephfs",
        "cinder",
        "csi",
        "fc",
        "flexVolume",
        "flocker",
        "gcePersistentDisk",
        "glusterfs",
        "hostPath",
        "iscsi",
        "local",
        "nfs",
        "photonPersistentDisk",
        "portworxVolume",
        "quobyte",
        "rbd",
        "scaleIO",
        "storageos",
        "vsphereVolume",
    )
)

FIELDS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("apps", "DaemonSet"): WORKLOAD,
    ("apps", "Deployment"): WORKLOAD,
    ("apps", "StatefulSet"): (
        *WORKLOAD,
        "spec.podManagementPolicy",
        "spec.revisionHistoryLimit",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
    ),
    ("", "PersistentVolume"): VOLUME_SOURCES,
    ("", "PersistentVolumeClaim"): CLAIM,
    ("", "Pod"): POD,
    ("", "ResourceQuota"): ("spec.scopes",),
    ("", "Service"): ("spec.clusterIP",),
    ("batch", "Job"): JOB,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): BINDING,
    ("rbac.authorization.k8s.io", "RoleBinding"): BINDING,
    ("storage.k8s.io", "StorageClass"): ("parameters", "provisioner"),
}
CONFIGMAP: Final = ("binaryData", "data")
SECRET: Final = ("data", "stringData", "type")


def fields(identity: Identity, inputs: Mapping[str, Any], arguments: Arguments) -> tuple[str, ...]:
    """Paths whose change replaces the object that new inputs describe; a patch of somebody else's object is not asked.

    As in the published plugin, the new inputs say whether the object is one that may never change.
    """
    kind = (identity.group, identity.kind)
    frozen = reveal(inputs.get("immutable")) is True
    if kind == ("", "ConfigMap"):
        return (*IDENTITY, *(() if arguments.configmap_mutable and not frozen else CONFIGMAP))
    if kind == ("", "Secret"):
        return (*IDENTITY, *(("type",) if arguments.secret_mutable and not frozen else SECRET))
    return (*IDENTITY, *FIELDS.get(kind, ()))
