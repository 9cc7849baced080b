"""What the live objects say of certificates: who is to have one, what is in its way, and what is in its Secret."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from drills.errors import DrillError
from sandbox import kube
from sandbox.controllers.issuing import parse_date
from sandbox.controllers.objects import decoded
from sandbox.rollouts import condition

CERTIFICATE: Final = ("cert-manager.io/v1", "Certificate")
CHALLENGE: Final = ("acme.cert-manager.io/v1", "Challenge")
LABELS: Final = {"app.kubernetes.io/name": "cert-manager", "app.kubernetes.io/component": "controller"}


def deployment(cluster: kube.Client) -> kube.Object:
    """That of cert-manager's controller.

    Raises:
        DrillError: there is none.
    """
    for workload in cluster.list("apps/v1", "Deployment"):
        if LABELS.items() <= (workload["metadata"].get("labels") or {}).items():
            return workload
    message = f"no Deployment has the labels {LABELS}"
    raise DrillError(message)


def tokens(cluster: kube.Client) -> set[str]:
    """The API tokens by which the ClusterIssuers' solvers change DNS, from the Secrets beside the controller."""
    namespace = deployment(cluster)["metadata"]["namespace"]
    return {
        token
        for issuer in cluster.list("cert-manager.io/v1", "ClusterIssuer")
        for solver in (issuer["spec"].get("acme") or {}).get("solvers") or []
        if (reference := solver.get("dns01", {}).get("cloudflare", {}).get("apiTokenSecretRef"))
        if (secret := cluster.get("v1", "Secret", reference["name"], namespace))
        if (token := decoded(secret, reference["key"]))
    }


def acme_servers(cluster: kube.Client) -> list[str]:
    """The directories of all ClusterIssuers that order by ACME."""
    issuers = cluster.list("cert-manager.io/v1", "ClusterIssuer")
    return [str(issuer["spec"]["acme"]["server"]) for issuer in issuers if "acme" in issuer["spec"]]


@dataclass(frozen=True, kw_only=True)
class Wildcard:
    """A Certificate whose Secret Traefik shows."""

    namespace: str
    name: str
    secret: str
    names: tuple[str, ...]

    @property
    def zone(self) -> str:
        """The zone that it is for."""
        return min((name.removeprefix("*.") for name in self.names), key=len)


def wildcards(cluster: kube.Client) -> list[Wildcard]:
    """The Certificates behind the Secrets of all TLSStores.

    Raises:
        DrillError: a TLSStore names a Secret that no Certificate makes.
    """
    made = {(item["metadata"]["namespace"], item["spec"]["secretName"]): item for item in cluster.list(*CERTIFICATE)}
    return [
        _wildcard(made, store["metadata"]["namespace"], str(entry["secretName"]))
        for store in cluster.list("traefik.io/v1alpha1", "TLSStore")
        for entry in _shown(store)
    ]


def _shown(store: kube.Object) -> list[dict[str, Any]]:
    """What a store shows, each once: the default may be among the others."""
    entries = [store["spec"].get("defaultCertificate"), *(store["spec"].get("certificates") or [])]
    return list({entry["secretName"]: entry for entry in entries if entry}.values())


def _wildcard(made: dict[tuple[str, str], kube.Object], namespace: str, secret: str) -> Wildcard:
    certificate = made.get((namespace, secret))
    if certificate is None:
        message = f"Secret {namespace}/{secret}: no Certificate makes it"
        raise DrillError(message)
    names = tuple(certificate["spec"].get("dnsNames") or [])
    return Wildcard(namespace=namespace, name=certificate["metadata"]["name"], secret=secret, names=names)


def certificate(cluster: kube.Client, wildcard: Wildcard) -> kube.Object:
    """The live Certificate.

    Raises:
        DrillError: it is gone.
    """
    live = cluster.get(*CERTIFICATE, wildcard.name, wildcard.namespace)
    if live is None:
        message = f"Certificate {wildcard.namespace}/{wildcard.name}: not found"
        raise DrillError(message)
    return live


