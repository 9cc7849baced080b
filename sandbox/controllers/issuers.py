"""Issuers and ClusterIssuers: whether cert-manager finds one ready, and the account key that ACME needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

FORBIDDEN: Final = frozenset({"example.com", "example.net", "example.org"})
"""Domains of contact addresses that Let's Encrypt refuses."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The Ready condition of an issuer."""

    ready: bool
    reason: str
    message: str

    def condition(self, generation: int) -> dict[str, Any]:
        """As a condition in status."""
        status = "True" if self.ready else "False"
        return {
            "type": "Ready",
            "status": status,
            "reason": self.reason,
            "message": self.message,
            "observedGeneration": generation,
        }


def judge(spec: Mapping[str, Any], secrets: Mapping[str, Mapping[str, Any]]) -> Verdict:
    """Whether an issuer works; `secrets` are those of the namespace in which it looks for its own."""
    if "acme" in spec:
        return _acme(spec["acme"])
    if "selfSigned" in spec:
        return Verdict(ready=True, reason="IsReady", message="")
    if "ca" in spec:
        name = spec["ca"]["secretName"]
        data = (secrets.get(name) or {}).get("data") or {}
        if "tls.crt" in data and "tls.key" in data:
            return Verdict(ready=True, reason="KeyPairVerified", message="Signing CA verified")
        message = f'Error getting keypair for CA issuer: secret "{name}" not found'
        return Verdict(ready=False, reason="ErrGetKeyPair", message=message)
    kinds = ", ".join(spec) or "none"
    return Verdict(ready=False, reason="NotKnown", message=f"the sandbox knows acme, selfSigned and ca; given: {kinds}")


def _acme(acme: Mapping[str, Any]) -> Verdict:
    server = urlsplit(str(acme.get("server", "")))
    if server.scheme != "https" or not server.hostname:
        message = f"Failed to register ACME account: {acme.get('server', '')!r} is no https address of an ACME server"
        return Verdict(ready=False, reason="ErrRegisterACMEAccount", message=message)
    domain = str(acme.get("email", "")).rpartition("@")[2].lower()
    if domain in FORBIDDEN:
        message = (
            "Failed to register ACME account: 400 urn:ietf:params:acme:error:invalidContact: Error validating "
            f'contact(s) :: contact email has forbidden domain "{domain}"'
        )
        return Verdict(ready=False, reason="ErrRegisterACMEAccount", message=message)
    message = "The ACME account was registered with the ACME server"
    return Verdict(ready=True, reason="ACMEAccountRegistered", message=message)
