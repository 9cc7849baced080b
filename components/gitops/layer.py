"""The layer of delivery: Argo CD, and what it needs of the layers after it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import pulumi

from components.gitops.argocd import ArgoCd, ArgoCdArgs
from components.kit import (
    ArgoProject,
    CatalogEntry,
    Contributions,
    ControllerLogin,
    Endpoint,
    Oidc,
    OidcRegistration,
    RelyingParty,
    Site,
    TraefikRoute,
    plain,
)
from components.settings import GitOpsSettings
from components.vocabulary import ADMINS, ARGOCD_PART, USERS

INITIAL_ADMIN_SECRET: Final = "argocd-initial-admin-secret"  # noqa: S105 - a Secret's name
"""Where Argo CD puts the password that it makes up for `admin` at its first start."""

SIGN_IN: Final = Oidc(callback="/auth/callback", groups=(ADMINS, USERS))


@dataclass(frozen=True, kw_only=True)
class GitOpsArgs:
    """Where Argo CD is found."""

    site: Site
    contributions: Contributions
    host: str
    settings: GitOpsSettings = field(default_factory=GitOpsSettings)


class GitOps(pulumi.ComponentResource):
    """Argo CD; Authentik and the vault come later, and get from here what they have to know of it."""

    project: ArgoProject
    """The project that controllers belong to."""
    registration: OidcRegistration
    """Argo CD as a relying party."""
    local_admin: ControllerLogin
    """Its own administrator, who needs no Authentik."""
    host: str
    server: Endpoint
    application_sets: Endpoint
    """Where the controller of ApplicationSets hears of pushes."""

    def __init__(self, name: str, args: GitOpsArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:gitops:GitOps", name, plain(args), opts)
        party = RelyingParty(
            name="argocd",
            title="Argo CD",
            host=args.host,
            callback=SIGN_IN.callback,
            groups=SIGN_IN.groups,
            icon=f"https://{args.host}/assets/favicon/favicon-32x32.png",
        )
        argocd = ArgoCd(
            "argocd",
            ArgoCdArgs(
                site=args.site,
                party=party,
                notifications=args.settings.notifications,
                git_port=args.settings.git_port,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.host = args.host
        self.project, self.server, self.application_sets = argocd.project, argocd.endpoint, argocd.application_sets
        self.registration = OidcRegistration(
            party=party,
            namespace=argocd.namespace,
            # Argo CD reads only Secrets that say that they are part of it.
            labels=ARGOCD_PART,
        )
        self.local_admin = ControllerLogin(
            username="admin", namespace=argocd.namespace, secret=INITIAL_ADMIN_SECRET, installed=argocd.installed
        )
        args.contributions.metrics.add(*argocd.metrics)
        args.contributions.catalog.add(
            CatalogEntry(
                name=party.name,
                title=party.title,
                description="It delivers every chart, and workloads from Git, and keeps them as they are declared.",
                namespace=argocd.namespace,
                endpoint=argocd.endpoint,
                exposure=TraefikRoute(host=args.host, sign_in=SIGN_IN),
                runbooks=["argocd-admin-secret.md"],
            )
        )
        self.register_outputs({})