def ready(cluster: kube.Client, wildcard: Wildcard) -> dict[str, Any]:
    """The condition Ready of a Certificate; empty if it has none."""
    return dict(condition(certificate(cluster, wildcard), "Ready"))


def is_ready(cluster: kube.Client, wildcard: Wildcard) -> bool:
    """Whether a Certificate says that it is."""
    return ready(cluster, wildcard).get("status") == "True"


def reasons(cluster: kube.Client, wildcard: Wildcard) -> list[str]:
    """What the challenges of a Certificate say is in their way, each on one line."""
    challenges = cluster.list(*CHALLENGE, wildcard.namespace)
    own = [each for each in challenges if each["spec"]["dnsName"] == wildcard.zone]
    said = [str((each.get("status") or {}).get("reason") or "") for each in own]
    return [" ".join(reason.split()) for reason in said if reason]


def failures(cluster: kube.Client, wildcard: Wildcard) -> list[str]:
    """What cert-manager has said of tries to make the record of a zone that came to nothing."""
    challenges = f"{wildcard.name}-"
    return [
        " ".join(str(event["message"]).split())
        for event in cluster.list("v1", "Event", wildcard.namespace)
        if event["reason"] == "PresentError" and event["involvedObject"]["name"].startswith(challenges)
    ]


def forget(cluster: kube.Client, wildcard: Wildcard) -> None:
    """Take a Certificate's Secret away, so that it is ordered anew."""
    cluster.delete("v1", "Secret", wildcard.secret, wildcard.namespace)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """What is in a TLS Secret."""

    certificate: str
    """The chain, PEM."""
    key: str = field(repr=False)


def pair(cluster: kube.Client, wildcard: Wildcard) -> Pair | None:
    """What is in the Secret of a Certificate; None if it is not there, or has no certificate."""
    secret = cluster.get("v1", "Secret", wildcard.secret, wildcard.namespace)
    certificate_, key = (decoded(secret or {}, name) for name in ("tls.crt", "tls.key"))
    return Pair(certificate=certificate_, key=key or "") if certificate_ else None


@dataclass(frozen=True, kw_only=True)
class Read:
    """What openssl reads in a pair."""

    serial: str
    names: tuple[str, ...]
    begins: datetime
    ends: datetime
    matches: bool
    """Whether the key is that of the certificate."""


@lru_cache(maxsize=64)
def read(given: Pair) -> Read:
    """A pair, read.

    Raises:
        DrillError: its certificate is none.
    """
    text = _openssl(["x509", "-noout", "-serial", "-dates", "-ext", "subjectAltName"], given.certificate)
    lines = {line.partition("=")[0]: line for line in text.splitlines()}
    public = _openssl(["x509", "-noout", "-pubkey"], given.certificate)
    return Read(
        serial=lines["serial"].partition("=")[2],
        names=tuple(sorted(re.findall(r"DNS:([^,\s]+)", text))),
        begins=parse_date(lines["notBefore"]),
        ends=parse_date(lines["notAfter"]),
        matches=_openssl(["pkey", "-pubout"], given.key) == public,
    )


def signed_by(given: Pair, root: bytes) -> bool:
    """Whether a certificate and its chain lead to a root, PEM."""
    with tempfile.TemporaryDirectory() as folder:
        authority, chain = Path(folder, "root.pem"), Path(folder, "chain.pem")
        authority.write_bytes(root)
        chain.write_text(given.certificate)
        command = ["openssl", "verify", "-CAfile", str(authority), "-untrusted", str(chain), str(chain)]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _openssl(arguments: Sequence[str], given: str) -> str:
    done = subprocess.run(["openssl", *arguments], input=given, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        message = f"openssl {arguments[0]}: {(done.stderr.strip().splitlines() or ['it printed nothing'])[-1]}"
        raise DrillError(message)
    return done.stdout
