from __future__ import annotations

from functools import partial
from typing import Any

from tests.support.breaking import Break
from tests.support.healthy import Healthy

ROUTES = "AlertmanagerConfig temporis/alertmanager"
BRIDGE_RULES, PROMETHEUS_RULES = "PrometheusRule temporis/bridge", "PrometheusRule temporis/prometheus"


def routes(live: Healthy) -> dict[str, Any]:
    found: dict[str, Any] = live.get("AlertmanagerConfig", "alertmanager", "temporis")["spec"]
    return found


def unwrite(live: Healthy, start: str) -> None:
    """The operator has not written a file with rules."""
    data = live.get("ConfigMap", "prometheus-temporis-rulefiles-0", "temporis")["data"]
    for name in [name for name in data if name.startswith(start)]:
        del data[name]


def watchdog(live: Healthy) -> dict[str, Any]:
    groups = live.get("PrometheusRule", "prometheus", "temporis")["spec"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    found: dict[str, Any] = next(rule for rule in rules if rule.get("alert") == "Watchdog")
    return found


def tell(live: Healthy, secret: str, key: str) -> None:
    """Tell somebody at an address out of a Secret."""
    address = {"name": secret, "key": key}
    routes(live)["receivers"].append({"name": "more", "discordConfigs": [{"apiURL": address, "sendResolved": True}]})


def keep_out(live: Healthy, matcher: dict[str, str]) -> None:
    routes(live)["route"]["matchers"] = [matcher]


BREAKS = (
    Break(
        check="rules -> Prometheus",
        subject=BRIDGE_RULES,
        target="one Prometheus",
        problem="none takes it, so none of its alerts can fire",
        change=lambda live: live.get("PrometheusRule", "bridge", "temporis")["metadata"].update(labels={}),
    ),
    Break(
        check="rules -> file that is loaded",
        subject=BRIDGE_RULES,
        target="file of Prometheus temporis/temporis",
        problem="its operator has not written them down",
        change=lambda live: unwrite(live, "temporis-bridge-"),
    ),
    Break(
        check="alert -> runbook",
        subject=f"{PROMETHEUS_RULES} alert Watchdog",
        target="annotation runbook",
        problem="nothing says what to do about it",
        change=lambda live: watchdog(live)["annotations"].pop("runbook"),
    ),
    Break(
        check="routes -> Alertmanager",
        subject="AlertmanagerConfig navidrome/more",
        target="one Alertmanager",
        problem="none takes it, so nobody is told by them",
        change=lambda live: live.objects.append(
            {"kind": "AlertmanagerConfig", "metadata": {"namespace": "navidrome", "name": "more"}, "spec": {}}
        ),
    ),
    Break(
        check="route -> receiver",
        subject=ROUTES,
        target="receiver gone",
        problem="there is no such receiver, so none of its routes count",
        change=lambda live: routes(live)["route"]["routes"][0].update(receiver="gone"),
    ),
    *(
        Break(
            check="alert -> route",
            subject=f"{PROMETHEUS_RULES} alert Watchdog",
            target="a receiver of Alertmanager temporis/temporis",
            problem="no route takes it, so nobody is told",
            change=partial(keep_out, matcher={"name": "alertname", **matcher}),
        )
        for matcher in (
            {"matchType": "!=", "value": "Watchdog"},
            {"matchType": "!~", "value": "Watch.*"},
            {"matchType": "=~", "value": "[^W].*"},
        )
    ),
    Break(
        check="receiver -> key of a Secret",
        subject=f"{ROUTES} receiver more",
        target="Secret temporis/gone key discord",
        problem="there is no such Secret, so nobody is told",
        change=lambda live: tell(live, "gone", "discord"),
    ),
    Break(
        check="receiver -> key of a Secret",
        subject=f"{ROUTES} receiver more",
        target="Secret temporis/secret-influxdb key discord",
        problem="no such key: it has admin-password, admin-token",
        change=lambda live: tell(live, "secret-influxdb", "discord"),
    ),
)
