"""The layer of the developers' delivery: where their workloads are, how Argo CD hears of a push, whom it tells."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pulumi

from components.gitops import notifications
from components.gitops.argocd import POLL_SECONDS
from components.gitops.layer import GitOps
from components.gitops.webhook import Webhook, WebhookArgs
from components.gitops.workloads import Workloads, WorkloadsArgs
from components.kit import (
    Foundation,
    GivenItem,
    IngressController,
    Middleware,
    SyncedSecret,
    SyncedSecretArgs,
    plain,
)
from components.settings import GitOpsSettings
from components.summaries import GitOpsSummary


@dataclass(frozen=True, kw_only=True)
class GitDeliveryArgs:
    """Argo CD as the layer of GitOps has made it, and the way in from outside."""

    base: Foundation
    argocd: GitOps
    traefik: IngressController
    public_chain: Middleware
    settings: GitOpsSettings


class GitDelivery(pulumi.ComponentResource):
    """What Argo CD needs of the vault and of the edge, both of which it delivers: so it comes after them."""

    summary: GitOpsSummary
    """For the stack outputs."""

    def __init__(self, name: str, args: GitDeliveryArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:gitops:GitDelivery", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        webhook = Webhook(
            f"{name}-webhook",
            WebhookArgs(
                store=args.base.store,
                host=args.argocd.host,
                server=args.argocd.server,
                application_sets=args.argocd.application_sets,
                installed=args.argocd.local_admin.installed,
                traefik=args.traefik,
                public_chain=args.public_chain,
            ),
            opts=inside,
        )
        args.base.contributions.secrets.add(webhook.secret)
        self.summary = GitOpsSummary(projects=[args.base.project.name], webhook=webhook.url, polling=POLL_SECONDS)
        settings = args.settings
        if settings.notifications:
            item = GivenItem(
                store=args.base.store, id=settings.notifications.item, labels=notifications.keys(settings.notifications)
            )
            told = SyncedSecret(
                notifications.ITEM, SyncedSecretArgs(namespace=args.argocd.server.namespace, item=item), opts=inside
            )
            args.base.contributions.secrets.add(told)
        if settings.repository:
            workloads = Workloads(
                f"{name}-workloads",
                WorkloadsArgs(
                    argocd=args.base.project,
                    store=args.base.store,
                    repository=settings.repository,
                    previews=settings.previews,
                ),
                opts=inside,
            )
            if workloads.secret:
                args.base.contributions.secrets.add(workloads.secret)
            self.summary = replace(
                self.summary,
                projects=[args.base.project.name, workloads.project],
                repository=f"{settings.repository.url} {settings.repository.path}",
            )
        self.register_outputs({})
