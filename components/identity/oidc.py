"""Flow 2: OpenID Connect. One client for each application that signs its users in itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_authentik as authentik

from components.identity.directory import Directory
from components.kit import Generated, OidcEndpoints, OidcSignIn, SecretStore, VaultItem, VaultItemArgs
from components.kit.oidc import CLIENT_ID, CLIENT_SECRET


def oidc_sign_in(name: str, *, url: str, callback: str) -> OidcSignIn:
    """What the application `name` needs to sign in at the Authentik of that URL, known before either of them exists.

    The paths are Authentik's; its discovery document says the same.
    """
    own = f"{url}/application/o/{name}"
    return OidcSignIn(
        endpoints=OidcEndpoints(
            issuer=f"{own}/",
            authorization=f"{url}/application/o/authorize/",
            token=f"{url}/application/o/token/",
            userinfo=f"{url}/application/o/userinfo/",
            jwks=f"{own}/jwks/",
            end_session=f"{own}/end-session/",
        ),
        secret_name=f"secret-{name}-oidc",
        callback=callback,
    )


@dataclass(frozen=True, kw_only=True)
class OidcClientArgs:
    """A relying party, and who may use it."""

    title: str
    """On the user's page of applications."""
    launch_url: str
    sign_in: OidcSignIn
    groups: Sequence[str]
    """Members of any of these groups are let in; what they may do there is the application's to say."""
    directory: Directory
    store: SecretStore
    icon: str | None = None
    """URL of the tile's picture."""

    def __post_init__(self) -> None:
        if not self.groups:
            message = f"OidcClientArgs.groups: expected at least one group that may use {self.title}"
            raise ValueError(message)


class OidcClient(pulumi.ComponentResource):
    """A confidential client: credentials generated in 1Password, provider, application tile and group bindings.

    The provider accepts one redirect URI, to the letter, and signs its tokens by the server's key.
    """

    sign_in: OidcSignIn
    item: VaultItem
    """Holds `client-id` and `client-secret`."""

    def __init__(self, name: str, args: OidcClientArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:identity:OidcClient", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        self.sign_in = args.sign_in
        self.item = VaultItem(
            f"{name}-oidc",
            VaultItemArgs(
                store=args.store, fields={CLIENT_ID: Generated(length=40), CLIENT_SECRET: Generated(length=64)}
            ),
            opts=inside,
        )
        directory = args.directory
        provider = authentik.ProviderOauth2(
            name,
            name=name,
            client_type="confidential",
            client_id=self.item.value(CLIENT_ID),
            client_secret=self.item.value(CLIENT_SECRET),
            allowed_redirect_uris=[{"matching_mode": "strict", "url": args.sign_in.callback}],
            signing_key=directory.signing_key,
            property_mappings=list(directory.scopes.values()),
            authorization_flow=directory.authorization_flow,
            invalidation_flow=directory.invalidation_flow,
            include_claims_in_id_token=True,
            sub_mode="user_uuid",
            opts=inside,
        )
        application = authentik.Application(
            name,
            name=args.title,
            slug=name,
            protocol_provider=provider.provider_oauth2_id.apply(int),
            meta_launch_url=args.launch_url,
            meta_icon=args.icon,
            policy_engine_mode="any",
            opts=inside,
        )
        for order, group in enumerate(args.groups):
            authentik.PolicyBinding(
                f"{name}-{group}", target=application.uuid, group=directory.groups[group], order=order, opts=inside
            )
        self.register_outputs({})
