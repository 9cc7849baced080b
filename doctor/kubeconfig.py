"""Reads a kubeconfig: where the API server is, and who asks."""

from __future__ import annotations

import base64
import json
import os
import ssl
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import urllib3
import yaml

NOT_UNDERSTOOD: Final = ("auth-provider", "username", "as")
"""Ways to identify oneself that would be left out in silence otherwise."""

EXEC_SECONDS: Final = 60
"""How long a credential command may take."""


@dataclass(frozen=True, kw_only=True)
class Connection:
    """One context of a kubeconfig."""

    server: str
    tls: ssl.SSLContext
    headers: Mapping[str, str]
    """What tells the server who asks, if the client certificate does not."""
    namespace: str


def parse(text: str, context: str | None = None, folder: Path | None = None) -> Connection:
    """The named context, or the current one; relative files are looked up in `folder`.

    Raises:
        LookupError: something that is named is not there.
        ValueError: a way to identify oneself is not understood, or its command failed.
    """
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
    if "exec" in user:
        user = _asked(user["exec"], folder)
    for key in NOT_UNDERSTOOD:
        if key in user:
            message = f"user {entry['user']!r} has {key}: expected a token, a client certificate or exec"
            raise ValueError(message)
    token = _text(user, "tokenFile", folder) or user.get("token")
    _client_certificate(tls, user, folder)
    return Connection(
        server=cluster["server"].rstrip("/"),
        tls=tls,
        headers={"Authorization": f"Bearer {token.strip()}"} if token else {},
        namespace=entry.get("namespace") or "default",
    )


def default_path() -> Path:
    """Where a kubeconfig is if nobody says: the first file of KUBECONFIG, or the user's own."""
    first = os.environ.get("KUBECONFIG", "").split(os.pathsep)[0]
    return Path(first) if first else Path.home() / ".kube" / "config"


def _named(entries: list[dict[str, Any]], name: str, what: str) -> dict[str, Any]:
    for entry in entries:
        if entry["name"] == name:
            return entry
    known = ", ".join(entry["name"] for entry in entries) or "none"
    raise LookupError(f"kubeconfig has no {what} {name!r}; known: {known}")


def _pem(entry: Mapping[str, Any], key: str, folder: Path | None) -> str | None:
    data = entry.get(f"{key}-data")
    if data:
        return base64.b64decode(data).decode()
    return _text(entry, key, folder)


def _text(entry: Mapping[str, Any], key: str, folder: Path | None) -> str | None:
    """The text of the file that a key names."""
    return ((folder or Path()) / entry[key]).read_text() if entry.get(key) else None


def _asked(call: Mapping[str, Any], folder: Path | None) -> dict[str, Any]:
    """The user that a credential command answers with, in the words of a kubeconfig."""
    command = call["command"]
    # As kubectl has it: a path is relative to the kubeconfig, a bare name is looked up on PATH.
    program = str((folder or Path()) / command) if "/" in command else command
    asked = {"apiVersion": call["apiVersion"], "kind": "ExecCredential", "spec": {"interactive": False}}
    given = {item["name"]: item["value"] for item in call.get("env") or []}
    environment = {**os.environ, **given, "KUBERNETES_EXEC_INFO": json.dumps(asked)}
    done = subprocess.run(
        [program, *(call.get("args") or [])],
        check=False,
        capture_output=True,
        env=environment,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=EXEC_SECONDS,
    )
    if done.returncode != 0:
        message = f"{command} gives no credentials: {done.stderr.strip() or f'exit code {done.returncode}'}"
        raise ValueError(message)
    status = json.loads(done.stdout)["status"]
    found = {"token": status.get("token")}
    for theirs, ours in (("clientCertificateData", "client-certificate"), ("clientKeyData", "client-key")):
        if status.get(theirs):
            found[f"{ours}-data"] = base64.b64encode(status[theirs].encode()).decode()
    return found


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
