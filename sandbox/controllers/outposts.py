"""The objects that Authentik makes in the cluster for an outpost on a Kubernetes connection.

Not covered: JSON patches, image pull secrets, ServiceMonitors, Gateway API routes, outposts other than proxies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from sandbox import kube
from sandbox.controllers.objects import encode
from sandbox.plugins.accounts.account import Data, objects

FORWARDING: Final = ("forward_single", "forward_domain")
HEADERS: Final = (
    "X-authentik-username",
    "X-authentik-groups",
    "X-authentik-entitlements",
    "X-authentik-email",
    "X-authentik-name",
    "X-authentik-uid",
    "X-authentik-jwt",
    "X-authentik-meta-jwks",
    "X-authentik-meta-outpost",
    "X-authentik-meta-provider",
    "X-authentik-meta-app",
    "X-authentik-meta-version",
)
"""As Authentik writes them into a middleware of its own: a second time on purpose, to compare the program's with."""
IMAGE_BASE: Final = "ghcr.io/goauthentik/%(type)s:%(version)s"
"""The server's default."""
PATH: Final = "/outpost.goauthentik.io"
PORTS: Final = {"http": 9000, "http-metrics": 9300, "https": 9443}


@dataclass(frozen=True, kw_only=True)
class Outpost:
    """An outpost as far as its objects in the cluster depend on it."""

    uuid: str
    name: str
    config: Mapping[str, Any]
    providers: tuple[Mapping[str, Any], ...]
    """Its proxy providers."""
    namespace: str
    version: str
    image_base: str = IMAGE_BASE
    """What the server's AUTHENTIK_OUTPOSTS__CONTAINER_IMAGE_BASE says, a registry's mirror for example."""

    @property
    def image(self) -> str:
        """What its pods run: its own setting comes before the server's."""
        own = self.config.get("container_image")
        # As the server fills it in. The build is that of an unreleased server only.
        return str(own or self.image_base % {"type": "proxy", "version": self.version, "build_hash": ""})

    @property
    def slug(self) -> str:
        """Its name as names of objects have it."""
        return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", self.name.lower())).strip("-_")

    @property
    def object_name(self) -> str:
        """The name of everything that is made for it."""
        template = str(self.config.get("object_naming_template") or "ak-outpost-%(name)s")
        return (template % {"name": self.slug, "uuid": self.uuid.replace("-", "")}).lower()

    @property
    def disabled(self) -> frozenset[str]:
        """The sorts of objects that it does without."""
        return frozenset(self.config.get("kubernetes_disabled_components") or ())

    def labels(self) -> dict[str, str]:
        """The labels of everything that is made for it."""
        return {
            "app.kubernetes.io/instance": self.slug,
            "app.kubernetes.io/managed-by": "goauthentik.io",
            "app.kubernetes.io/name": "authentik-proxy",
            "app.kubernetes.io/version": self.version,
            **self._own_labels(),
        }

    def selector(self) -> dict[str, str]:
        """The labels by which its pods are selected."""
        named = {"app.kubernetes.io/name": "authentik-outpost-proxy", "app.kubernetes.io/managed-by": "goauthentik.io"}
        return {**named, **self._own_labels()}

    def _own_labels(self) -> dict[str, str]:
        return {
            "goauthentik.io/outpost-name": self.slug,
            "goauthentik.io/outpost-type": "proxy",
            "goauthentik.io/outpost-uuid": self.uuid.replace("-", ""),
        }


def of_account(data: Data, *, namespace: str, version: str, image_base: str = IMAGE_BASE) -> list[Outpost]:
    """The account's proxy outposts whose connection is to the cluster that the server runs in."""
    known = objects(data, "ServiceConnectionKubernetes")
    local = {own for own, connection in known.items() if connection.get("local")}
    providers = objects(data, "ProviderProxy")
    found = []
    for own, outpost in objects(data, "Outpost").items():
        if outpost.get("type") != "proxy" or outpost.get("serviceConnection") not in local:
            continue
        config = json.loads(outpost.get("config") or "{}")
        served = tuple(providers[key] for key in map(_key, outpost.get("protocolProviders") or ()) if key in providers)
        found.append(
            Outpost(
                uuid=str(own),
                name=outpost["name"],
                config=config,
                providers=served,
                namespace=config.get("kubernetes_namespace") or namespace,
                version=version,
                image_base=image_base,
            )
        )
    return found


