"""The StatefulSet of a Prometheus or an Alertmanager, around its pod."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox import kube
from sandbox.controllers.prometheus_operator import names
from sandbox.controllers.prometheus_operator.belongings import meta
from sandbox.controllers.prometheus_operator.errors import ConfigurationError

POD_FIELDS: Final = (
    "affinity",
    "enableServiceLinks",
    "nodeSelector",
    "priorityClassName",
    "securityContext",
    "serviceAccountName",
    "tolerations",
    "topologySpreadConstraints",
)
"""What a pod has as the object's spec has it."""
SPEC_FIELDS: Final = frozenset(
    {
        *POD_FIELDS,
        "additionalArgs",
        "automountServiceAccountToken",
        "externalUrl",
        "image",
        "logFormat",
        "logLevel",
        "minReadySeconds",
        "paused",
        "persistentVolumeClaimRetentionPolicy",
        "podMetadata",
        "portName",
        "replicas",
        "resources",
        "retention",
        "routePrefix",
        "storage",
        "terminationGracePeriodSeconds",
        "version",
        "volumeMounts",
        "volumes",
    }
)
"""Fields of a spec that both kinds have, as far as they are known here."""
DEFAULT_CONTAINER: Final = "kubectl.kubernetes.io/default-container"


def check_fields(obj: kube.Object, known: frozenset[str]) -> None:
    """ConfigurationError if a spec says something that would be passed over here."""
    unknown = sorted(key for key in obj["spec"].keys() - known if obj["spec"][key] not in (None, [], {}))
    if unknown:
        raise ConfigurationError(f"spec.{unknown[0]}: not known to the sandbox's operator")


def version_of(obj: kube.Object) -> str:
    """The version that is to run."""
    return str(obj["spec"].get("version") or names.IMAGES[obj["kind"]][1])


def image_of(obj: kube.Object) -> str:
    """The image that is to run."""
    return str(obj["spec"].get("image") or f"{names.IMAGES[obj['kind']][0]}:{version_of(obj)}")


def data_mount(obj: kube.Object, path: str) -> dict[str, Any]:
    """Where the data is, in a folder of the volume if that is one that stays."""
    kind, storage = obj["kind"].lower(), obj["spec"].get("storage")
    folder = {"subPath": f"{kind}-db"} if storage and not storage.get("disableMountSubPath") else {}
    return {"name": _data(obj), "mountPath": path, **folder}


def _data(obj: kube.Object) -> str:
    template = (obj["spec"].get("storage") or {}).get("volumeClaimTemplate") or {}
    default = f"{names.prefixed(obj['kind'], obj['metadata']['name'])}-db"
    return str((template.get("metadata") or {}).get("name") or default)


def stateful_set(
    obj: kube.Object,
    *,
    labels: Mapping[str, str],
    own_labels: Mapping[str, str],
    service: str,
    pod: Mapping[str, Any],
) -> dict[str, Any]:
    """The StatefulSet around a pod: `labels` select its pods, `own_labels` are only those of the StatefulSet."""
    spec, name = obj["spec"], names.prefixed(obj["kind"], obj["metadata"]["name"])
    given = spec.get("podMetadata") or {}
    version = version_of(obj).removeprefix("v")
    storage = spec.get("storage") or {}
    claim = storage.get("volumeClaimTemplate")
    scratch = [] if claim else [{"name": _data(obj), "emptyDir": storage.get("emptyDir") or {}}]
    main = pod["containers"][0]["name"]
    return {
        "apiVersion": names.STATEFUL_SET[0],
        "kind": names.STATEFUL_SET[1],
        "metadata": meta(obj, name, {**(obj["metadata"].get("labels") or {}), **labels, **own_labels}),
        "spec": {
            "serviceName": service,
            "replicas": int(spec.get("replicas", 1)),
            "podManagementPolicy": "Parallel",
            "updateStrategy": {"type": "RollingUpdate"},
            "minReadySeconds": spec.get("minReadySeconds", 0),
            "selector": {"matchLabels": dict(labels)},
            "template": {
                "metadata": {
                    "labels": {"app.kubernetes.io/version": version, **(given.get("labels") or {}), **labels},
                    "annotations": {DEFAULT_CONTAINER: main, **(given.get("annotations") or {})},
                },
                "spec": {
                    **{key: spec[key] for key in POD_FIELDS if spec.get(key) is not None},
                    **pod,
                    "volumes": [*pod["volumes"], *scratch, *(spec.get("volumes") or [])],
                },
            },
            **({"volumeClaimTemplates": [_claim(obj, claim)]} if claim else {}),
            **_kept(spec),
        },
    }


def _claim(obj: kube.Object, template: Mapping[str, Any]) -> dict[str, Any]:
    given = template.get("metadata") or {}
    return {
        "metadata": {
            "name": _data(obj),
            **{key: given[key] for key in ("labels", "annotations") if given.get(key)},
        },
        "spec": {"accessModes": ["ReadWriteOnce"], **(template.get("spec") or {})},
    }


def _kept(spec: Mapping[str, Any]) -> dict[str, Any]:
    policy = spec.get("persistentVolumeClaimRetentionPolicy")
    return {"persistentVolumeClaimRetentionPolicy": policy} if policy else {}
