"""The layer of the developers' delivery: how Argo CD hears of what they push."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.gitops.argocd import WEBHOOK
from components.gitops.webhook import Webhook, WebhookArgs
from components.kit import Endpoint, Foundation, IngressController, Middleware, plain


@dataclass(frozen=True, kw_only=True)
class GitDeliveryArgs:
    """Argo CD as the layer of GitOps has made it, and the way in from outside."""

    base: Foundation
    host: str
    server: Endpoint
    application_sets: Endpoint
    traefik: IngressController
    public_chain: Middleware


class GitDelivery(pulumi.ComponentResource):
    """What Argo CD needs of the vault and of the edge, both of which it delivers: so it comes after them."""

    summary: dict[str, object]
    """For the stack outputs: no secret."""

    def __init__(self, name: str, args: GitDeliveryArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:gitops:GitDelivery", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        webhook = Webhook(
            WEBHOOK,
            WebhookArgs(
                store=args.base.store,
                host=args.host,
                server=args.server,
                application_sets=args.application_sets,
                traefik=args.traefik,
                public_chain=args.public_chain,
            ),
            opts=inside,
        )
        args.base.contributions.secrets.add(webhook.secret)
        self.summary = {"projects": [args.base.project.name], "webhook": webhook.url}
        self.register_outputs({})
