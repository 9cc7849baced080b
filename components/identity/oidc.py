"""Flow 2: OpenID Connect. One client for each application that signs its users in itself."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_authentik as authentik

from components.identity.shared import SharedObjects
from components.kit import Generated, RelyingParty, SecretStore, VaultItem, VaultItemArgs, plain
from components.kit.oidc import CLIENT_ID, CLIENT_SECRET


@dataclass(frozen=True, kw_only=True)
class OidcClientArgs:
    """A relying party, and where its credentials are kept."""

    party: RelyingParty
    shared: SharedObjects
    store: SecretStore


class OidcClient(pulumi.ComponentResource):
    """A confidential client: credentials generated in 1Password, provider, application tile and group bindings.

    The provider accepts the redirect URIs of its party, to the letter, and signs its tokens by the server's key.
    """

    item: VaultItem
    """Holds `client-id` and `client-secret`."""

    def __init__(self, name: str, args: OidcClientArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:identity:OidcClient", name, plain(args), opts)
        party, shared = args.party, args.shared
        inside = shared.inside(self)
        self.item = VaultItem(
            party.item,
            VaultItemArgs(
                store=args.store, fields={CLIENT_ID: Generated(length=40), CLIENT_SECRET: Generated(length=64)}
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        provider = authentik.ProviderOauth2(
            name,
            name=party.name,
            client_type="confidential",
            client_id=self.item.value(CLIENT_ID),
            client_secret=self.item.value(CLIENT_SECRET),
            allowed_redirect_uris=[{"matching_mode": "strict", "url": url} for url in party.redirect_uris],
            signing_key=shared.signing_key,
            property_mappings=[*shared.scopes.values(), *self._role(name, party, inside)],
            authorization_flow=shared.authorization_flow,
            invalidation_flow=shared.invalidation_flow,
            include_claims_in_id_token=True,
            sub_mode="user_uuid",
            opts=inside,
        )
        application = authentik.Application(
            name,
            name=party.title,
            slug=party.name,
            protocol_provider=provider.provider_oauth2_id.apply(int),
            meta_launch_url=party.launch_url,
            meta_icon=party.icon,
            policy_engine_mode="any",
            opts=inside,
        )
        for group in party.groups:
            # Any of them is enough, so that their order says nothing.
            authentik.PolicyBinding(
                f"{name}-{group}", target=application.uuid, group=shared.group_ids[group], order=0, opts=inside
            )
        self.register_outputs({})

    @staticmethod
    def _role(name: str, party: RelyingParty, inside: pulumi.ResourceOptions) -> list[pulumi.Output[str]]:
        """A claim of the application's own: it comes with the scope `profile`, which every application asks for."""
        if party.role is None:
            return []
        roles = list(party.role.roles.items())
        mapping = authentik.PropertyMappingProviderScope(
            f"{name}-role",
            name=f"{name}-role",
            scope_name="profile",
            expression=(
                "groups = [group.name for group in request.user.ak_groups.all()]\n"
                f"roles = [role for group, role in {roles!r} if group in groups]\n"
                f"return {{{party.role.claim!r}: (roles + [{party.role.otherwise!r}])[0]}}"
            ),
            opts=inside,
        )
        return [mapping.id]
