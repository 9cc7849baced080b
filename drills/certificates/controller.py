"""The real cert-manager, as its live Deployment starts it: with its own account, and another resolver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drills.certificates import found
from drills.errors import DrillError
from drills.identity import account_of
from drills.pods import containers, expanded, with_flags
from sandbox import kube
from sandbox.cluster import free_ports
from sandbox.paths import Sandbox
from sandbox.processes import Process

NAMESERVERS: Final = "--dns01-recursive-nameservers"


@dataclass(kw_only=True)
class CertManager:
    """The controller."""

    sandbox: Sandbox
    cluster: kube.Client
    program: Path
    folder: Path
    resolver: str
    """`host:port` in the place of the resolvers that the Deployment names."""
    environment: Mapping[str, str]
    """By which it comes to Cloudflare and Let's Encrypt."""

    @property
    def process(self) -> Process:
        """Its process."""
        return Process(sandbox=self.sandbox, name="cert-manager")

    def start(self) -> None:
        """Start it.

        Raises:
            SandboxError: there is no Deployment of it, or it ends.
        """
        workload = found.deployment(self.cluster)
        account = account_of(workload, self.folder / "account")
        account.write(self.sandbox, self.cluster)
        container = containers(self.cluster, workload, "containers", self.folder)[0]
        words = [expanded(word, container.environment) for word in container.words]
        if not any(word.startswith(f"{NAMESERVERS}=") for word in words):
            message = f"{kube.name_of(workload)}: names no resolvers of its own, so it would ask this machine's"
            raise DrillError(message)
        changed = {
            NAMESERVERS: self.resolver,
            "--metrics-listen-address": f"127.0.0.1:{free_ports(1)[0]}",
            "--kubeconfig": str(account.kubeconfig),
        }
        environment = {**container.environment, **self.environment}
        self.process.start([self.program, *with_flags(words, changed)], environment)
