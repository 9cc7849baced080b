"""Checks of alerts: from a rule, which some Prometheus has loaded, over routes to whoever is told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from doctor import kube
from doctor.check import Context, Reference, check, unless
from doctor.monitors import selects, taken_by_one
from doctor.prometheus import key_of_secret
from doctor.snapshot import Snapshot
from policy.objects import label, labels_of, namespace_of

CONFIG: Final = "alertmanagerConfig"
"""How the fields of an Alertmanager begin by which it selects its routes."""


def _alerts(snapshot: Snapshot) -> Iterator[tuple[kube.Object, Mapping[str, Any]]]:
    """Every alert, and the object that it is in."""
    for rules in snapshot.all("PrometheusRule"):
        for group in rules["spec"].get("groups") or []:
            for rule in group.get("rules") or []:
                if rule.get("alert"):
                    yield rules, rule


def _named(rules: kube.Object, alert: Mapping[str, Any]) -> str:
    return f"{label(rules)} alert {alert['alert']}"


@check("rules -> Prometheus")
def taken(context: Context) -> Iterator[Reference]:
    """Rules are evaluated, and once."""
    for rules in context.snapshot.all("PrometheusRule"):
        yield taken_by_one(context.snapshot, rules, "Prometheus", "rule", "none of its alerts can fire")


@check("rules -> file that is loaded")
def loaded(context: Context) -> Iterator[Reference]:
    """The operator has written the rules into a file of the Prometheus that takes them."""
    snapshot = context.snapshot
    for rules in snapshot.all("PrometheusRule"):
        for prometheus in snapshot.all("Prometheus"):
            if selects(snapshot, prometheus, "rule", rules):
                fault = "its operator has not written them down, so none of its alerts can fire"
                advice = (
                    f"look at `kubectl describe prometheusrule -n {namespace_of(rules)} {rules['metadata']['name']}`"
                )
                name = f"{namespace_of(rules)}-{rules['metadata']['name']}-{rules['metadata'].get('uid')}.yaml"
                written = name in _files_of(snapshot, prometheus)
                yield Reference(label(rules), f"file of {label(prometheus)}", *unless(written, fault, advice))


def _files_of(snapshot: Snapshot, prometheus: kube.Object) -> set[str]:
    """The files with rules of a Prometheus."""
    name = prometheus["metadata"]["name"]
    return {
        file
        for config_map in snapshot.within("ConfigMap", namespace_of(prometheus))
        if labels_of(config_map).get("prometheus-name") == name
        for file in config_map.get("data") or {}
    }


@check("alert -> runbook")
def runbooks(context: Context) -> Iterator[Reference]:
    """Whoever is told of an alert is told what to do about it."""
    for rules, alert in _alerts(context.snapshot):
        has = (alert.get("annotations") or {}).get("runbook")
        problem = unless(has, "nothing says what to do about it", "give it the annotation runbook")
        yield Reference(_named(rules, alert), "annotation runbook", *problem)


@check("routes -> Alertmanager")
def used(context: Context) -> Iterator[Reference]:
    """Routes are used, and once."""
    for config in context.snapshot.all("AlertmanagerConfig"):
        yield taken_by_one(context.snapshot, config, "Alertmanager", CONFIG, "nobody is told by them")


@check("route -> receiver")
def receivers(context: Context) -> Iterator[Reference]:
    """Every receiver that a route names is one of the same object: its operator refuses all of it otherwise."""
    for config in context.snapshot.all("AlertmanagerConfig"):
        known = {item["name"] for item in config["spec"].get("receivers") or []}
        for name in _receivers(config["spec"].get("route") or {}):
            fault, advice = "there is no such receiver, so none of its routes count", "correct the name of the receiver"
            yield Reference(label(config), f"receiver {name}", *unless(name in known, fault, advice))


def _receivers(route: Mapping[str, Any]) -> Iterator[str]:
    if route.get("receiver"):
        yield route["receiver"]
    for child in route.get("routes") or []:
        yield from _receivers(child)


@check("alert -> route")
def routed(context: Context) -> Iterator[Reference]:
    """Every alert comes to a receiver, be it one that tells nobody, in each Alertmanager."""
    snapshot = context.snapshot
    for alertmanager in snapshot.all("Alertmanager"):
        configs = [item for item in snapshot.all("AlertmanagerConfig") if selects(snapshot, alertmanager, CONFIG, item)]
        for rules, alert in _alerts(snapshot):
            taken_by = any(_takes(alertmanager, config, alert) for config in configs)
            fault, advice = "no route takes it, so nobody is told", "take the matchers away that keep it out"
            problem = unless(taken_by, fault, advice)
            yield Reference(_named(rules, alert), f"a receiver of {label(alertmanager)}", *problem)


def _takes(alertmanager: kube.Object, config: kube.Object, alert: Mapping[str, Any]) -> bool:
    """Whether the first route of an object is certain to take an alert; below it, some receiver is found."""
    labels = {**(alert.get("labels") or {}), "alertname": alert["alert"]}
    strategy = (alertmanager["spec"].get("alertmanagerConfigMatcherStrategy") or {}).get("type") or "OnNamespace"
    at_home = namespace_of(config) == namespace_of(alertmanager)
    only_here = strategy == "OnNamespace" or (strategy != "None" and not at_home)
    if only_here and labels.get("namespace") != namespace_of(config):
        return False
    route = config["spec"].get("route")
    return bool(route) and all(_fits(item, labels) for item in route.get("matchers") or [])


def _fits(matcher: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a matcher is certain to take a label of a rule."""
    how, wanted = matcher.get("matchType") or "=", matcher.get("value", "")
    value = labels.get(matcher["name"], "")
    same = bool(re.fullmatch(wanted, value)) if "~" in how else value == wanted
    return same is not how.startswith("!")


@check("receiver -> key of a Secret")
def addresses(context: Context) -> Iterator[Reference]:
    """The address at which somebody is told exists."""
    for config in context.snapshot.all("AlertmanagerConfig"):
        for receiver in config["spec"].get("receivers") or []:
            for key in _keys(receiver):
                subject = f"{label(config)} receiver {receiver['name']}"
                yield key_of_secret(context, subject, namespace_of(config), key, "nobody is told")


def _keys(value: Any) -> Iterator[dict[str, str]]:
    """Every key of a Secret that is named somewhere in a value."""
    if isinstance(value, Mapping):
        if {"name", "key"} <= set(value) <= {"name", "key", "optional"}:
            yield dict(value)
        else:
            yield from _all(value.values())
    elif isinstance(value, list):
        yield from _all(value)


def _all(values: Iterable[Any]) -> Iterator[dict[str, str]]:
    for value in values:
        yield from _keys(value)
