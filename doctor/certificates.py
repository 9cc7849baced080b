"""Checks of certificates, from the token that proves the domain to the host that shows them."""

from __future__ import annotations

import base64
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from doctor import kube
from doctor.check import Context, Reference, check, unless
from doctor.errors import DoctorError
from doctor.snapshot import Snapshot, condition
from policy.objects import hosts_of, label, namespace_of

ISSUER_NAMESPACE: Final = "cert-manager"
"""Where cert-manager looks for the Secrets of a ClusterIssuer."""
TLS: Final = "kubernetes.io/tls"
DEFAULT: Final = "default"
"""Name of the TLSStore that every route uses which names no Secret."""


@check("issuer -> token")
def issuers(context: Context) -> Iterator[Reference]:
    """The Secret that proves to Cloudflare who asks."""
    for issuer in context.snapshot.all("ClusterIssuer"):
        for solver in _solvers(issuer):
            token = solver.get("dns01", {}).get("cloudflare", {}).get("apiTokenSecretRef")
            if not token:
                continue
            secret = context.snapshot.get("Secret", token["name"], ISSUER_NAMESPACE)
            found = secret is not None and token["key"] in (secret.get("data") or {})
            target = f"Secret {ISSUER_NAMESPACE}/{token['name']} key {token['key']}"
            problem = unless(
                found,
                "it is missing, so no certificate can be ordered or renewed",
                f"look at the status of OnePasswordItem {ISSUER_NAMESPACE}/{token['name']}, or correct the issuer",
            )
            yield Reference(label(issuer), target, *problem)


def _solvers(issuer: kube.Object) -> list[Mapping[str, Any]]:
    return list(issuer["spec"].get("acme", {}).get("solvers") or [])


@check("certificate -> issuer")
def certificates(context: Context) -> Iterator[Reference]:
    """The issuer exists and is ready, and its solver covers the names."""
    for certificate in context.snapshot.all("Certificate"):
        reference = certificate["spec"]["issuerRef"]
        kind = reference.get("kind", "Issuer")
        if kind != "ClusterIssuer":
            continue  # a chart's own affair: cert-manager reports it by the certificate's status
        name = reference["name"]
        issuer = context.snapshot.get(kind, name)
        target = f"{kind} {name}"
        if issuer is None:
            yield Reference(
                label(certificate), target, "there is no such issuer", "`pulumi up --refresh` makes the stack's anew"
            )
            continue
        ready = condition(issuer, "Ready")
        yield Reference(label(certificate), target, *unless(ready, "the issuer is not ready", "look at its status"))
        for host in certificate["spec"].get("dnsNames") or []:
            covered = not _solvers(issuer) or any(_solves(solver, host) for solver in _solvers(issuer))
            problem = unless(covered, f"no solver of {name} is for it", "add its zone to the zones of the stack file")
            yield Reference(label(certificate), f"{target} for {host}", *problem)


def _solves(solver: Mapping[str, Any], host: str) -> bool:
    selector = solver.get("selector") or {}
    names, zones = selector.get("dnsNames") or [], selector.get("dnsZones") or []
    return (not names and not zones) or host in names or any(f".{host}".endswith(f".{zone}") for zone in zones)


@check("certificate -> Secret")
def issued(context: Context) -> Iterator[Reference]:
    """The certificate was issued, and is where it was asked for; if not, with what a challenge says is in the way."""
    for certificate in context.snapshot.all("Certificate"):
        name = certificate["spec"]["secretName"]
        found = context.snapshot.get("Secret", name, namespace_of(certificate))
        good = found and condition(certificate, "Ready")
        reason = _obstacle(context.snapshot, certificate)
        fault = f"it is not issued: {reason}" if reason else "it is not issued"
        advice = "correct what is named there; cert-manager tries again by itself, after half an hour at the longest"
        problem = unless(good, fault, advice if reason else "look at the certificate's status")
        yield Reference(label(certificate), f"Secret {namespace_of(certificate)}/{name}", *problem)


def _obstacle(snapshot: Snapshot, certificate: kube.Object) -> str:
    """What is in the way of proving a certificate's names, on one line: its own status does not say it."""
    names = {name.removeprefix("*.") for name in certificate["spec"].get("dnsNames") or []}
    issuer = certificate["spec"]["issuerRef"]["name"]
    for challenge in snapshot.within("Challenge", namespace_of(certificate)):
        spec = challenge["spec"]
        reason = (challenge.get("status") or {}).get("reason")
        if reason and spec["dnsName"] in names and spec["issuerRef"]["name"] == issuer:
            return " ".join(str(reason).split())
    return ""


