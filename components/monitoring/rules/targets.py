"""Whether everything that has metrics answers."""

from __future__ import annotations

from components.monitoring.rules.model import Alert, RuleGroup, Watched, on_its_node


def group(watched: Watched) -> RuleGroup:
    """Alerts of the scraping itself."""
    missing = " or ".join(f'absent(up{{job="{job}"}})' for job in sorted(set(watched.jobs)))
    down = Alert(
        name="TargetDown",
        severity="warning",
        expr=on_its_node("up == 0"),
        wait="10m",
        summary="{{ $labels.job }} at {{ $labels.instance }} has not answered for ten minutes",
        description="It is down, or Prometheus may not call it. Nothing else that is known of it is up to date.",
    )
    gone = Alert(
        name="TargetMissing",
        severity="warning",
        expr=missing,
        wait="15m",
        summary="There is no {{ $labels.job }} to be scraped",
        description="No pod of that name is found, running or not: no alert about it can fire.",
    )
    return RuleGroup(name="targets", rules=(down, gone) if watched.jobs else (down,))
