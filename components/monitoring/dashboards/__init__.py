"""Grafana's dashboards, as the files that it reads.

One module for each, with Grafana's own builders. Each has a uid that does not change, so that links to it stay.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from grafana_foundation_sdk.builders import dashboard as building
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard

from components.monitoring.dashboards import nodes, overview, proxmox, rooms
from components.monitoring.dashboards.panels import Page

__all__ = ["HOME", "dashboards"]

PAGES: Final = (overview.PAGE, nodes.PAGE, rooms.PAGE, proxmox.PAGE)
"""In the order of their links."""

HOME: Final = overview.PAGE.uid
"""The one that people see first."""


def dashboards() -> Mapping[str, str]:
    """Dashboards as JSON, by their uids."""
    return {page.uid: _text(page) for page in PAGES}


def _text(page: Page) -> str:
    made = page.built().title(page.title).uid(page.uid)
    for other in PAGES:
        if other is not page:
            link = building.DashboardLink(other.title).type(dashboard.DashboardLinkType.LINK).url(f"/d/{other.uid}")
            # Of what was looked at here, what was then there.
            made.link(link.keep_time(True))
    whole = made.build()
    for number, panel in enumerate(whole.panels or (), start=1):
        panel.id_val = number
    return json.dumps(whole, cls=JSONEncoder, indent=1, sort_keys=True)
