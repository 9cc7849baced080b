"""How Argo CD hears of a push at once, and how its command line reaches it: the routes beside that of its pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.apps.v1 import (
    DeploymentPatch,
    DeploymentSpecPatchArgs,
)
from pulumi_kubernetes.core.v1 import (
    ContainerPatchArgs,
    EnvVarPatchArgs,
    EnvVarSourcePatchArgs,
    PodSpecPatchArgs,
    PodTemplateSpecPatchArgs,
    SecretKeySelectorPatchArgs,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs, ObjectMetaPatchArgs

from components.gitops.argocd import GITHUB, LARGEST_PUSH_MB, WEBHOOK
from components.kit import (
    AllowTraffic,
    AllowTrafficArgs,
    Endpoint,
    Generated,
    IngressController,
    Middleware,
    SecretStore,
    SyncedSecret,
    plain,
    synced_item,
)
from components.kit.traefik import reference
from components.vocabulary import ARGOCD_PART, PUBLIC_REASON, SIGN_IN, WEBHOOK_PATH, SignInKind

SIGNED: Final = "GitHub signs what it sends here, and whoever hears it checks the signature"
"""Why nobody signs in at the webhook."""


@dataclass(frozen=True, kw_only=True)
class WebhookArgs:
    """Argo CD's two ears, and the way in from outside."""

    store: SecretStore
    host: str
    server: Endpoint
    """Refreshes the Applications of the repository that was pushed to."""
    application_sets: Endpoint
    """Looks for folders that are new or gone."""
    installed: pulumi.Input[object]
    """Known when Argo CD runs."""
    traefik: IngressController
    public_chain: Middleware


class Webhook(pulumi.ComponentResource):
    """One public address for GitHub, whose messages reach both Services of Argo CD that want them.

    GitHub knows one address for each webhook. Traefik sends each message to the server, whose answer GitHub gets, and a
    copy to the controller of ApplicationSets; each of them checks the signature by itself. Only this path, and only
    what is posted to it, goes there.
    """

    url: str
    """What GitHub is told."""
    secret: SyncedSecret

    def __init__(self, name: str, args: WebhookArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:gitops:Webhook", name, plain(args), opts)
        self._args = args
        self.url = f"https://{args.host}{WEBHOOK_PATH}"
        namespace = args.server.namespace
        self.secret = synced_item(
            WEBHOOK,
            store=args.store,
            namespace=namespace,
            # GitHub takes any text; 64 characters are as many as 1Password makes up.
            fields={GITHUB: Generated(length=64)},
            labels=ARGOCD_PART,
            parent=self,
        )
        permit = AllowTraffic(
            f"{name}-from-traefik",
            AllowTrafficArgs(source=args.traefik.pods, target=args.application_sets),
            opts=pulumi.ResourceOptions(parent=self),
        )
        both = self._object(name, "TraefikService", name, {"mirroring": self._mirroring()}, depends_on=[permit])
        self._object(
            name,
            "IngressRoute",
            name,
            _route(
                f"Host(`{args.host}`) && Path(`{WEBHOOK_PATH}`) && Method(`POST`)",
                {"name": name, "namespace": namespace.name, "kind": "TraefikService"},
                args.public_chain,
            ),
            annotations={SIGN_IN: str(SignInKind.PUBLIC), PUBLIC_REASON: SIGNED},
            depends_on=[both, args.public_chain.resource, self._told()],
        )
        self._object(
            f"{name}-grpc",
            "IngressRoute",
            f"{namespace.name}-grpc",
            _route(
                # Longer than the rule of the pages, so that it goes first.
                f"Host(`{args.host}`) && Header(`Content-Type`, `application/grpc`)",
                # gRPC is HTTP/2, here without TLS, which ends at Traefik.
                {**_service(args.server), "scheme": "h2c"},
                args.public_chain,
            ),
            annotations={SIGN_IN: str(SignInKind.OIDC)},
            depends_on=[args.public_chain.resource],
        )
        self.register_outputs({"url": self.url})

    def _mirroring(self) -> dict[str, Any]:
        return {
            **_service(self._args.server),
            # A message is kept in memory while it is copied.
            "maxBodySize": LARGEST_PUSH_MB * 1_000_000,
            "mirrors": [{**_service(self._args.application_sets), "percent": 100}],
        }

    def _told(self) -> DeploymentPatch:
        """The controller of ApplicationSets reads the secret when it starts, and never again.

        Its pods refer to the key: so they start anew when the Secret is there for the first time, and 1Password's
        operator restarts them when the item has changed. The server notices by itself.
        """
        key = self.secret.key(GITHUB)
        variable = EnvVarPatchArgs(
            name="HOMELAB_WEBHOOK_SECRET",
            value_from=EnvVarSourcePatchArgs(
                secret_key_ref=SecretKeySelectorPatchArgs(name=key.secret, key=key.key, optional=False)
            ),
        )
        container = ContainerPatchArgs(name="applicationset-controller", env=[variable])
        target = self._args.application_sets
        # Not known before Argo CD is there: a preview would ask the server for a Deployment of these few fields alone,
        # which it refuses, and after an update that ended before Argo CD no preview would pass.
        name = pulumi.Output.from_input(self._args.installed).apply(lambda _: target.service)
        return DeploymentPatch(
            f"{WEBHOOK}-restart",
            metadata=ObjectMetaPatchArgs(name=name, namespace=target.namespace.name),
            spec=DeploymentSpecPatchArgs(
                template=PodTemplateSpecPatchArgs(spec=PodSpecPatchArgs(containers=[container]))
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[key.synced]),
        )

    def _object(
        self,
        resource: str,
        kind: str,
        name: str,
        spec: Mapping[str, Any],
        *,
        annotations: Mapping[str, str] | None = None,
        depends_on: Sequence[pulumi.Resource],
    ) -> CustomResource:
        return CustomResource(
            f"{resource}-{kind.lower()}",
            api_version="traefik.io/v1alpha1",
            kind=kind,
            metadata=ObjectMetaArgs(name=name, namespace=self._args.server.namespace.name, annotations=annotations),
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self._args.traefik.ready, *depends_on]),
        )


def _service(endpoint: Endpoint) -> dict[str, Any]:
    return {"name": endpoint.service, "namespace": endpoint.namespace.name, "port": endpoint.port}


def _route(match: str, service: Mapping[str, Any], chain: Middleware) -> dict[str, Any]:
    rule = {"kind": "Rule", "match": match, "middlewares": [reference(chain)], "services": [service]}
    return {"entryPoints": ["websecure"], "routes": [rule], "tls": {}}
