"""What every provider and application in Authentik refers to: groups, flows, scopes, the signing key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_authentik as authentik

from components.kit import plain
from components.kit.lookups import look_up
from components.vocabulary import GROUPS

SCOPES: Final[Mapping[str, str]] = {
    "openid": "return {}",
    # Authentik says `false` here for users that an administrator has made, and applications then refuse them.
    "email": 'return {"email": request.user.email, "email_verified": True}',
    "profile": (
        'return {"name": request.user.name, "preferred_username": request.user.username, '
        '"groups": [group.name for group in request.user.ak_groups.all()]}'
    ),
}
"""Scopes that a relying party may ask for, with the claims that Authentik puts into the token for each."""

ICONS: Final = "/static/dist/assets/icons"
"""Where every Authentik server has its own pictures."""

SIGNING_KEY: Final = "authentik Self-signed Certificate"
"""Key pair that every Authentik server makes at its first start. Without one, tokens are signed by the client's secret,
and a relying party that checks them by the server's published keys refuses them."""


NOT_REACHABLE: Final = "if the server is down or its route is gone, see docs/runbooks/authentik-unreachable.md"


@dataclass(frozen=True, kw_only=True)
class SharedObjectsArgs:
    """Which groups there are; who is in them is the owner's to say, in Authentik."""

    provider: authentik.Provider
    host: str
    """Authentik's own host, which the brand is shown on."""
    groups: tuple[str, ...] = GROUPS
    """Names of the groups."""


class SharedObjects(pulumi.ComponentResource):
    """Groups, an authorization and an invalidation flow, scopes, and the brand.

    Authentik brings flows and scopes like these, but they would have to be looked up on a server that the first preview
    does not have. A flow without stages lets a signed-in user through without asking for consent.
    """

    provider: authentik.Provider
    group_ids: dict[str, pulumi.Output[str]]
    """Ids by name."""
    authorization_flow: pulumi.Output[str]
    invalidation_flow: pulumi.Output[str]
    scopes: dict[str, pulumi.Output[str]]
    """Ids of the scope mappings by scope."""
    signing_key: pulumi.Output[str]

    def __init__(self, name: str, args: SharedObjectsArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:identity:SharedObjects", name, plain(args), opts)
        self.provider = args.provider
        self.group_ids = {group: self._group(group) for group in args.groups}
        authorization = self._flow(
            name, "authorization", title="Redirecting to %(app)s", authentication="require_authenticated"
        )
        self.authorization_flow = authorization.uuid
        self.invalidation_flow = self._flow(name, "invalidation", title="Signed out", authentication="none").uuid
        self.scopes = {scope: self._scope(name, scope, expression) for scope, expression in SCOPES.items()}
        self.signing_key = look_up(
            "Authentik's signing key",
            lambda: authentik.get_certificate_key_pair_output(
                name=SIGNING_KEY,
                # The private key stays where it is: it has no business in the stack's state.
                fetch_key=False,
                fetch_certificate=False,
                # The flow's id is unknown until the server has made it: a first preview leaves the look-up out.
                opts=pulumi.InvokeOutputOptions(provider=self.provider, parent=self, depends_on=[authorization]),
            ),
            NOT_REACHABLE,
        ).id
        authentik.Brand(
            name,
            domain=args.host,
            branding_title="Homelab",
            # Authentik's own. Left out they are sent as empty texts, which its API refuses.
            branding_logo=f"{ICONS}/icon_left_brand.svg",
            branding_favicon=f"{ICONS}/icon.png",
            default=False,
            opts=self.inside(self),
        )
        self.register_outputs({})

    def inside(self, parent: pulumi.Resource) -> pulumi.ResourceOptions:
        """Options of something in the same Authentik, below `parent`.

        The provider is that of each thing, and not of the components that things are in: it is ready when the server
        answers, and whatever had it from its parents would wait for that.
        """
        return pulumi.ResourceOptions(parent=parent, provider=self.provider)

    def _group(self, group: str) -> pulumi.Output[str]:
        return authentik.Group(
            group,
            name=group,
            # A group is its name here; all else in it is its owner's. An update would write back the members whom the
            # state knows, and throw out who has come since: so nothing but a changed name may cause one.
            opts=pulumi.ResourceOptions.merge(
                self.inside(self),
                pulumi.ResourceOptions(ignore_changes=["users", "parent", "is_superuser", "attributes"]),
            ),
        ).id

    def _flow(self, name: str, designation: str, *, title: str, authentication: str) -> authentik.Flow:
        slug = f"{name}-{designation}"
        return authentik.Flow(
            slug,
            name=slug,
            slug=slug,
            title=title,
            designation=designation,
            authentication=authentication,
            opts=self.inside(self),
        )

    def _scope(self, name: str, scope: str, expression: str) -> pulumi.Output[str]:
        return authentik.PropertyMappingProviderScope(
            f"{name}-{scope}",
            name=f"{name}-{scope}",
            scope_name=scope,
            expression=expression,
            opts=self.inside(self),
        ).id
