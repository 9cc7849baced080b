"""What every sign-in shares: groups, and the flows that a user passes through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_authentik as authentik

ADMINS: Final = "homelab-admins"
USERS: Final = "homelab-users"


@dataclass(frozen=True, kw_only=True)
class DirectoryArgs:
    """Which groups there are; who is in them is the owner's to say, in Authentik."""

    groups: tuple[str, ...] = (ADMINS, USERS)


class Directory(pulumi.ComponentResource):
    """Groups, and an authorization and an invalidation flow of our own.

    Authentik brings flows like these, but they would have to be looked up on a server that the first preview does not
    have. A flow without stages lets a signed-in user through without asking for consent.
    """

    groups: dict[str, pulumi.Output[str]]
    """Ids by name."""
    authorization_flow: pulumi.Output[str]
    invalidation_flow: pulumi.Output[str]

    def __init__(self, name: str, args: DirectoryArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:identity:Directory", name, None, opts)
        self.groups = {group: self._group(group) for group in args.groups}
        self.authorization_flow = self._flow(
            name, "authorization", title="Redirecting to %(app)s", authentication="require_authenticated"
        )
        self.invalidation_flow = self._flow(name, "invalidation", title="Signed out", authentication="none")
        self.register_outputs({})

    def _group(self, group: str) -> pulumi.Output[str]:
        # Deleting a group would take it from every user who is in it.
        return authentik.Group(group, name=group, opts=pulumi.ResourceOptions(parent=self, protect=True)).id

    def _flow(self, name: str, designation: str, *, title: str, authentication: str) -> pulumi.Output[str]:
        slug = f"{name}-{designation}"
        return authentik.Flow(
            slug,
            name=slug,
            slug=slug,
            title=title,
            designation=designation,
            authentication=authentication,
            opts=pulumi.ResourceOptions(parent=self),
        ).uuid
