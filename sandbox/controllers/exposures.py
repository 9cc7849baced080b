"""What an Ingress of the tunnel's class asks for: one rule of the tunnel's configuration for each host and path.

Not covered: the annotation `disable-dns-management`, which came after version 0.0.21.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

PREFIX: Final = "cloudflare-tunnel-ingress-controller.strrl.dev"
PATH_TYPES: Final = ("Prefix", "ImplementationSpecific")

FindService = Callable[[str, str], Mapping[str, Any] | None]
"""A Service by namespace and name."""


class ExposureError(Exception):
    """Why an Ingress is left out."""


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """One host and path that the tunnel serves."""

    host: str
    path: str
    service: str
    """Where cloudflared sends requests: scheme, address, port."""
    origin: Mapping[str, Any]
    """Settings of cloudflared's requests, by the property names of the tunnel's configuration."""

    def rule(self) -> dict[str, Any]:
        """The rule in the tunnel's configuration."""
        rule: dict[str, Any] = {"hostname": self.host, "service": self.service}
        if self.path:
            rule["path"] = self.path
        if self.origin:
            rule["originRequest"] = dict(self.origin)
        return rule


def of_ingress(ingress: Mapping[str, Any], find: FindService) -> list[Exposure]:
    """Every exposure of an Ingress; ExposureError, as the controller words it, if any part of it is not possible."""
    meta = ingress["metadata"]
    where = f"{meta['namespace']}/{meta['name']}"
    notes = meta.get("annotations") or {}
    scheme = notes.get(f"{PREFIX}/backend-protocol", "http")
    found = []
    for rule in ingress["spec"].get("rules") or []:
        if not rule.get("host"):
            raise ExposureError(f"host in ingress {where} is empty")
        for path in (rule.get("http") or {}).get("paths") or []:
            if path.get("pathType") not in PATH_TYPES:
                raise ExposureError(f"path type in ingress {where} is {path.get('pathType')}, which is not supported")
            service = path["backend"]["service"]
            target = f"{scheme}://{_address(service, meta['namespace'], find)}"
            served = "" if scheme == "ssh" else path.get("path", "")
            found.append(Exposure(host=rule["host"], path=served, service=target, origin=_origin(notes)))
    return found


def _address(backend: Mapping[str, Any], namespace: str, find: FindService) -> str:
    name = f"{namespace}/{backend['name']}"
    service = find(namespace, backend["name"])
    if service is None:
        raise ExposureError(f"fetch service {name}: not found")
    spec = service["spec"]
    if spec.get("clusterIP") == "None":
        raise ExposureError(f"service {name} has None for cluster ip, headless service is not supported")
    port = backend["port"].get("number")
    wanted = backend["port"].get("name")
    if wanted:
        port = next((entry["port"] for entry in spec["ports"] if entry.get("name") == wanted), None)
        if port is None:
            raise ExposureError(f"service {name} has no port named {wanted}")
    return f"{backend['name']}.{namespace}.svc.cluster.local:{port}"


def _origin(notes: Mapping[str, str]) -> dict[str, Any]:
    origin: dict[str, Any] = {}
    verify = notes.get(f"{PREFIX}/proxy-ssl-verify")
    if verify not in (None, "on", "off"):
        raise ExposureError(f'invalid value for annotation {PREFIX}/proxy-ssl-verify, available values: "on" or "off"')
    if verify:
        origin["noTlsVerify"] = verify == "off"
    if f"{PREFIX}/http-host-header" in notes:
        origin["httpHostHeader"] = notes[f"{PREFIX}/http-host-header"]
    if f"{PREFIX}/origin-server-name" in notes:
        origin["originServerName"] = notes[f"{PREFIX}/origin-server-name"]
    return origin
