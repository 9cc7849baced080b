"""Argo CD: the only chart that Pulumi installs itself; it delivers all others."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.helm.v3 import Release, RepositoryOptsArgs
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components import versions
from components.kit import (
    AllowTrafficArgs,
    ArgoProject,
    Endpoint,
    Namespace,
    NamespaceArgs,
    Pods,
    RelyingParty,
    Site,
    allow_traffic,
    budget,
    internet,
    plain,
)
from components.kit.oidc import CLIENT_ID, CLIENT_SECRET
from components.vocabulary import ADMINS, USERS

PROJECT: Final = "k8s-infra"
"""The project that controllers belong to."""

POLL_SECONDS: Final = 180
"""How often Argo CD looks for changes by itself, in seconds."""


@dataclass(frozen=True, kw_only=True)
class ArgoCdArgs:
    """What Argo CD has to know about its surroundings."""

    site: Site
    party: RelyingParty
    """Itself, as Authentik knows it: administrators may do everything there, the people of the house may look."""


class ArgoCd(pulumi.ComponentResource):
    """Argo CD and the project that may bring controllers and their CRDs."""

    namespace: Namespace
    project: ArgoProject
    endpoint: Endpoint
    installed: pulumi.Output[object]
    """The release's status: known when Argo CD runs."""

    def __init__(self, name: str, args: ArgoCdArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:gitops:ArgoCd", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        self.namespace = namespace = Namespace(name, NamespaceArgs(dns_cache=args.site.dns_cache), opts=inside)
        pods = Pods(namespace=namespace)
        calls = allow_traffic(
            name,
            {
                "to-repositories": AllowTrafficArgs(source=pods, target=internet(443)),
                "to-api-server": AllowTrafficArgs(source=pods, target=args.site.api_server),
                "inside": AllowTrafficArgs(source=pods, target=pods),
            },
            parent=self,
        )
        release = Release(
            name,
            name=name,
            namespace=namespace.name,
            chart=versions.ARGO_CD.name,
            version=versions.ARGO_CD.version,
            repository_opts=RepositoryOptsArgs(repo=versions.ARGO_CD.repository),
            values=_values(args),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[namespace.resource, *calls]),
        )
        self.installed = release.status
        project = CustomResource(
            f"{name}-{PROJECT}",
            api_version="argoproj.io/v1alpha1",
            kind="AppProject",
            metadata=ObjectMetaArgs(name=PROJECT, namespace=namespace.name),
            spec=_project(),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[release]),
        )
        self.project = ArgoProject(namespace=namespace, name=PROJECT, ready=project)
        self.endpoint = Endpoint(
            namespace=namespace,
            service=f"{name}-server",
            port=80,
            pods={"app.kubernetes.io/name": f"{name}-server"},
            pod_port=8080,
        )
        self.register_outputs({})


def _values(args: ArgoCdArgs) -> dict[str, Any]:
    site = args.site
    # The chart refuses a budget with both bounds, and has one by default.
    scaled = {"replicas": site.replicas, "pdb": {**budget(site.replicas), "minAvailable": ""}}
    values: dict[str, Any] = {
        "global": {},
        "configs": {
            "cm": {
                "url": args.party.launch_url,
                "oidc.config": _oidc(args),
                "timeout.reconciliation": f"{POLL_SECONDS}s",
                # The chart spreads polls over another minute otherwise.
                "timeout.reconciliation.jitter": "0s",
            },
            "rbac": {
                "policy.default": "",
                "policy.csv": f"g, {ADMINS}, role:admin\ng, {USERS}, role:readonly\n",
                "scopes": "[groups]",
            },
            # TLS ends at Traefik; the server would redirect it for ever otherwise.
            "params": {"server.insecure": True},
        },
        "dex": {"enabled": False},
        "server": scaled,
        "repoServer": scaled,
        "applicationSet": scaled,
    }
    if site.registry_mirror:
        values["global"]["image"] = {"repository": site.repository("quay.io/argoproj/argocd")}
        values["redis"] = {"image": {"repository": site.repository("ecr-public.aws.com/docker/library/redis")}}
    return values


def _oidc(args: ArgoCdArgs) -> str:
    """Argo CD's own notation: `$<secret>:<key>` is looked up when somebody signs in."""
    party = args.party
    settings = {
        "name": "Authentik",
        "issuer": args.site.oidc(party.name).issuer,
        "clientID": f"${party.secret_name}:{CLIENT_ID}",
        "clientSecret": f"${party.secret_name}:{CLIENT_SECRET}",
        "requestedScopes": ["openid", "profile", "email"],
    }
    # JSON is YAML too, which is what Argo CD reads.
    return json.dumps(settings, indent=2)


def _project() -> dict[str, Any]:
    repositories = sorted(
        {pin.repository for pin in versions.pins().values() if isinstance(pin, versions.Chart)}
        - {versions.ARGO_CD.repository}
    )
    return {
        "description": "Controllers of the platform and their CRDs",
        "sourceRepos": repositories,
        "destinations": [{"server": "https://kubernetes.default.svc", "namespace": "*"}],
        # Controllers bring CRDs, webhooks and cluster roles: that is what this project is for.
        "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
    }
