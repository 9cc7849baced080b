"""The first layers: who delivers the controllers, where secrets and volumes are. Every later layer stands on them."""

from __future__ import annotations

from dataclasses import dataclass

from components.configuration import Configuration
from components.gitops import GitOps, GitOpsArgs
from components.kit import Contributions, Foundation
from components.monitoring import MonitoringGround, MonitoringGroundArgs
from components.providers import Providers
from components.secrets import Secrets, SecretsArgs
from components.site import site_of
from components.storage import Storage, StorageArgs


@dataclass(frozen=True, kw_only=True)
class Founded:
    """The first layers, and what they hand on together."""

    base: Foundation
    gitops: GitOps
    monitoring: MonitoringGround


def found(configuration: Configuration, providers: Providers) -> Founded:
    """Declare the first layers."""
    settings, given = configuration.settings, configuration.secrets
    site, contributions = site_of(settings), Contributions()
    gitops_args = GitOpsArgs(
        site=site, contributions=contributions, host=settings.hosts.argocd, settings=settings.gitops
    )
    gitops = GitOps("gitops", gitops_args, opts=providers.opts())
    monitoring_args = MonitoringGroundArgs(site=site, project=gitops.project, settings=settings.monitoring)
    monitoring = MonitoringGround("monitoring", monitoring_args, opts=providers.opts())
    secrets_args = SecretsArgs(
        site=site,
        contributions=contributions,
        project=gitops.project,
        vault=settings.onepassword.vault,
        connect_credentials=given.onepassword_connect_credentials,
        connect_token=given.onepassword_connect_token,
        logins={"argocd-admin": gitops.local_admin},
    )
    secrets = Secrets("secrets", secrets_args, opts=providers.opts())
    storage_args = StorageArgs(site=site, contributions=contributions, project=gitops.project)
    storage = Storage("storage", storage_args, opts=providers.opts())
    base = Foundation(
        site=site,
        contributions=contributions,
        project=gitops.project,
        store=secrets.store,
        storage=storage.local,
        shared=storage.shared,
    )
    return Founded(base=base, gitops=gitops, monitoring=monitoring)