def _key(identifier: Any) -> str:
    """A provider's key: the program writes ids as numbers, JSON maps have text."""
    return str(int(identifier)) if isinstance(identifier, float) else str(identifier)


def manifests(outpost: Outpost, *, token: str, with_middleware: bool) -> list[kube.Object]:
    """Everything that is made for an outpost with the server's token for it.

    The middleware is made only where Traefik's kind is known.
    """
    meta = {"name": outpost.object_name, "namespace": outpost.namespace, "labels": outpost.labels()}
    made: dict[str, kube.Object] = {
        "secret": _secret(outpost, meta, token),
        "deployment": _deployment(outpost, meta),
        "service": _service(outpost, meta),
    }
    hosts = [urlsplit(str(provider.get("externalHost", ""))).hostname for provider in outpost.providers]
    if any(hosts):
        made["ingress"] = _ingress(outpost, meta, [host for host in hosts if host])
    if with_middleware and any(provider.get("mode") in FORWARDING for provider in outpost.providers):
        made["traefik middleware"] = _middleware(outpost, meta)
    return [obj for sort, obj in made.items() if sort not in outpost.disabled]


def _secret(outpost: Outpost, meta: kube.Object, token: str) -> kube.Object:
    config = outpost.config
    data = {
        "authentik_host": str(config.get("authentik_host", "")),
        "authentik_host_browser": str(config.get("authentik_host_browser", "")),
        "authentik_host_insecure": str(bool(config.get("authentik_host_insecure", False))),
        "token": token,
    }
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": encode(data)}


def _deployment(outpost: Outpost, meta: kube.Object) -> kube.Object:
    keys = {
        "AUTHENTIK_HOST": "authentik_host",
        "AUTHENTIK_HOST_BROWSER": "authentik_host_browser",
        "AUTHENTIK_TOKEN": "token",
        "AUTHENTIK_INSECURE": "authentik_host_insecure",
    }
    proxy = {
        "name": "proxy",
        "image": outpost.image,
        "ports": [{"name": name, "containerPort": port, "protocol": "TCP"} for name, port in PORTS.items()],
        "env": [
            {"name": name, "valueFrom": {"secretKeyRef": {"name": outpost.object_name, "key": key}}}
            for name, key in keys.items()
        ],
        "securityContext": {
            "runAsNonRoot": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    labels = {**outpost.selector(), "app": "authentik-outpost", "app.kubernetes.io/version": outpost.version}
    pod = {"containers": [proxy], "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}}
    spec = {
        "replicas": int(outpost.config.get("kubernetes_replicas", 1)),
        "selector": {"matchLabels": outpost.selector()},
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}


def _service(outpost: Outpost, meta: kube.Object) -> kube.Object:
    listening = [{"name": name, "port": port, "targetPort": port, "protocol": "TCP"} for name, port in PORTS.items()]
    kind = str(outpost.config.get("kubernetes_service_type") or "ClusterIP")
    spec = {"type": kind, "selector": outpost.selector(), "ports": listening}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}


def _ingress(outpost: Outpost, meta: kube.Object, hosts: Iterable[str]) -> kube.Object:
    modes = {urlsplit(str(p.get("externalHost", ""))).hostname: p.get("mode") for p in outpost.providers}
    rules = []
    for host in hosts:
        path = PATH if modes[host] in FORWARDING else "/"
        backend = {"service": {"name": outpost.object_name, "port": {"name": "http"}}}
        rules.append({"host": host, "http": {"paths": [{"path": path, "pathType": "Prefix", "backend": backend}]}})
    notes = {
        "traefik.ingress.kubernetes.io/router.tls": "true",
        **{key: str(value) for key, value in (outpost.config.get("kubernetes_ingress_annotations") or {}).items()},
    }
    spec: kube.Object = {"rules": rules}
    if outpost.config.get("kubernetes_ingress_class_name"):
        spec["ingressClassName"] = outpost.config["kubernetes_ingress_class_name"]
    noted = {**meta, "annotations": notes}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": noted, "spec": spec}


def _middleware(outpost: Outpost, meta: kube.Object) -> kube.Object:
    address = f"http://{outpost.object_name}.{outpost.namespace}:9000{PATH}/auth/traefik"
    forward = {"address": address, "authResponseHeaders": list(HEADERS), "trustForwardHeader": True}
    spec = {"forwardAuth": forward}
    return {"apiVersion": "traefik.io/v1alpha1", "kind": "Middleware", "metadata": meta, "spec": spec}
