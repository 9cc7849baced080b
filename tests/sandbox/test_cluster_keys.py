from __future__ import annotations

import ssl
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

from sandbox import cluster, kube
from sandbox.cluster import CONTEXT
from sandbox.errors import SandboxError
from sandbox.paths import Sandbox

REPOSITORY = Path(cluster.__file__).parent.parent


def verified(certificate: Path, authority: Path, *options: str) -> bool:
    command = ["openssl", "verify", "-CAfile", str(authority), *options, str(certificate)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def test_the_servers_certificate_is_good_for_loopback_and_for_nothing_else(made: Sandbox) -> None:
    certificate, authority = made.pki / "apiserver.crt", made.pki / "ca.crt"
    assert verified(certificate, authority, "-verify_ip", "127.0.0.1")
    assert verified(certificate, authority, "-verify_hostname", "localhost")
    assert not verified(certificate, authority, "-verify_ip", "192.168.1.11")
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, made.pki / "apiserver.key")


def test_secrets_are_their_owners_alone(made: Sandbox) -> None:
    assert stat.S_IMODE(made.pki.stat().st_mode) == 0o700
    for path in (made.kubeconfig, made.pki / "tokens.csv", *made.pki.glob("*.key")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_the_kubeconfig_has_the_context_of_the_stack_file_and_checks_the_server(made: Sandbox) -> None:
    stack = yaml.safe_load((REPOSITORY / "Pulumi.homelab.yaml").read_text())["config"]
    assert stack["homelab:cluster"]["context"] == CONTEXT
    client = kube.Client.from_text(made.kubeconfig.read_text(), CONTEXT)
    assert client.server == "https://127.0.0.1:6443"
    assert client.pool.connection_pool_kw["ssl_context"].verify_mode == ssl.CERT_REQUIRED


def test_the_administrators_token_is_the_one_that_the_server_knows(made: Sandbox) -> None:
    (line,) = (made.pki / "tokens.csv").read_text().splitlines()
    token, _user, _uid, groups = line.split(",")
    assert len(token) == 48
    assert groups == '"system:masters"'
    client = kube.Client.from_text(made.kubeconfig.read_text())
    assert client.headers["Authorization"] == f"Bearer {token}"


def test_openssl_has_to_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError, match=r"^openssl: not found; install it"):
        cluster.openssl(tmp_path, "version")


def test_what_openssl_refuses_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match=r"^openssl x509: "):
        cluster.openssl(tmp_path, "x509", "-in", "missing.crt")