@check("TLS -> certificate")
def tls_secrets(context: Context) -> Iterator[Reference]:
    """The Secret that a store, a route or an Ingress shows exists, is a TLS Secret and has not ended."""
    owners = [
        (owner, name)
        for kind in ("TLSStore", "IngressRoute", "Ingress")
        for owner in context.snapshot.all(kind)
        for name in _secrets_of(owner)
    ]
    for owner, name in owners:
        target = f"Secret {namespace_of(owner)}/{name}"
        secret = context.snapshot.get("Secret", name, namespace_of(owner))
        if secret is None or secret.get("type") != TLS:
            advice = f"look at the Certificate that is to make it: `kubectl -n {namespace_of(owner)} get certificates`"
            shown = "a certificate of its own" if owner["kind"] == "TLSStore" else "the default certificate"
            problem = f"there is no such TLS Secret, so Traefik shows {shown}", advice
        else:
            read = _read(secret)
            ended = f"it ended on {read.ends:%Y-%m-%d}"
            problem = unless(read.ends > context.now, ended, "look at its Certificate, which should have renewed it")
            if not read.names:
                advice = "delete the Secret: cert-manager orders another certificate for it"
                problem = "its certificate cannot be read, or names no host", advice
        yield Reference(label(owner), target, *problem)


@check("route -> certificate that covers its host")
def covered_hosts(context: Context) -> Iterator[Reference]:
    """A browser accepts what Traefik shows for each host."""
    shared = [name for store in context.snapshot.all("TLSStore") for name in _names(context.snapshot, store)]
    for route in context.snapshot.all("IngressRoute"):
        if "tls" not in route["spec"]:
            continue
        names = _names(context.snapshot, route) or shared
        for host in hosts_of(route):
            found = host in names or f"*.{host.partition('.')[2]}" in names
            problem = unless(
                found,
                "no certificate that Traefik has covers it, so browsers refuse it",
                "choose a host directly below a zone, or add its zone to the zones of the stack file",
            )
            yield Reference(label(route), host, *problem)


@check("route -> TLS option")
def tls_options(context: Context) -> Iterator[Reference]:
    """The TLS settings that a route names exist; one that names none uses `default`, which Traefik has anyway."""
    for route in context.snapshot.all("IngressRoute"):
        option = (route["spec"].get("tls") or {}).get("options")
        if option:
            namespace = option.get("namespace", namespace_of(route))
            found = context.snapshot.get("TLSOption", option["name"], namespace)
            problem = unless(
                found,
                "there is no such TLSOption, so Traefik closes the connection before anything is asked",
                "correct the name, or take it away: a route without one uses the TLSOption `default`",
            )
            yield Reference(label(route), f"TLSOption {namespace}/{option['name']}", *problem)


def _names(snapshot: Snapshot, owner: kube.Object) -> list[str]:
    """The names in the certificates that something shows."""
    found = [snapshot.get("Secret", name, namespace_of(owner)) for name in _secrets_of(owner)]
    return [name for secret in found if secret and secret.get("type") == TLS for name in _read(secret).names]


def _secrets_of(owner: kube.Object) -> list[str]:
    spec = owner["spec"]
    if owner["kind"] == "TLSStore":
        entries = [spec.get("defaultCertificate") or {}, *(spec.get("certificates") or [])]
    elif owner["kind"] == "Ingress":
        entries = spec.get("tls") or []
    else:
        entries = [spec.get("tls") or {}]
    return [entry["secretName"] for entry in entries if entry.get("secretName")]


@dataclass(frozen=True)
class _Certificate:
    names: tuple[str, ...]
    ends: datetime


def _read(secret: kube.Object) -> _Certificate:
    return _parsed(str((secret.get("data") or {}).get("tls.crt", "")))


@lru_cache(maxsize=256)
def _parsed(encoded: str) -> _Certificate:
    """The names in a certificate, and when it ends; no names and the beginning of time if it cannot be read."""
    try:
        done = subprocess.run(
            ["openssl", "x509", "-noout", "-enddate", "-ext", "subjectAltName"],
            input=base64.b64decode(encoded),
            check=False,
            capture_output=True,
        )
    except FileNotFoundError as error:
        message = "openssl is not on PATH: install it, the wiring check reads certificates with it"
        raise DoctorError(message) from error
    text = done.stdout.decode(errors="replace")
    end = re.search(r"notAfter=(.+) GMT", text)
    if done.returncode != 0 or end is None:
        return _Certificate((), datetime.min.replace(tzinfo=UTC))
    ends = datetime.strptime(end[1], "%b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    return _Certificate(tuple(re.findall(r"DNS:([^,\s]+)", text)), ends)
