"""The layer of identity: Authentik's server and what is in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_authentik as authentik

from components.identity.authentik import Authentik, AuthentikArgs
from components.identity.oidc import OidcClient, OidcClientArgs
from components.identity.shared import SharedObjects, SharedObjectsArgs
from components.kit import (
    CatalogEntry,
    Database,
    DatabaseRequest,
    Endpoint,
    Foundation,
    OidcRegistration,
    Public,
    SyncedSecret,
    SyncedSecretArgs,
    TraefikRoute,
    plain,
)
from components.settings import ClusterSettings

SIGN_IN_PAGE: Final = Public(reason="it is the page that everybody signs in at")


@dataclass(frozen=True, kw_only=True)
class IdentityArgs:
    """How the server is delivered and reached, and who is to be known there from the start."""

    base: Foundation
    host: str
    api_url: str
    """Where this program reaches the server, without a trailing slash; browsers and other services use the host."""
    token: pulumi.Output[str]
    """API token of the first administrator: the server takes it at its first start, the provider signs in with it."""
    administrator_email: str
    database: Callable[[DatabaseRequest, pulumi.Resource], Database]
    """Makes the server's database, below the given parent."""
    database_settings: ClusterSettings
    parties: Sequence[OidcRegistration]
    """Relying parties that were built before Authentik."""
    publish: Callable[[CatalogEntry], pulumi.Resource]
    """Makes the server reachable, which its provider needs; done when the route is there."""
    tls_ready: pulumi.Resource
    """Done when the route has a certificate."""


class Identity(pulumi.ComponentResource):
    """Authentik, the provider that acts in it, and what all its applications share."""

    server: Endpoint
    entry: CatalogEntry
    """The server's own page, which is published already."""
    shared: SharedObjects

    def __init__(self, name: str, args: IdentityArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:identity:Identity", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        self._base = args.base
        server = Authentik(
            "authentik",
            AuthentikArgs(
                site=args.base.site,
                project=args.base.project,
                store=args.base.store,
                database=args.database,
                database_settings=args.database_settings,
                bootstrap_token=args.token,
                administrator_email=args.administrator_email,
            ),
            opts=inside,
        )
        args.base.contributions.secrets.add(server.secret)
        args.base.contributions.metrics.add(*server.metrics)
        self.server = server.endpoint
        self.entry = CatalogEntry(
            name="authentik",
            title="Authentik",
            description="Who people are, and who may open what: the page that everybody signs in at.",
            namespace=server.namespace,
            endpoint=server.endpoint,
            exposure=TraefikRoute(host=args.host, sign_in=SIGN_IN_PAGE),
            runbooks=["authentik-unreachable.md"],
        )
        provider = authentik.Provider(
            "authentik",
            url=args.api_url,
            token=args.token,
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[server.ready, args.tls_ready, args.publish(self.entry)]
            ),
        )
        self.shared = SharedObjects("homelab", SharedObjectsArgs(provider=provider, host=args.host), opts=inside)
        for registration in args.parties:
            self.register(registration, self)
        self.register_outputs({})

    def register(self, registration: OidcRegistration, parent: pulumi.Resource) -> SyncedSecret:
        """Make a relying party known to Authentik, below `parent`; the Secret with its credentials."""
        party = registration.party
        client = OidcClient(
            party.name,
            OidcClientArgs(party=party, shared=self.shared, store=self._base.store),
            opts=pulumi.ResourceOptions(parent=parent),
        )
        secret = SyncedSecret(
            party.item,
            SyncedSecretArgs(namespace=registration.namespace, item=client.item, labels=registration.labels),
            opts=pulumi.ResourceOptions(parent=parent),
        )
        self._base.contributions.secrets.add(secret)
        return secret
