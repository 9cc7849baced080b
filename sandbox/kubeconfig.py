"""Reads a kubeconfig: where the API server is, and who asks."""

from __future__ import annotations

import base64
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3
import yaml


@dataclass(frozen=True, kw_only=True)
class Connection:
    """One context of a kubeconfig."""

    server: str
    tls: ssl.SSLContext
    headers: Mapping[str, str]
    """What tells the server who asks, if the client certificate does not."""
    namespace: str


def parse(text: str, context: str | None = None, folder: Path | None = None) -> Connection:
    """The named context, or the current one; relative files are looked up in `folder`. LookupError names what lacks."""
    config = yaml.safe_load(text)
    chosen = context or config["current-context"]
    entry = _named(config["contexts"], chosen, "context")["context"]
    cluster = _named(config["clusters"], entry["cluster"], "cluster")["cluster"]
    user = _named(config["users"], entry["user"], "user")["user"]
    tls = ssl.create_default_context(cadata=_pem(cluster, "certificate-authority", folder))
    if cluster.get("insecure-skip-tls-verify"):
        tls.check_hostname = False
        tls.verify_mode = ssl.CERT_NONE
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # it was asked for
    _client_certificate(tls, user, folder)
    return Connection(
        server=cluster["server"].rstrip("/"),
        tls=tls,
        headers={"Authorization": f"Bearer {user['token']}"} if "token" in user else {},
        namespace=entry.get("namespace") or "default",
    )


def _named(entries: list[dict[str, Any]], name: str, what: str) -> dict[str, Any]:
    for entry in entries:
        if entry["name"] == name:
            return entry
    known = ", ".join(entry["name"] for entry in entries) or "none"
    raise LookupError(f"kubeconfig has no {what} {name!r}; known: {known}")


def _pem(entry: Mapping[str, Any], key: str, folder: Path | None) -> str | None:
    data, file = entry.get(f"{key}-data"), entry.get(key)
    if data:
        return base64.b64decode(data).decode()
    return ((folder or Path()) / file).read_text() if file else None


def _client_certificate(tls: ssl.SSLContext, user: Mapping[str, Any], folder: Path | None) -> None:
    certificate = _pem(user, "client-certificate", folder)
    key = _pem(user, "client-key", folder)
    if certificate is None or key is None:
        return
    # ssl loads a client certificate from a file only.
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(certificate + "\n" + key)
        file.flush()
        tls.load_cert_chain(file.name)
