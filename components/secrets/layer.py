"""The layer of secrets: the vault, and the way from there into the cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from components.kit import ArgoProject, Contributions, ControllerLogin, SecretStore, Site, plain
from components.secrets.login import SavedLogin, SavedLoginArgs
from components.secrets.onepassword import POLLING_SECONDS, OnePassword, OnePasswordArgs
from components.summaries import Figure


@dataclass(frozen=True, kw_only=True)
class SecretsArgs:
    """The vault, the two credentials that cannot come from it, and the logins that are to be kept there."""

    site: Site
    contributions: Contributions
    project: ArgoProject
    vault: str
    """Id of the vault."""
    connect_credentials: pulumi.Input[str]
    """Content of Connect's `1password-credentials.json`, as 1Password hands it out."""
    connect_token: pulumi.Input[str]
    """The operator's token for Connect."""
    logins: Mapping[str, ControllerLogin] = field(default_factory=dict)
    """By the name of the item."""


class Secrets(pulumi.ComponentResource):
    """1Password's operator, and the logins for the day on which Authentik is down."""

    store: SecretStore

    def __init__(self, name: str, args: SecretsArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:Secrets", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        self.store = OnePassword(
            "onepassword",
            OnePasswordArgs(
                site=args.site,
                project=args.project,
                vault=args.vault,
                connect_credentials=args.connect_credentials,
                connect_token=args.connect_token,
            ),
            opts=inside,
        ).store
        args.contributions.figures.add(Figure(name="onepassword-polling", value=f"{POLLING_SECONDS}s"))
        for item, login in args.logins.items():
            SavedLogin(item, SavedLoginArgs(login=login, store=self.store), opts=inside)
        self.register_outputs({})
