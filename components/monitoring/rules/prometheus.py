"""What watches everything else: Prometheus and Alertmanager themselves."""

from __future__ import annotations

from typing import Final

from components.monitoring.rules.model import Alert, RuleGroup, Watched

RULES: Final = (
    Alert(
        name="Watchdog",
        severity="none",
        expr="vector(1)",
        wait="0s",
        summary="Alerts get through",
        description="It fires always. A service outside the house hears of it every few minutes, and tells when it "
        "does not.",
    ),
    Alert(
        name="PrometheusConfigRejected",
        severity="critical",
        expr="prometheus_config_last_reload_successful == 0",
        wait="10m",
        summary="{{ $labels.pod }} refuses its configuration",
        description="It goes on with the last one that was good, and ends with the next restart.",
    ),
    Alert(
        name="PrometheusRulesFailing",
        severity="warning",
        expr="increase(prometheus_rule_evaluation_failures_total[10m]) > 0",
        wait="10m",
        summary="{{ $labels.pod }} cannot evaluate rules of {{ $labels.rule_group }}",
        description="Alerts of that group do not fire, whatever happens.",
    ),
    Alert(
        name="PrometheusNotificationsFailing",
        severity="critical",
        expr="increase(prometheus_notifications_errors_total[10m]) > 0"
        " or prometheus_notifications_alertmanagers_discovered == 0",
        wait="10m",
        summary="{{ $labels.pod }} cannot hand its alerts to Alertmanager",
        description="Alerts fire, and nobody is told.",
    ),
    Alert(
        name="AlertmanagerConfigRejected",
        severity="critical",
        expr="alertmanager_config_last_reload_successful == 0",
        wait="10m",
        summary="{{ $labels.pod }} refuses its configuration",
        description="It goes on with the last one that was good, and ends with the next restart.",
    ),
    Alert(
        name="AlertmanagerNotificationsFailing",
        severity="critical",
        expr="sum by (integration) (increase(alertmanager_notifications_failed_total[10m])) > 0",
        wait="10m",
        summary="Alertmanager cannot tell anybody by {{ $labels.integration }}",
        description="Whoever it is that should hear of alerts does not.",
    ),
)


def group(_watched: Watched) -> RuleGroup:
    """Alerts of Prometheus and Alertmanager."""
    return RuleGroup(name="prometheus", rules=RULES)
