"""The layer of the applications."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.kit import App, AppPlatform, plain


@dataclass(frozen=True, kw_only=True)
class ApplicationsArgs:
    """The applications with their settings, and what the platform has for them."""

    apps: Sequence[App]
    platform: AppPlatform


class Applications(pulumi.ComponentResource):
    """Every application that is on, and the data of those that are off."""

    def __init__(self, name: str, args: ApplicationsArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:apps:Applications", name, plain(args), opts)
        for app in args.apps:
            if app.enabled or app.data != "removed":
                app.deploy(args.platform, opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({})
