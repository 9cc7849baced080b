"""All that certificates are made with, over a running sandbox: started together, ended together.

Another drill that wants real certificates in the platform's Secrets needs only this.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from drills.authority import Authority
from drills.certificates import cloudflare, found
from drills.certificates.acme import AcmeServer
from drills.certificates.cloudflare import Api
from drills.certificates.controller import CertManager
from drills.certificates.found import Wildcard
from drills.certificates.resolver import Resolver
from drills.errors import DrillError
from drills.programs import CERT_MANAGER, CHALLTESTSRV, PEBBLE
from drills.web import Site, Web
from sandbox import kube
from sandbox.paths import Sandbox
from sandbox.plugins.accounts.account import Account

PROGRAMS: Final = (CERT_MANAGER, PEBBLE, CHALLTESTSRV)
"""What it needs in `tools`."""
SIMULATED: Final = "cert-manager"
"""The simulated controller that has to be away."""
WITHIN: Final = 420.0
"""Seconds for a zone and its wildcard, one after the other: cert-manager leaves each alone for a minute."""
POLL_SECONDS: Final = 0.5
QUARTER: Final = 90 * 24 * 3600
"""Seconds that Let's Encrypt's certificates live."""


@dataclass(kw_only=True)
class Issuance:
    """cert-manager, an ACME server behind the addresses of the live issuers, Cloudflare's API, and a DNS server.

    The simulated cert-manager (`SIMULATED`) must not run beside it. A Certificate whose Secret was made by it is left
    alone; `issue` has those that Traefik shows ordered anew.
    """

    sandbox: Sandbox
    cluster: kube.Client
    web: Web
    api: Api
    resolver: Resolver
    acme: AcmeServer
    manager: CertManager

    @classmethod
    def of(cls, sandbox: Sandbox, tools: Mapping[str, Path], folder: Path, *, validity: int = QUARTER) -> Issuance:
        """Over a sandbox, with nothing started; `folder` is made, `validity` is in seconds."""
        folder.mkdir(mode=0o700, parents=True)
        cluster = kube.Client.from_kubeconfig(sandbox.kubeconfig)
        account = Account(sandbox.account("cloudflare"))
        authority = Authority.make(folder / "authority")
        resolver = Resolver(sandbox=sandbox, program=tools[CHALLTESTSRV.name], account=account)
        api = Api(account=account, changed=resolver.publish)
        acme = AcmeServer(
            sandbox=sandbox,
            program=tools[PEBBLE.name],
            folder=folder / "acme",
            authority=authority,
            resolver=resolver.address,
            validity=validity,
        )
        servers = [urlsplit(server) for server in found.acme_servers(cluster)]
        acme.directories = {f"{server.hostname}": server.path for server in servers}

        def site(host: str) -> Site | None:
            if host == cloudflare.HOST:
                return api.answer
            return acme.answer if host in acme.directories else None

        web = Web(authority=authority, site=site)
        manager = CertManager(
            sandbox=sandbox,
            cluster=cluster,
            program=tools[CERT_MANAGER.name],
            folder=folder / "cert-manager",
            resolver=resolver.address,
            environment={},
        )
        return cls(sandbox=sandbox, cluster=cluster, web=web, api=api, resolver=resolver, acme=acme, manager=manager)

    @contextmanager
    def serving(self) -> Iterator[Issuance]:
        """Everything runs; what cert-manager finds not issued, it issues.

        Raises:
            SandboxError: a part does not start.
        """
        with self.web.serving():
            try:
                self.resolver.start()
                self.acme.start()
                self.manager.environment = self.web.environment()
                self.manager.start()
                yield self
            finally:
                for process in (self.manager.process, self.acme.process, self.resolver.process):
                    process.stop()

    def issue(self, seconds: float = WITHIN) -> list[Wildcard]:
        """Have all certificates that Traefik shows issued anew, and wait until each is there; while it serves.

        Raises:
            DrillError: one of them is not issued in time; with what is in its way.
        """
        wanted = found.wildcards(self.cluster)
        for wildcard in wanted:
            found.forget(self.cluster, wildcard)
        root, end = self.acme.root(), time.monotonic() + seconds
        while missing := [wildcard for wildcard in wanted if not self._is_issued(wildcard, root)]:
            self.manager.process.check()
            if time.monotonic() > end:
                reasons = "; ".join(found.reasons(self.cluster, missing[0])) or "no challenge says why"
                message = f"Certificate {missing[0].name}: not issued within {seconds:.0f} s: {reasons}"
                raise DrillError(message)
            time.sleep(POLL_SECONDS)
        return wanted

    def _is_issued(self, wildcard: Wildcard, root: bytes) -> bool:
        pair = found.pair(self.cluster, wildcard)
        return pair is not None and found.signed_by(pair, root)
