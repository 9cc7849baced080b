"""Argo CD: the only chart that Pulumi installs itself; it delivers all others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.helm.v3 import Release, RepositoryOptsArgs
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components import versions
from components.gitops import notifications
from components.kit import (
    Addresses,
    AllowTrafficArgs,
    ArgoProject,
    Endpoint,
    MetricsTarget,
    Namespace,
    NamespaceArgs,
    Pods,
    RelyingParty,
    Site,
    allow_traffic,
    budget,
    internet,
    plain,
    spread,
)
from components.kit.oidc import CLIENT_ID, CLIENT_SECRET
from components.kit.project import Delivery, permissions
from components.kit.secret import secret_name
from components.settings import Notifications
from components.vocabulary import ADMINS, USERS

PROJECT: Final = "k8s-infra"
"""The project that controllers belong to."""

POLL_SECONDS: Final = 180
"""How often Argo CD looks for changes by itself, in seconds."""

LARGEST_PUSH_MB: Final = 5
"""Largest message about a push that is looked at, in MB; what GitHub leaves out of it, polling finds."""

WEBHOOK: Final = "argocd-webhook"
"""Name of the item and of the Secret with what GitHub signs its messages with."""

GITHUB: Final = "github"
"""Key of it there."""

METRICS_PORTS: Final = {
    "application-controller": 8082,
    "applicationset-controller": 8080,
    "notifications-controller": 9001,
    "repo-server": 8084,
    "server": 8083,
}
"""The chart's parts that have metrics, and the port numbers of their pods for them."""

HEALTH: Final = {
    "argoproj.io_Application": """\
local health = {status = "Progressing", message = "Argo CD has not looked at it yet"}
if obj.status ~= nil and obj.status.health ~= nil and obj.status.health.status ~= nil then
  health.status = obj.status.health.status
  health.message = obj.status.health.message or ""
end
return health
""",
    # Argo CD marks no CRD as its own, so it does not notice when one is established: by its own rule the Application
    # would be as it was when it was applied until the next poll, and the first update of a home wait for each of them.
    "apiextensions.k8s.io_CustomResourceDefinition": """\
local health = {status = "Healthy", message = ""}
local wrong = {NamesAccepted = "False", NonStructuralSchema = "True"}
for _, condition in pairs((obj.status or {}).conditions or {}) do
  if wrong[condition.type] == condition.status then
    health.status = "Degraded"
    health.message = condition.message or condition.type
  end
end
return health
""",
}
"""Scripts (Lua) by group and kind, where Argo CD's own rule is none, or none that helps. All others it knows."""

API_CLIENTS: Final = (
    "application-controller",
    "applicationset-controller",
    "notifications-controller",
    "redis-secret-init",
    "server",
)
"""The chart's parts that work through the API server; `redis-secret-init` is the Job before all others."""


@dataclass(frozen=True, kw_only=True)
class ArgoCdArgs:
    """What Argo CD has to know about its surroundings."""

    site: Site
    party: RelyingParty
    """Itself, as Authentik knows it: administrators may do everything there, the people of the house may look."""
    notifications: Notifications | None = None
    git_port: int = 443
    """Number of the port at which the developers' repository is read."""


class ArgoCd(pulumi.ComponentResource):
    """Argo CD and the project that may bring controllers and their CRDs."""

    namespace: Namespace
    project: ArgoProject
    endpoint: Endpoint
    application_sets: Endpoint
    """Where the controller of ApplicationSets hears of pushes."""
    installed: pulumi.Output[object]
    """The release's status: known when Argo CD runs."""
    metrics: Sequence[MetricsTarget]

    def __init__(self, name: str, args: ArgoCdArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:gitops:ArgoCd", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        self.namespace = namespace = Namespace(name, NamespaceArgs(dns_cache=args.site.dns_cache), opts=inside)
        calls = allow_traffic(name, _calls(name, namespace, args), parent=self)
        release = Release(
            name,
            name=name,
            namespace=namespace.name,
            chart=versions.ARGO_CD.name,
            version=versions.ARGO_CD.version,
            repository_opts=RepositoryOptsArgs(repo=versions.ARGO_CD.repository),
            values=_values(name, args),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[namespace.resource, *calls]),
        )
        self.installed = release.status
        deliveries: list[Delivery] = []
        project = CustomResource(
            f"{name}-{PROJECT}",
            api_version="argoproj.io/v1alpha1",
            kind="AppProject",
            metadata=ObjectMetaArgs(name=PROJECT, namespace=namespace.name),
            spec=pulumi.Output.from_input(_project(deliveries)),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[release]),
        )
        self.project = ArgoProject(namespace=namespace, name=PROJECT, ready=project, deliveries=deliveries)
        self.endpoint = Endpoint(
            namespace=namespace,
            service=f"{name}-server",
            port=80,
            pods=_labels(name, "server"),
            pod_port=8080,
        )
        self.application_sets = Endpoint(
            namespace=namespace,
            service=f"{name}-applicationset-controller",
            port=7000,
            pods=_labels(name, "applicationset-controller"),
            pod_port=7000,
        )
        self.metrics = [
            MetricsTarget(name=f"{name}-{part}", pods=Pods(namespace=namespace, labels=_labels(name, part)), port=port)
            for part, port in METRICS_PORTS.items()
        ]
        self.register_outputs({})


