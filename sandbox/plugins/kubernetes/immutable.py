"""Fields that the API server refuses to change, so that a change in them replaces the object.

The table is that of the published plugin; a field listed covers everything below it.
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
        "hostAliases",
        "hostNetwork",
        "hostname",
        "imagePullSecrets",
        "initContainers",
        "nodeName",
        "nodeSelector",
        "priorityClassName",
        "restartPolicy",
        "runtimeClassName",
        "securityContext",
        "serviceAccountName",
        "subdomain",
        "volumes",
    )
)
VOLUME_SOURCES: Final = tuple(
    f"spec.{source}" for source in ("csi", "fc", "flexVolume", "hostPath", "iscsi", "local", "nfs")
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
    ("", "PersistentVolumeClaim"): ("spec",),
    ("", "Pod"): POD,
    ("", "ResourceQuota"): ("spec.scopes",),
    ("", "Service"): ("spec.clusterIP",),
    ("batch", "Job"): JOB,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): BINDING,
    ("rbac.authorization.k8s.io", "RoleBinding"): BINDING,
    ("storage.k8s.io", "StorageClass"): ("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"),
}
CONFIGMAP: Final = ("binaryData", "data")
SECRET: Final = ("data", "stringData", "type")


def fields(identity: Identity, old_inputs: Mapping[str, Any], arguments: Arguments) -> tuple[str, ...]:
    """Paths whose change replaces the object."""
    kind = (identity.group, identity.kind)
    frozen = reveal(old_inputs.get("immutable")) is True
    if kind == ("", "ConfigMap"):
        return (*IDENTITY, *(() if arguments.configmap_mutable and not frozen else CONFIGMAP))
    if kind == ("", "Secret"):
        return (*IDENTITY, *(("type",) if arguments.secret_mutable and not frozen else SECRET))
    return (*IDENTITY, *FIELDS.get(kind, ()))
