"""Public addresses, called as somebody outside would."""

from __future__ import annotations

from typing import Final

from components.monitoring.rules.model import Alert, RuleGroup, Watched

RULES: Final = (
    Alert(
        name="ProbeFailing",
        severity="critical",
        expr="probe_success == 0",
        wait="5m",
        summary="{{ $labels.service }} does not answer at {{ $labels.instance }}",
        description="Its name, the way in, its certificate or the service itself is wrong.",
    ),
    Alert(
        name="ProbeSlow",
        severity="warning",
        expr="avg_over_time(probe_duration_seconds[15m]) > 3",
        wait="15m",
        summary="{{ $labels.service }} takes {{ $value | humanizeDuration }} to answer at {{ $labels.instance }}",
        description="On average of the last quarter of an hour.",
    ),
)


def group(_watched: Watched) -> RuleGroup:
    """Alerts of probes."""
    return RuleGroup(name="probes", rules=RULES)
