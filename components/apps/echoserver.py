"""An echo server: it answers with the request it got, which shows what the tunnel makes of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi

from components import versions
from components.kit import Endpoint, Namespace, NamespaceArgs, Workload, WorkloadArgs

PORT: Final = 8080


@dataclass(frozen=True, kw_only=True)
class EchoServerArgs:
    """How many of it."""

    replicas: int = 1
    registry_mirror: str | None = None


class EchoServer(pulumi.ComponentResource):
    """The echo server in a namespace of its own."""

    endpoint: Endpoint

    def __init__(self, name: str, args: EchoServerArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:apps:EchoServer", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        self.endpoint = Workload(
            name,
            WorkloadArgs(
                namespace=Namespace(name, NamespaceArgs(), opts=inside),
                image=versions.ECHO_SERVER,
                registry_mirror=args.registry_mirror,
                port=PORT,
                health_path="/",
                # Its answer would otherwise hold the pod's environment.
                environment={"PORT": str(PORT), "ENABLE__ENVIRONMENT": "false", "ENABLE__HOST": "false"},
                replicas=args.replicas,
            ),
            opts=inside,
        ).endpoint
        self.register_outputs({})
