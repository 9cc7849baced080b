"""What the pods of a Prometheus and of an Alertmanager have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sandbox.controllers.prometheus_operator.errors import ConfigurationError

CONFINED: Final = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
"""What a container may do; what the pod may, its spec says."""

CONFIG, CONFIG_OUT, TLS_ASSETS, WEB_CONFIG = "config", "config-out", "tls-assets", "web-config"
"""Volumes of both."""


def volumes(name: str, secret: str, config: str = CONFIG) -> list[dict[str, Any]]:
    """The volumes with configuration, of a StatefulSet of that name."""
    assets = [{"secret": {"name": f"{name}-tls-assets-0"}}]
    return [
        {"name": config, "secret": {"secretName": secret}},
        {"name": TLS_ASSETS, "projected": {"sources": assets}},
        {"name": CONFIG_OUT, "emptyDir": {"medium": "Memory"}},
        {"name": WEB_CONFIG, "secret": {"secretName": f"{name}-web-config"}},
    ]


def web_config_mount(folder: str) -> dict[str, Any]:
    """Where the file is that says how the web pages are served."""
    file = "web-config.yaml"
    return {"name": WEB_CONFIG, "mountPath": f"{folder}/{file}", "subPath": file, "readOnly": True}


def more_arguments(spec: Mapping[str, Any], arguments: Sequence[str]) -> list[str]:
    """The arguments and those that the spec adds. ConfigurationError if it adds one that is the operator's."""
    taken = {item.removeprefix("--").partition("=")[0] for item in arguments}
    added = spec.get("additionalArgs") or []
    clashing = [item["name"] for item in added if item["name"] in taken]
    if clashing:
        what = ",".join(clashing)
        raise ConfigurationError(f"can't set arguments which are already managed by the operator: {what}")
    return [
        *arguments,
        *(f"--{item['name']}={item['value']}" if item.get("value") else f"--{item['name']}" for item in added),
    ]


def log_arguments(spec: Mapping[str, Any]) -> list[str]:
    """How it logs, if that is not the default."""
    found = {"log.level": (spec.get("logLevel"), "info"), "log.format": (spec.get("logFormat"), "logfmt")}
    return [f"--{name}={value}" for name, (value, default) in found.items() if value and value != default]
