"""Makes key pairs with the `openssl` program, as a certificate authority would sign them: here each signs itself."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

CURVES: Final = {256: "prime256v1", 384: "secp384r1", 521: "secp521r1"}
TIMEOUT_SECONDS: Final = 30


class IssueError(Exception):
    """No key pair could be made: what openssl said."""


@dataclass(frozen=True, kw_only=True)
class KeyPair:
    """A certificate and its key, both PEM, and when it is valid."""

    certificate: str
    key: str
    not_before: datetime
    not_after: datetime


def make(names: Sequence[str], *, common_name: str, days: int, algorithm: str = "RSA", size: int = 0) -> KeyPair:
    """A key pair for DNS names, if any, valid from now for so many days. `algorithm` is RSA, ECDSA or Ed25519."""
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = Path(folder, "key.pem"), Path(folder, "crt.pem")
        alternatives = ",".join(f"DNS:{name}" for name in names)
        extension = ["-addext", f"subjectAltName={alternatives}"] if names else []
        _openssl(
            "req",
            "-x509",
            "-newkey",
            *_new_key(algorithm, size),
            "-nodes",
            "-keyout",
            str(key),
            "-out",
            str(certificate),
            "-days",
            str(days),
            "-subj",
            # A common name longer than 64 characters is no valid one; the names that count are the alternative ones.
            f"/CN={common_name[:64]}",
            *extension,
        )
        dates = _openssl("x509", "-in", str(certificate), "-noout", "-startdate", "-enddate").splitlines()
        return KeyPair(
            certificate=certificate.read_text(),
            key=key.read_text(),
            not_before=parse_date(dates[0]),
            not_after=parse_date(dates[1]),
        )


def private_key() -> str:
    """A key alone, PEM, such as an ACME account has: cert-manager takes none for it that is not RSA."""
    return _openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")


def parse_date(line: str) -> datetime:
    """The time in a line of openssl's such as `notAfter=Feb 21 12:00:00 2027 GMT`."""
    text = line.partition("=")[2].strip()
    return datetime.strptime(text, "%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC)


def _new_key(algorithm: str, size: int) -> list[str]:
    if algorithm == "ECDSA":
        return ["ec", "-pkeyopt", f"ec_paramgen_curve:{CURVES[size or 256]}"]
    if algorithm == "Ed25519":
        return ["ed25519"]
    return [f"rsa:{size or 2048}"]


def _openssl(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["openssl", *arguments], capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=True
        )
    except FileNotFoundError as error:
        raise IssueError("openssl is not installed") from error
    except subprocess.CalledProcessError as error:
        raise IssueError(f"openssl {arguments[0]}: {error.stderr.strip().splitlines()[-1]}") from error
    return done.stdout
