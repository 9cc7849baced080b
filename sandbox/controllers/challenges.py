"""Challenges: proving to an ACME issuer, by DNS-01 at Cloudflare, that names are ours, and what is in the way of it.

What is in the way of a name stands in its Challenge, as with the real controller, and nowhere in the Certificate: there
it says only why it has to be issued. A Challenge goes when its names are proven.

Not covered: Orders and CertificateRequests between the two, the record itself, and the minute that the real controller
waits for each name after it has seen its record.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandbox import kube
from sandbox.controllers import accounts, dns01
from sandbox.controllers.hub import Hub
from sandbox.controllers.objects import decoded, namespace_of, owner_of, report
from sandbox.plugins.accounts.account import Account

VERSION: Final = "acme.cert-manager.io/v1"
KIND: Final = "Challenge"
MANAGER: Final = "cert-manager-challenges"


@dataclass(frozen=True, kw_only=True)
class Challenges:
    """The challenges of Certificates by issuers whose solvers use one Cloudflare account."""

    client: kube.Client
    hub: Hub
    cloudflare: Path
    """The account's file."""

    def prove(self, certificate: kube.Object, names: Sequence[str], issuer: kube.Object, namespace: str) -> None:
        """Prove names to an issuer that finds its Secrets in a namespace.

        Raises:
            ChallengeError: one of them cannot be proven, and its Challenge says why.
        """
        for name in names:
            solver = dns01.solver_for(name, issuer["spec"]["acme"].get("solvers") or [])
            try:
                self._prove(name, solver, namespace)
            except dns01.ChallengeError as error:
                self._keep(certificate, name, solver, f"{error}")
                raise
        self._clear(certificate)

    def _prove(self, name: str, solver: Mapping[str, Any], namespace: str) -> None:
        cloudflare = (solver.get("dns01") or {}).get("cloudflare")
        if not cloudflare or not cloudflare.get("apiTokenSecretRef"):
            raise dns01.ChallengeError(f"the sandbox proves {name} by DNS-01 at Cloudflare with an API token only")
        reference = cloudflare["apiTokenSecretRef"]
        secret = self.hub.get("v1", "Secret", reference["name"], namespace)
        if secret is None:
            raise dns01.ChallengeError(f'error getting cloudflare secret: secrets "{reference["name"]}" not found')
        token = decoded(secret, reference.get("key", ""))
        if token is None:
            missing = f"{namespace}/{reference['name']}"
            raise dns01.ChallengeError(f'specified key "{reference.get("key")}" not found in secret {missing}')
        account = accounts.read(self.cloudflare)
        dns01.check_cloudflare(name, token, account)
        self._meet(dns01.record_of(name), account)

    def _meet(self, record: str, account: Mapping[str, Any]) -> None:
        """Fail as the account was asked to fail for this very record; what is meant for any record is not for this."""
        if any(fault.get("name") == record for fault in account.get("faults") or []):
            fault = Account(self.cloudflare).take_fault("create", "DnsRecord", record)
            if fault is not None:
                raise dns01.ChallengeError(fault.says)

    def _keep(self, certificate: kube.Object, name: str, solver: Mapping[str, Any], reason: str) -> None:
        own = f"{certificate['metadata']['name']}-{zlib.crc32(name.encode())}"
        live = self.client.get(VERSION, KIND, own, namespace_of(certificate))
        if live is None:
            address = f"https://acme.invalid/{own}"
            live = self.client.apply(
                {
                    "apiVersion": VERSION,
                    "kind": KIND,
                    "metadata": {
                        "name": own,
                        "namespace": namespace_of(certificate),
                        "ownerReferences": [owner_of(certificate, controller=True)],
                    },
                    "spec": {
                        "authorizationURL": f"{address}/authorization",
                        "dnsName": name.removeprefix("*."),
                        "issuerRef": certificate["spec"]["issuerRef"],
                        "key": own,
                        "solver": dict(solver),
                        "token": own,
                        "type": "DNS-01",
                        "url": address,
                        "wildcard": name.startswith("*."),
                    },
                },
                MANAGER,
                force=True,
            )
        status = {"presented": False, "processing": True, "reason": reason, "state": "pending"}
        report(self.client, live, status, manager=MANAGER)

    def _clear(self, certificate: kube.Object) -> None:
        uid = certificate["metadata"]["uid"]
        for challenge in self.client.list(VERSION, KIND, namespace_of(certificate)):
            if any(owner["uid"] == uid for owner in challenge["metadata"].get("ownerReferences") or []):
                self.client.delete(VERSION, KIND, challenge["metadata"]["name"], namespace_of(certificate))
