"""The outpost: the pods that Traefik asks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_authentik as authentik

from components.identity.forward_auth.hosts import ProtectedHost
from components.identity.shared import SharedObjects
from components.kit import AllowTrafficArgs, Endpoint, Namespace, Pods, allow_traffic, plain, spread

OUTPOST_PORT: Final = 9000
"""Port of the outpost's plain HTTP listener."""


def outpost_endpoint(namespace: Namespace, name: str) -> Endpoint:
    """Where Authentik puts the outpost `name`: it derives the Service from the name, so it is known beforehand."""
    return Endpoint(
        namespace=namespace,
        service=f"ak-outpost-{name}",
        port=OUTPOST_PORT,
        pods={"goauthentik.io/outpost-name": name, "goauthentik.io/outpost-type": "proxy"},
        pod_port=OUTPOST_PORT,
    )


@dataclass(frozen=True, kw_only=True)
class OutpostArgs:
    """The outpost and the hosts that it decides about."""

    hosts: Sequence[ProtectedHost]
    shared: SharedObjects
    server: Endpoint
    url: str
    """Where browsers find Authentik."""
    replicas: int = 1
    """Number of pods."""


class Outpost(pulumi.ComponentResource):
    """The pods that Traefik asks: Authentik deploys them itself, beside its server.

    An outpost of our own, because the embedded one cannot be shared with the providers of this program: it is changed
    as a whole only.
    """

    def __init__(self, name: str, args: OutpostArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:identity:Outpost", name, plain(args), opts)
        pods = outpost_endpoint(args.server.namespace, name).pods
        calls = allow_traffic(
            name,
            {
                "to-server": AllowTrafficArgs(
                    source=Pods(namespace=args.server.namespace, labels=pods), target=args.server
                )
            },
            parent=self,
        )
        inside = args.shared.inside(self)
        connection = authentik.ServiceConnectionKubernetes(name, name=name, local=True, opts=inside)
        authentik.Outpost(
            name,
            name=name,
            type="proxy",
            protocol_providers=[host.provider_id for host in args.hosts],
            service_connection=connection.id,
            config=_config(args, pods),
            opts=pulumi.ResourceOptions.merge(inside, pulumi.ResourceOptions(depends_on=calls)),
        )
        self.register_outputs({})


def _config(args: OutpostArgs, pods: Mapping[str, str]) -> str:
    patches = [
        {
            "op": "add",
            "path": "/spec/template/spec/securityContext",
            "value": {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}},
        },
        {
            "op": "add",
            "path": "/spec/template/spec/containers/0/securityContext",
            "value": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        },
        {"op": "add", "path": "/spec/template/spec/topologySpreadConstraints", "value": spread(pods)},
    ]
    return json.dumps(
        {
            # The outpost asks the server inside the cluster; browsers are sent to the public address.
            "authentik_host": args.server.url,
            "authentik_host_browser": args.url,
            "authentik_host_insecure": False,
            "kubernetes_namespace": args.server.namespace.name,
            "kubernetes_replicas": args.replicas,
            "kubernetes_service_type": "ClusterIP",
            # Routes and middlewares are this program's.
            "kubernetes_disabled_components": ["ingress", "traefik middleware", "httproute"],
            "kubernetes_json_patches": {"deployment": patches},
            "object_naming_template": "ak-outpost-%(name)s",
        },
        sort_keys=True,
    )
