"""The ten flows, each a diagram of what is really there: an arrow is a reference that was followed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pages.flows import (
    backups,
    certificates,
    databases,
    forward_auth,
    gitops,
    http,
    monitoring,
    secrets,
    sign_in,
    zero_trust,
)
from pages.markdown import bullets, page
from pages.platform import Platform

FLOWS: Final[tuple[Callable[[Platform], str], ...]] = (
    gitops.flow,
    sign_in.flow,
    forward_auth.flow,
    zero_trust.flow,
    secrets.flow,
    monitoring.flow,
    certificates.flow,
    databases.flow,
    http.flow,
    backups.flow,
)
"""In the order of the description."""


def flows(platform: Platform) -> str:
    """The whole page."""
    return page(
        "Flows",
        "Nodes are objects of the cluster and of the accounts, by their own names; versions and intervals are theirs.",
        bullets(["[The same in words and boxes](../data-flow.en.md)", "[Who may call whom](network.md)"]),
        *(flow(platform) for flow in FLOWS),
    )
