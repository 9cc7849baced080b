"""Outposts and where they are deployed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.plugins.accounts import formats
from sandbox.plugins.accounts.account import Data, objects
from sandbox.plugins.accounts.authentik.api import Resource, provider
from sandbox.plugins.accounts.schema import Schema, flag, integers, json_text, parsed_json, text
from sandbox.plugins.wire import Properties

SERVES: Final[Mapping[str, tuple[str, ...]]] = {"proxy": ("ProviderProxy",), "ldap": (), "radius": (), "rac": ()}
"""The sorts of providers that a sort of outpost can serve."""
SETTINGS: Final[Mapping[str, tuple[tuple[type, ...], Any]]] = {
    "authentik_host": ((str,), ""),
    "authentik_host_insecure": ((bool,), False),
    "authentik_host_browser": ((str,), ""),
    "log_level": ((str,), "info"),
    "object_naming_template": ((str,), "ak-outpost-%(name)s"),
    "refresh_interval": ((str,), "minutes=5"),
    "container_image": ((str, type(None)), None),
    "docker_network": ((str, type(None)), None),
    "docker_map_ports": ((bool,), True),
    "docker_labels": ((dict, type(None)), None),
    "kubernetes_replicas": ((int,), 1),
    "kubernetes_namespace": ((str,), "default"),
    "kubernetes_ingress_annotations": ((dict,), {}),
    "kubernetes_ingress_secret_name": ((str,), "authentik-outpost-tls"),
    "kubernetes_ingress_class_name": ((str, type(None)), None),
    "kubernetes_ingress_path_type": ((str, type(None)), None),
    "kubernetes_httproute_annotations": ((dict,), {}),
    "kubernetes_httproute_parent_refs": ((list,), []),
    "kubernetes_service_type": ((str,), "ClusterIP"),
    "kubernetes_disabled_components": ((list,), []),
    "kubernetes_image_pull_secrets": ((list,), []),
    "kubernetes_json_patches": ((dict, type(None)), None),
}
"""An outpost's configuration: the types of its values, and its defaults."""


class Outpost(Resource):
    """A proxy beside the server, or anywhere else."""

    id_property = "outpostId"
    schema = Schema(
        token="authentik:index/outpost:Outpost",  # noqa: S106 a type token
        autoname=True,
        inputs={
            "name": text(rule=formats.filled),
            "type": text(default="proxy", choices=tuple(SERVES)),
            "protocolProviders": integers(required=True),
            "serviceConnection": text(),
            "config": json_text(computed=True, remembered=True),
        },
        outputs={"outpostId": text()},
    )

    def admit(self, data: Data, given: Properties, own: str) -> None:
        """Refuse dangling references, providers of another sort, and settings that the server cannot read."""
        super().admit(data, given, own)
        kind = given.get("type", "proxy")
        if not given["protocolProviders"]:
            raise self.refuse({"providers": "This list may not be empty."})
        for number in given["protocolProviders"]:
            held = provider(data, number)
            if held is None:
                raise self.dangling("providers", number, "provider")
            if held[0] not in SERVES[kind]:
                raise self.refuse(
                    {"providers": f"provider {held[1]['name']} is not supported by an outpost of type {kind}"}
                )
        if given.get("serviceConnection"):
            self.needed(data, "ServiceConnectionKubernetes", given["serviceConnection"], "service_connection")
        for problem in _setting_problems(parsed_json(given["config"]) if given.get("config") else {}):
            raise self.refuse({"config": f"Failed to validate config: {problem}"})

    def computed(self, data: Data, given: Properties, own: str, old: Data) -> Data:
        """The server's defaults where nothing is configured."""
        defaults = {key: value for key, (_, value) in SETTINGS.items()} | {"authentik_host": data.get("url", "")}
        config = given.get("config") or old.get("config") or json.dumps(defaults, sort_keys=True)
        return {**super().computed(data, given, own, old), "config": config}


def _setting_problems(config: Mapping[str, Any]) -> Iterator[str]:
    for key, value in config.items():
        types, _ = SETTINGS.get(key, ((), None))
        if not types:
            yield f"{key} is no setting of an outpost: the server would ignore it"
        elif not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            yield f"{key}: expected {' or '.join(kind.__name__ for kind in types)}, was given {value!r}"


class ServiceConnectionKubernetes(Resource):
    """A cluster in which the server may deploy outposts."""

    id_property = "serviceConnectionKubernetesId"
    schema = Schema(
        token="authentik:index/serviceConnectionKubernetes:ServiceConnectionKubernetes",  # noqa: S106 a type token
        autoname=True,
        inputs={
            "name": text(rule=formats.filled),
            "local": flag(default=False),
            "kubeconfig": json_text(default="{}", secret=True),
            "verifySsl": flag(default=True),
        },
        outputs={"serviceConnectionKubernetesId": text()},
    )

    def admit(self, data: Data, given: Properties, own: str) -> None:
        """Refuse a connection to nowhere."""
        super().admit(data, given, own)
        if not given.get("local") and parsed_json(given.get("kubeconfig", "{}")) == {}:
            raise self.refuse(
                {"kubeconfig": "You can only use an empty kubeconfig when connecting to a local cluster."}
            )

    def release(self, data: Data, own: str, live: Data) -> None:
        """Outposts stay, without a place."""
        del live
        for outpost in objects(data, "Outpost").values():
            if outpost.get("serviceConnection") == own:
                del outpost["serviceConnection"]
