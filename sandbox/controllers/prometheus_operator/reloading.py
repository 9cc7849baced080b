"""The containers that have a program read its configuration again when it has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.controllers.prometheus_operator.installation import Operator
from sandbox.controllers.prometheus_operator.pods import CONFIG_OUT, CONFINED


@dataclass(frozen=True, kw_only=True)
class Reloading:
    """How a program hears that its configuration has changed."""

    volume: str
    """With the Secret that the configuration is in."""
    folder: str
    """Where the Secret with the configuration is mounted."""
    file: str
    """What it is called there, packed."""
    out: str
    """Where it is unpacked to, and the words in it replaced that only the pod knows."""
    file_out: str
    url: str
    """Called when it has changed."""
    watched: Sequence[str] = ()
    """Folders that are looked at beside."""
    mounts: Sequence[Mapping[str, Any]] = ()
    """Mounts beside those of the configuration."""
    web_config: str = ""
    """The file that says how the program is reached; without one, by plain HTTP."""
    shard: int = 0


def reloaders(operator: Operator, reloading: Reloading) -> tuple[dict[str, Any], dict[str, Any]]:
    """The container that unpacks the configuration before the program starts, and the one that goes on doing so."""
    shared = [
        f"--config-file={reloading.folder}/{reloading.file}",
        f"--config-envsubst-file={reloading.out}/{reloading.file_out}",
        *(f"--watched-dir={folder}" for folder in reloading.watched),
    ]
    once = ["--watch-interval=0", "--listen-address=:8081", *shared]
    reached = [f"--web-config-file={reloading.web_config}"] if reloading.web_config else []
    again = ["--listen-address=:8080", *reached, f"--reload-url={reloading.url}", *shared]
    return (
        {"name": "init-config-reloader", **_container(operator, reloading, 8081), "args": once},
        {"name": "config-reloader", **_container(operator, reloading, 8080), "args": again},
    )


def _container(operator: Operator, reloading: Reloading, port: int) -> dict[str, Any]:
    return {
        "image": operator.reloader,
        "command": ["/bin/prometheus-config-reloader"],
        "env": [
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "SHARD", "value": str(reloading.shard)},
        ],
        "ports": [{"name": "reloader-web", "containerPort": port, "protocol": "TCP"}],
        "volumeMounts": [
            {"name": reloading.volume, "mountPath": reloading.folder},
            {"name": CONFIG_OUT, "mountPath": reloading.out},
            *reloading.mounts,
        ],
        "resources": dict(operator.reloader_resources),
        "securityContext": CONFINED,
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }
