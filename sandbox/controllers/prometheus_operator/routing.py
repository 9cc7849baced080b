"""The configuration of an Alertmanager: a base, and before its routes those of every AlertmanagerConfig selected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from sandbox import kube
from sandbox.controllers.hub import Hub
from sandbox.controllers.objects import decoded, namespace_of
from sandbox.controllers.prometheus_operator import durations, names, selecting
from sandbox.controllers.prometheus_operator.errors import ConfigurationError
from sandbox.controllers.prometheus_operator.references import secret_url
from sandbox.controllers.prometheus_operator.relabeling import snake

FILE: Final = "alertmanager.yaml"
NOBODY: Final = {"route": {"receiver": "null"}, "receivers": [{"name": "null"}]}
"""What there is without a configuration: nobody is told."""
TIMES: Final = ("groupWait", "groupInterval", "repeatInterval")
KNOWN_RECEIVERS: Final = {"name", "discordConfigs", "webhookConfigs"}
DISCORD: Final = ("sendResolved", "title", "message", "content", "username", "avatarURL")
WEBHOOK: Final = ("sendResolved", "maxAlerts", "timeout")
MATCHES: Final = ("=", "!=", "=~", "!~")


@dataclass(frozen=True, kw_only=True)
class Routed:
    """A configuration, and what could not become a part of it."""

    configuration: dict[str, Any]
    rejected: list[tuple[kube.Object, str]]


def routed(hub: Hub, alertmanager: kube.Object) -> Routed:
    """Everything that an Alertmanager is told.

    Raises:
        ConfigurationError: a selector is none, or what is to be the base cannot be used.
    """
    spec, space = alertmanager["spec"], namespace_of(alertmanager)
    base_name = (spec.get("alertmanagerConfiguration") or {}).get("name", "")
    base = _of_object(hub, base_name, space) if base_name else _of_secret(hub, alertmanager)
    found = selecting.select(
        hub,
        alertmanager,
        names.ALERTMANAGER_CONFIG,
        "alertmanagerConfig",
        lambda config: check(hub, config),
        but=[base_name],
    )
    if not found.valid:
        return Routed(configuration=base, rejected=found.rejected)
    parts = [_part(hub, config) for config in found.valid]
    for config, part in zip(found.valid, parts, strict=True):
        _enclose(alertmanager, config, part)
    routes = [{**part["route"], "continue": True} for part in parts if part["route"]]
    base_route = base["route"]
    whole = {
        **base,
        "route": {**base_route, "routes": [*routes, *(base_route.get("routes") or [])]},
        "receivers": [*(base.get("receivers") or []), *(item for part in parts for item in part["receivers"])],
        "inhibit_rules": [
            *(base.get("inhibit_rules") or []),
            *(item for part in parts for item in part["inhibit_rules"]),
        ],
    }
    return Routed(configuration=whole, rejected=found.rejected)


def check(hub: Hub, config: kube.Object) -> None:
    """See whether an AlertmanagerConfig can be used.

    Raises:
        ConfigurationError: it cannot, with the reason.
    """
    spec = config["spec"]
    if spec.get("muteTimeIntervals"):
        raise ConfigurationError("muteTimeIntervals: not known to the sandbox's operator")
    known: set[str] = set()
    for receiver in spec.get("receivers") or []:
        if receiver["name"] in known:
            raise ConfigurationError(f'"{receiver["name"]}" receiver is not unique')
        known.add(receiver["name"])
    route = spec.get("route")
    if route is not None:
        if not route.get("receiver"):
            raise ConfigurationError("root route must define a receiver")
        _check_route(route, known)
    for rule in spec.get("inhibitRules") or []:
        _check_matchers([*(rule.get("sourceMatch") or []), *(rule.get("targetMatch") or [])])
    _part(hub, config)


def _check_route(route: Mapping[str, Any], receivers: set[str]) -> None:
    receiver, grouped = route.get("receiver"), route.get("groupBy") or []
    if receiver and receiver not in receivers:
        raise ConfigurationError(f'receiver "{receiver}" not found')
    if len(set(grouped)) < len(grouped):
        raise ConfigurationError(f"duplicate values not permitted in route 'groupBy': {grouped}")
    for field in TIMES:
        try:
            durations.seconds(route.get(field) or "0")
        except ConfigurationError as error:
            raise ConfigurationError(f"{field} {route[field]} does not match required regex: {error}") from error
    _check_matchers(route.get("matchers") or [])
    for number, child in enumerate(route.get("routes") or []):
        try:
            _check_route(child, receivers)
        except ConfigurationError as error:
            raise ConfigurationError(f"route[{number}]: {error}") from error


def _check_matchers(matchers: Iterable[Mapping[str, Any]]) -> None:
    for number, matcher in enumerate(matchers):
        kind = matcher.get("matchType") or "="
        if kind not in MATCHES:
            raise ConfigurationError(f"matcher[{number}]: invalid 'matchType' \"{kind}\"")
        if not matcher.get("name"):
            raise ConfigurationError(f"matcher[{number}]: matcher 'name' is required")
        try:
            re.compile(matcher.get("value", "") if "~" in kind else "")
        except re.error as error:
            raise ConfigurationError(f"matcher[{number}]: {error}") from error


def _of_secret(hub: Hub, alertmanager: kube.Object) -> dict[str, Any]:
    """The base that somebody has put into a Secret; without it nobody is told."""
    meta = alertmanager["metadata"]
    name = alertmanager["spec"].get("configSecret") or names.prefixed("alertmanager", meta["name"])
    text = decoded(hub.get(*names.SECRET, name, meta["namespace"]) or {}, FILE)
    if not text:
        return {**NOBODY}
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"failed to initialize from secret: {' '.join(str(error).split())}") from error
    if not isinstance(found, dict) or not (found.get("route") or {}).get("receiver"):
        raise ConfigurationError("failed to initialize from secret: root route's receiver must exist")
    return found


def _of_object(hub: Hub, name: str, namespace: str) -> dict[str, Any]:
    """The base that an AlertmanagerConfig is, with its routes for alerts of every namespace."""
    config = hub.get(*names.ALERTMANAGER_CONFIG, name, namespace)
    if config is None:
        what = f'alertmanagerconfigs.monitoring.coreos.com "{name}" not found'
        raise ConfigurationError(f"failed to get global AlertmanagerConfig: {what}")
    try:
        check(hub, config)
        if not config["spec"].get("route"):
            raise ConfigurationError("root route must exist")
        if config["spec"]["route"].get("matchers"):
            raise ConfigurationError("'matchers' not permitted on root route")
    except ConfigurationError as error:
        raise ConfigurationError(f"failed to initialize from global AlertmangerConfig: {error}") from error
    return _part(hub, config)


def _part(hub: Hub, config: kube.Object) -> dict[str, Any]:
    """An AlertmanagerConfig in Alertmanager's own words; names of receivers are made its own."""
    spec, prefix = config["spec"], f"{kube.name_of(config)}/"
    return {
        "route": _route(spec["route"], prefix) if spec.get("route") else {},
        "receivers": [_receiver(hub, config, item, prefix) for item in spec.get("receivers") or []],
        "inhibit_rules": [
            {
                "source_matchers": _matchers(item.get("sourceMatch")),
                "target_matchers": _matchers(item.get("targetMatch")),
                "equal": item.get("equal") or [],
            }
            for item in spec.get("inhibitRules") or []
        ],
    }


def _route(route: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = {snake(key): route[key] for key in ("groupBy", *TIMES, "continue") if route.get(key)}
    if route.get("receiver"):
        found["receiver"] = f"{prefix}{route['receiver']}"
    if route.get("matchers"):
        found["matchers"] = _matchers(route["matchers"])
    if route.get("routes"):
        found["routes"] = [_route(child, prefix) for child in route["routes"]]
    return found


def _matchers(given: Iterable[Mapping[str, Any]] | None) -> list[str]:
    return [_matcher(item["name"], item.get("matchType") or "=", item.get("value", "")) for item in given or []]


def _matcher(name: str, kind: str, value: str) -> str:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{name}{kind}"{quoted}"'


def _receiver(hub: Hub, config: kube.Object, given: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    unknown = sorted(key for key in given.keys() - KNOWN_RECEIVERS if given[key])
    if unknown:
        raise ConfigurationError(f"{unknown[0]}: the sandbox's operator knows Discord and webhooks only")
    space = namespace_of(config)
    found: dict[str, Any] = {"name": f"{prefix}{given['name']}"}
    for item in given.get("discordConfigs") or []:
        try:
            url = secret_url(hub, space, item["apiURL"])
        except ConfigurationError as error:
            raise ConfigurationError(f"failed to retrieve API URL: {error}") from error
        found.setdefault("discord_configs", []).append({"webhook_url": url, **_said(item, DISCORD)})
    for item in given.get("webhookConfigs") or []:
        if not item.get("url") and not item.get("urlSecret"):
            raise ConfigurationError("one of 'url' or 'urlSecret' must be specified")
        url = secret_url(hub, space, item["urlSecret"]) if item.get("urlSecret") else item["url"]
        found.setdefault("webhook_configs", []).append({"url": url, **_said(item, WEBHOOK)})
    return found


def _said(given: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """What is said of a message."""
    return {snake(key.replace("URL", "Url")): given[key] for key in keys if given.get(key) not in (None, "")}


def _enclose(alertmanager: kube.Object, config: kube.Object, part: dict[str, Any]) -> None:
    """Keep what is said in a namespace to alerts of that namespace, unless the Alertmanager wants it otherwise."""
    strategy = (alertmanager["spec"].get("alertmanagerConfigMatcherStrategy") or {}).get("type") or "OnNamespace"
    at_home = namespace_of(config) == namespace_of(alertmanager)
    if strategy == "None" or (strategy == "OnNamespaceExceptForAlertmanagerNamespace" and at_home):
        return
    only = _matcher("namespace", "=", namespace_of(config))
    if part["route"]:
        part["route"]["matchers"] = [*part["route"].get("matchers", []), only]
    for rule in part["inhibit_rules"]:
        for side in ("source_matchers", "target_matchers"):
            rule[side] = [*rule[side], only]
