"""What the operator has made of the platform's objects, and the little that is another here."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import yaml

from drills.errors import DrillError
from drills.monitoring.workload import contents
from sandbox import kube

FILES: Final = frozenset(
    ("bearer_token_file", "ca_file", "cert_file", "credentials_file", "key_file", "password_file", "rule_files")
)
"""Keys of Prometheus's configuration that name files of its container."""
SOON: Final = "10s"
AT_ONCE: Final = "2s"


def unpacked(cluster: kube.Client, namespace: str, name: str, key: str) -> str:
    """A configuration that the operator has packed into a Secret.

    Raises:
        DrillError: it is not there.
    """
    secret = cluster.get("v1", "Secret", name, namespace)
    packed = contents(secret).get(key) if secret else None
    if packed is None:
        message = f"Secret {namespace}/{name}: no {key}"
        raise DrillError(message)
    return gzip.decompress(packed).decode()


def of_prometheus(text: str, *, proxy: str, kubeconfig: str, here: Callable[[str], str]) -> str:
    """Its configuration with the way to pods and API server, and files where they are here; nothing else is changed."""
    config = yaml.safe_load(text)
    managers = (config.get("alerting") or {}).get("alertmanagers") or []
    scraped = config.get("scrape_configs") or []
    for calls in (*scraped, *managers, *(config.get("remote_write") or [])):
        calls["proxy_url"] = proxy
        for discovery in calls.get("kubernetes_sd_configs") or []:
            discovery["kubeconfig_file"] = kubeconfig
    return yaml.safe_dump(_moved(config, here), sort_keys=False)


def _moved(node: Any, here: Callable[[str], str], key: str = "") -> Any:
    if isinstance(node, dict):
        return {name: _moved(value, here, name) for name, value in node.items()}
    if isinstance(node, list):
        return [_moved(each, here, key) for each in node]
    return here(node) if key in FILES and isinstance(node, str) else node


def sooner(rules: str) -> str:
    """A file of rules in which nobody waits for minutes: groups with an interval of their own have a shorter one."""
    file = yaml.safe_load(rules)
    for group in file["groups"]:
        if "interval" in group:
            group["interval"] = SOON
    return yaml.safe_dump(file, sort_keys=False)


def of_alertmanager(text: str, *, proxy: str, authority: str) -> str:
    """Its configuration with the way to the drill's internet, and groups that are told of sooner."""
    config = yaml.safe_load(text)
    for told in _told(config):
        client: dict[str, Any] = told.setdefault("http_config", {})
        client["proxy_url"] = proxy
        client["tls_config"] = {"ca_file": authority}
    for route in _routes(config["route"]):
        for key, soon in {"group_wait": AT_ONCE, "group_interval": SOON}.items():
            if key in route:
                route[key] = soon
    return yaml.safe_dump(config, sort_keys=False)


def _told(config: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The settings of everybody who is told of alerts."""
    for receiver in config["receivers"]:
        for key, entries in receiver.items():
            if key.endswith("_configs"):
                yield from entries


def _routes(route: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield route
    for each in route.get("routes") or []:
        yield from _routes(each)