def _labels(name: str, part: str) -> dict[str, str]:
    """By which the chart selects the pods of one of its parts."""
    return {"app.kubernetes.io/name": f"{name}-{part}"}


def _calls(name: str, namespace: Namespace, args: ArgoCdArgs) -> dict[str, AllowTrafficArgs]:
    """Who calls whom, as Argo CD's own manifests have it; nobody else is called, and nobody else may call out."""
    redis, repo_server = (
        Endpoint(namespace=namespace, service=f"{name}-{part}", port=port, pods=_labels(name, part), pod_port=port)
        for part, port in (("redis", 6379), ("repo-server", 8081))
    )
    targets: dict[str, tuple[Endpoint | Addresses, Sequence[str]]] = {
        "api-server": (args.site.api_server, API_CLIENTS),
        # Charts and Git for the one; Authentik, where people sign in, for the other; who is told of failures.
        "internet": (
            internet(443),
            ("repo-server", "server", *(["notifications-controller"] if args.notifications else [])),
        ),
        **({} if args.git_port == 443 else {"git": (internet(args.git_port), ("repo-server",))}),
        "redis": (redis, ("application-controller", "repo-server", "server")),
        "repo-server": (
            repo_server,
            ("application-controller", "applicationset-controller", "notifications-controller", "server"),
        ),
    }
    return {
        f"{part}-to-{place}": AllowTrafficArgs(
            source=Pods(namespace=namespace, labels=_labels(name, part)), target=target
        )
        for place, (target, parts) in targets.items()
        for part in parts
    }


def _values(name: str, args: ArgoCdArgs) -> dict[str, Any]:
    site = args.site
    # The chart refuses a budget with both bounds, and has one by default.
    scaled = {"replicas": site.replicas, "pdb": {**budget(site.replicas), "minAvailable": ""}}
    values: dict[str, Any] = {
        # Of it the chart makes Argo CD's own URL, which sign-in and notifications lead to.
        "global": {"domain": args.party.host},
        "configs": {
            "cm": {
                "oidc.config": _oidc(args),
                "timeout.reconciliation": f"{POLL_SECONDS}s",
                # The chart spreads polls over another minute otherwise.
                "timeout.reconciliation.jitter": "0s",
                # A label would be cut at 63 characters, and taken for its own by another tool.
                "application.resourceTrackingMethod": "annotation",
                "webhook.maxPayloadSizeMB": str(LARGEST_PUSH_MB),
                **{f"resource.customizations.health.{kind}": script for kind, script in HEALTH.items()},
            },
            # Until the Secret is there, the text itself is what requests have to be signed with.
            "secret": {"githubSecret": f"${secret_name(WEBHOOK)}:{GITHUB}"},
            "rbac": {
                "policy.default": "",
                "policy.csv": f"g, {ADMINS}, role:admin\ng, {USERS}, role:readonly\n",
                "scopes": "[groups]",
            },
            "params": {
                # TLS ends at Traefik; the server would redirect it for ever otherwise.
                "server.insecure": True,
                # Otherwise an Application says that it is ill, and not what of it.
                "controller.resource.health.persist": True,
            },
        },
        "dex": {"enabled": False},
        "notifications": notifications.values(args.notifications, args.site.home),
        **{
            key: {**scaled, "topologySpreadConstraints": spread(_labels(name, part))}
            for key, part in {
                "server": "server",
                "repoServer": "repo-server",
                "applicationSet": "applicationset-controller",
            }.items()
        },
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


async def _project(deliveries: Sequence[Delivery]) -> dict[str, Any]:
    """The project's spec: a coroutine, since the engine's loop runs it when the program has declared every delivery."""
    return {"description": "Controllers of the platform and their CRDs", **permissions(deliveries)}
