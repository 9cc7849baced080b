"""Checks of secrets, certificates and what delivers controllers."""

from __future__ import annotations

import base64
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from sandbox import kube
from sandbox.doctor.check import Context, Reference, check
from sandbox.doctor.routes import routed_hosts
from sandbox.doctor.world import condition, label, namespace_of

ISSUER_NAMESPACE: Final = "cert-manager"
"""Where cert-manager looks for the Secrets of a ClusterIssuer."""
ANYWHERE: Final = "*"


@check("OnePasswordItem -> vault item")
def items(context: Context) -> Iterator[Reference]:
    """The item is one of the stack's, and its Secret was made."""
    known = {
        f"vaults/{item.properties.get('vault')}/items/{item.properties.get('uuid')}"
        for item in context.world.of_type("Item")
    }
    for item in context.world.all("OnePasswordItem"):
        path = item["spec"]["itemPath"]
        yield Reference(label(item), path, "" if path in known else "the stack has no such item in 1Password")
        name = item["metadata"]["name"]
        synced = context.world.get("Secret", name, namespace_of(item))
        problem = "" if synced else "the operator has not made it: look at the item's status"
        yield Reference(label(item), f"Secret {namespace_of(item)}/{name}", problem)


@check("issuer -> token")
def issuers(context: Context) -> Iterator[Reference]:
    """The Secret that proves to Cloudflare who asks."""
    for issuer in context.world.all("ClusterIssuer"):
        for solver in issuer["spec"].get("acme", {}).get("solvers", []):
            token = solver.get("dns01", {}).get("cloudflare", {}).get("apiTokenSecretRef")
            if not token:
                continue
            secret = context.world.get("Secret", token["name"], ISSUER_NAMESPACE)
            found = secret is not None and token["key"] in (secret.get("data") or {})
            target = f"Secret {ISSUER_NAMESPACE}/{token['name']} key {token['key']}"
            yield Reference(label(issuer), target, "" if found else "missing: no certificate can be ordered or renewed")


@check("certificate -> issuer")
def certificates(context: Context) -> Iterator[Reference]:
    """The issuer exists and is ready, and its solver covers the names."""
    for certificate in context.world.all("Certificate"):
        name = certificate["spec"]["issuerRef"]["name"]
        issuer = context.world.get("ClusterIssuer", name)
        target = f"ClusterIssuer {name}"
        if issuer is None:
            yield Reference(label(certificate), target, "there is no such issuer")
            continue
        yield Reference(label(certificate), target, "" if condition(issuer, "Ready") else "the issuer is not ready")
        zones = [
            zone
            for solver in issuer["spec"].get("acme", {}).get("solvers", [])
            for zone in solver.get("selector", {}).get("dnsZones", [ANYWHERE])
        ]
        for host in certificate["spec"]["dnsNames"]:
            covered = any(zone == ANYWHERE or f".{host}".endswith(f".{zone}") for zone in zones)
            yield Reference(label(certificate), host, "" if covered else f"{name} solves for {', '.join(zones)} only")


@check("TLS store -> certificate")
def tls_secrets(context: Context) -> Iterator[Reference]:
    """The Secret exists, is a TLS Secret and has not ended."""
    for store in context.world.all("TLSStore"):
        for name in _store_secrets(store):
            target = f"Secret {namespace_of(store)}/{name}"
            secret = context.world.get("Secret", name, namespace_of(store))
            if secret is None or secret.get("type") != "kubernetes.io/tls":
                yield Reference(
                    label(store), target, "there is no such TLS Secret: Traefik shows a certificate of its own"
                )
                continue
            end = _read(secret)[1]
            problem = "" if end > context.now else f"it ended on {end:%Y-%m-%d}: look at its Certificate"
            yield Reference(label(store), target, problem)


@check("host -> certificate that covers it")
def covered_hosts(context: Context) -> Iterator[Reference]:
    """A browser accepts what Traefik shows for each of its hosts."""
    names = [
        name
        for store in context.world.all("TLSStore")
        for secret_name in _store_secrets(store)
        if (secret := context.world.get("Secret", secret_name, namespace_of(store)))
        and secret.get("type") == "kubernetes.io/tls"
        for name in _read(secret)[0]
    ]
    for host, route in routed_hosts(context.world).items():
        wildcard = f"*.{host.partition('.')[2]}"
        found = host in names or wildcard in names
        yield Reference(label(route), host, "" if found else "no certificate of the TLS store covers it")


def _store_secrets(store: kube.Object) -> list[str]:
    spec = store["spec"]
    entries = [spec.get("defaultCertificate", {}), *spec.get("certificates", [])]
    return [entry["secretName"] for entry in entries if "secretName" in entry]


def _read(secret: kube.Object) -> tuple[list[str], datetime]:
    """The names in a certificate, and when it ends; no names and the beginning of time if it cannot be read."""
    done = subprocess.run(
        ["openssl", "x509", "-noout", "-enddate", "-ext", "subjectAltName"],
        input=base64.b64decode(secret["data"]["tls.crt"]),
        check=False,
        capture_output=True,
    )
    text = done.stdout.decode()
    end = re.search(r"notAfter=(.+) GMT", text)
    if done.returncode != 0 or end is None:
        return [], datetime.min.replace(tzinfo=UTC)
    ends = datetime.strptime(end[1], "%b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    return re.findall(r"DNS:([^,\s]+)", text), ends


@check("application -> project")
def applications(context: Context) -> Iterator[Reference]:
    """The project exists and permits the repository, and the chart is there and healthy."""
    for application in context.world.all("Application"):
        spec = application["spec"]
        project = context.world.get("AppProject", spec["project"], namespace_of(application))
        target = f"AppProject {spec['project']}"
        if project is None:
            yield Reference(label(application), target, "there is no such project")
            continue
        repository = spec["source"]["repoURL"]
        allowed = project["spec"].get("sourceRepos", [])
        problem = "" if repository in allowed or ANYWHERE in allowed else f"the project does not permit {repository}"
        yield Reference(label(application), target, problem)
        status = application.get("status") or {}
        sync = (status.get("sync") or {}).get("status", "unknown")
        health = (status.get("health") or {}).get("status", "unknown")
        good = (sync, health) == ("Synced", "Healthy")
        yield Reference(label(application), "Synced and Healthy", "" if good else f"it is {sync} and {health}")
