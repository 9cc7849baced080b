"""The pod by which VolSync 0.14 moves a volume's files with restic: its script's name, steps and environment.

Not covered: certificates of its own, rclone, Google's credentials, and the variables of services other than S3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

SCRIPT: Final = "/mover-restic/entry.sh"
DATA: Final = "/data"
CACHE: Final = "/cache"
LABELS: Final = {"app.kubernetes.io/created-by": "volsync"}
PASSWORD: Final = "RESTIC_PASSWORD"  # noqa: S105 - name of a variable
NEEDED: Final = ("RESTIC_REPOSITORY", PASSWORD)
OPTIONAL: Final = (
    "RESTIC_COMPRESSION",
    "RESTIC_PACK_SIZE",
    "RESTIC_READ_CONCURRENCY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_DEFAULT_REGION",
)
KEPT: Final = ("hourly", "daily", "weekly", "monthly", "yearly")


def is_source(obj: Mapping[str, Any]) -> bool:
    """Whether files are read from the volume; else they are written to it."""
    return bool(obj["kind"] == "ReplicationSource")


def name_of(obj: Mapping[str, Any]) -> str:
    """Name of the Job, of its account, and how that of its cache begins."""
    return f"volsync-{'src' if is_source(obj) else 'dst'}-{obj['metadata']['name']}"


def claim_of(obj: Mapping[str, Any]) -> str:
    """Name of the claim that is read or written."""
    spec = obj["spec"]
    return str(spec["sourcePVC"] if is_source(obj) else spec["restic"]["destinationPVC"])


def environment(obj: Mapping[str, Any]) -> dict[str, str]:
    """The variables that VolSync sets itself; those of the repository's Secret come beside them."""
    restic = obj["spec"]["restic"]
    return {
        "FORGET_OPTIONS": _forget(restic.get("retain")),
        "DATA_DIR": DATA,
        "RESTIC_CACHE_DIR": CACHE,
        "RESTORE_AS_OF": "" if is_source(obj) else restic.get("restoreAsOf", ""),
        "SELECT_PREVIOUS": "0" if is_source(obj) else str(restic.get("previous", 0)),
        "RESTORE_OPTIONS": "--delete" if restic.get("enableFileDeletion") else "",
        "PRIVILEGED_MOVER": "0",
    }


def _forget(retain: Mapping[str, Any] | None) -> str:
    parts = [f" --keep-{word} {retain[word]}" for word in KEPT if retain and retain.get(word) is not None]
    if retain and retain.get("within"):
        parts.append(f" --keep-within {retain['within']}")
    if retain and retain.get("last"):
        parts.append(f" --keep-last {retain['last']}")
    return "".join(parts) or "--keep-last 1"


def steps(obj: Mapping[str, Any], *, prune: bool) -> list[str]:
    """Arguments of the script."""
    if not is_source(obj):
        return ["restore"]
    unlock = obj["spec"]["restic"].get("unlock", "")
    done = ((obj.get("status") or {}).get("restic") or {}).get("lastUnlocked", "")
    return [*(["unlock"] if unlock and unlock != done else []), "backup", *(["prune"] if prune else [])]


def pod(obj: Mapping[str, Any], image: str, arguments: list[str]) -> dict[str, Any]:
    """The pod's spec."""
    restic = obj["spec"]["restic"]
    secret = restic["repository"]
    name = name_of(obj)
    own = [{"name": key, "value": value} for key, value in environment(obj).items()]
    given = [
        {"name": key, "valueFrom": {"secretKeyRef": {"name": secret, "key": key, "optional": key not in NEEDED}}}
        for key in (*NEEDED, *OPTIONAL)
    ]
    mounts = [("data", DATA), ("cache", CACHE), ("tempdir", "/tmp")]  # noqa: S108 - in the pod
    volumes: list[dict[str, Any]] = [
        {"name": "data", "persistentVolumeClaim": {"claimName": claim_of(obj)}},
        {"name": "cache", "persistentVolumeClaim": {"claimName": f"{name}-cache"}},
        {"name": "tempdir", "emptyDir": {"medium": "Memory"}},
    ]
    for extra in restic.get("moverVolumes") or []:
        called = "u-" + extra["mountPath"].replace("/", "-")
        mounts.append((called, f"/mnt/{extra['mountPath']}"))
        volumes.append({"name": called, **extra["volumeSource"]})
    return {
        "restartPolicy": "Never",
        "serviceAccountName": name,
        "securityContext": restic.get("moverSecurityContext") or {},
        "containers": [
            {
                "name": "restic",
                "image": image,
                "command": [SCRIPT],
                "args": arguments,
                "env": [*own, *given],
                "resources": restic.get("moverResources") or {},
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"]},
                    "privileged": False,
                    "readOnlyRootFilesystem": True,
                },
                "volumeMounts": [{"name": called, "mountPath": path} for called, path in mounts],
            }
        ],
        "volumes": volumes,
    }
