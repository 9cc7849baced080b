"""What Argo CD delivers."""

from __future__ import annotations

from typing import Final

from components.monitoring.rules.model import Alert, RuleGroup, Watched

RULES: Final = (
    Alert(
        name="ApplicationOutOfSync",
        severity="warning",
        # Added up, because a series ends whenever one of its other labels changes, and the waiting would begin anew.
        expr='max by (name, project) (argocd_app_info{sync_status!="Synced"}) == 1',
        wait="30m",
        summary="{{ $labels.name }} in Argo CD's project {{ $labels.project }} is not as it was declared",
        description="Argo CD mends such things by itself within minutes: here it cannot.",
    ),
    Alert(
        name="ApplicationUnhealthy",
        severity="warning",
        expr='max by (name, project) (argocd_app_info{health_status=~"Degraded|Missing|Unknown"}) == 1',
        wait="15m",
        summary="{{ $labels.name }} in Argo CD's project {{ $labels.project }} is not healthy",
        description="Something of it does not become ready, or is not there.",
    ),
)


def group(_watched: Watched) -> RuleGroup:
    """Alerts of delivery."""
    return RuleGroup(name="delivery", rules=RULES)
