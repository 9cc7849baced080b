"""What Authentik decides about: one provider and one application for each host behind forward auth."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_authentik as authentik

from components.identity.shared import SharedObjects
from components.kit import plain


@dataclass(frozen=True, kw_only=True)
class ProtectedHostArgs:
    """A host, and who may reach it."""

    title: str
    """On the user's page of applications."""
    host: str
    group: str
    """Members of this group are let in."""
    shared: SharedObjects


class ProtectedHost(pulumi.ComponentResource):
    """Forward auth for one host: proxy provider, application and the group that may use it.

    One for each host, not one for the domain: a group can be let into one application without all the others.
    """

    provider_id: pulumi.Output[int]

    def __init__(self, name: str, args: ProtectedHostArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:identity:ProtectedHost", name, plain(args), opts)
        inside = args.shared.inside(self)
        url = f"https://{args.host}"
        provider = authentik.ProviderProxy(
            name,
            name=name,
            mode="forward_single",
            external_host=url,
            authorization_flow=args.shared.authorization_flow,
            invalidation_flow=args.shared.invalidation_flow,
            opts=inside,
        )
        self.provider_id = provider.provider_proxy_id.apply(int)
        application = authentik.Application(
            name,
            name=args.title,
            slug=name,
            protocol_provider=self.provider_id,
            meta_launch_url=url,
            opts=inside,
        )
        authentik.PolicyBinding(
            name, target=application.uuid, group=args.shared.group_ids[args.group], order=0, opts=inside
        )
        self.register_outputs({})
