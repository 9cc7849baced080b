"""Flow 3: forward auth. Authentik decides, for applications that cannot ask it themselves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_authentik as authentik

from components.identity.directory import Directory
from components.kit import Endpoint, Namespace

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
class ProtectedHostArgs:
    """A host, and who may reach it."""

    title: str
    """On the user's page of applications."""
    host: str
    group: str
    """Members of this group are let in."""
    directory: Directory


class ProtectedHost(pulumi.ComponentResource):
    """Forward auth for one host: proxy provider, application and the group that may use it.

    One for each host, not one for the domain: a group can be let into one application without all the others.
    """

    provider_id: pulumi.Output[int]

    def __init__(self, name: str, args: ProtectedHostArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:identity:ProtectedHost", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        url = f"https://{args.host}"
        provider = authentik.ProviderProxy(
            name,
            name=name,
            mode="forward_single",
            external_host=url,
            authorization_flow=args.directory.authorization_flow,
            invalidation_flow=args.directory.invalidation_flow,
            opts=inside,
        )
        self.provider_id = provider.provider_proxy_id.apply(int)
        application = authentik.Application(
            name,
            name=args.title,
            slug=name,
            protocol_provider=self.provider_id,
            meta_launch_url=url,
            opts=inside,
        )
        authentik.PolicyBinding(
            name, target=application.uuid, group=args.directory.groups[args.group], order=0, opts=inside
        )
        self.register_outputs({})


@dataclass(frozen=True, kw_only=True)
class OutpostArgs:
    """The outpost and the hosts that it decides about."""

    hosts: Sequence[ProtectedHost]
    server: Endpoint
    url: str
    """Where browsers find Authentik."""
    replicas: int = 1


class Outpost(pulumi.ComponentResource):
    """The pods that Traefik asks: Authentik deploys them itself, beside its server.

    An outpost of our own, because the embedded one cannot be shared with the providers of this program: it is changed
    as a whole only.
    """

    def __init__(self, name: str, args: OutpostArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:identity:Outpost", name, None, opts)
        connection = authentik.ServiceConnectionKubernetes(
            name, name=name, local=True, opts=pulumi.ResourceOptions(parent=self)
        )
        authentik.Outpost(
            name,
            name=name,
            type="proxy",
            protocol_providers=[host.provider_id for host in args.hosts],
            service_connection=connection.id,
            config=_config(args),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def _config(args: OutpostArgs) -> str:
    restricted = [
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
            "kubernetes_json_patches": {"deployment": restricted},
            "object_naming_template": "ak-outpost-%(name)s",
        },
        sort_keys=True,
    )
