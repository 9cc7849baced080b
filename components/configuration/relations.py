"""The checks that look at several keys at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network
from typing import Any

from components.configuration.problems import Path, line, shown
from components.configuration.tree import Apps, Settings, default_host
from components.kit import HostedApp


def without(values: Mapping[str, Any], broken: set[Path]) -> dict[str, Any]:
    """The values that are good by themselves: a copy in which keys at broken paths are absent, list entries None."""

    def pruned(value: Any, path: Path) -> Any:
        if isinstance(value, Mapping):
            return {key: pruned(inner, (*path, key)) for key, inner in value.items() if (*path, key) not in broken}
        if isinstance(value, list | tuple):
            return [None if (*path, index) in broken else inner for index, inner in enumerate(value)]
        return value

    kept: dict[str, Any] = pruned(values, ())
    return kept


def check(values: Mapping[str, Any], model: type[Settings]) -> Iterator[str]:
    """The lines about values that are good each by itself and do not go together; what is absent is no problem here."""
    zones = values.get("zones", {})
    cluster = values.get("cluster", {})
    own = model.apps_model().model_validate(values.get("apps", {}))
    yield from _own_zone_ids(zones)
    everywhere: dict[Path, str] = {("hosts", service): host for service, host in values.get("hosts", {}).items()}
    everywhere |= _hosts_of(own, zones)
    everywhere |= {("access", host): host for host in values.get("access", {})}
    yield from _hosts_in_zones(everywhere, zones)
    yield from _own_hosts(everywhere)
    yield from _separate_networks(cluster)
    yield from _enough_nodes(values.get("availability"), cluster.get("nodeAddresses"))
    yield from _needed_apps(own)
    yield from _data_of_apps(own)


def _hosts_of(apps: Apps, zones: Mapping[str, Any]) -> dict[Path, str]:
    """The applications' hosts: those that are given, and the default ones of the applications that are on."""
    found: dict[Path, str] = {}
    for app in apps.each():
        if isinstance(app, HostedApp) and (app.host or (app.enabled and zones)):
            found["apps", app.name, "host"] = app.host or default_host(app.name, next(iter(zones)))
    return found


def _own_zone_ids(zones: Mapping[str, Any]) -> Iterator[str]:
    owners: dict[str, str] = {}
    for domain, zone in zones.items():
        owner = owners.setdefault(zone.get("id", domain), domain)
        if owner != domain:
            yield line(("zones", domain, "id"), f"expected an id of its own, got that of the zone {owner}")


def _hosts_in_zones(hosts: Mapping[Path, str], zones: Mapping[str, Any]) -> Iterator[str]:
    for path, host in hosts.items():
        if zones and host.partition(".")[2] not in zones:
            yield line(
                path,
                f"expected a host directly below one of the zones {', '.join(zones)} "
                f"(the wildcard certificate covers one label), got {shown(host)}",
            )


def _own_hosts(hosts: Mapping[Path, str]) -> Iterator[str]:
    owners: dict[str, Path] = {}
    for path, host in hosts.items():
        owner = owners.setdefault(host, path)
        if owner != path:
            yield line(path, f"expected a host of its own, got {shown(host)}, the host of {_owner(owner)}")


def _owner(path: Path) -> str:
    """Whose host it is, as a person would say it."""
    return str(path[-2] if path[-1] == "host" else path[-1])


def _separate_networks(cluster: Mapping[str, Any]) -> Iterator[str]:
    ranges = {key: ip_network(cluster[key]) for key in ("podCidr", "serviceCidr") if key in cluster}
    if len(ranges) == 2 and ranges["podCidr"].overlaps(ranges["serviceCidr"]):
        pods, services = ranges.values()
        yield line(
            ("cluster", "serviceCidr"), f"expected a range apart from podCidr ({pods}), got {shown(str(services))}"
        )
    seen: dict[Any, int] = {}
    for index, text in enumerate(cluster.get("nodeAddresses", ())):
        if text is None:
            continue
        path: Path = ("cluster", "nodeAddresses", index)
        address = ip_address(text)
        if seen.setdefault(address, index) != index:
            yield line(path, f"expected every node once, got {shown(text)} again")
        for key, range_ in ranges.items():
            if address in range_:
                yield line(path, f"expected an address outside {key} ({range_}), got {shown(text)}")


def _enough_nodes(availability: str | None, nodes: list[str] | None) -> Iterator[str]:
    if availability == "high" and nodes is not None and len(nodes) < 2:
        yield line(
            ("availability",),
            f"expected single, since cluster.nodeAddresses has {len(nodes)} and 'high' takes two; got 'high'",
        )


def _needed_apps(apps: Apps) -> Iterator[str]:
    enabled = {app.name for app in apps.each() if app.enabled}
    for app in apps.each():
        for needed, reason in app.needs.items():
            if app.enabled and needed not in enabled:
                yield line(
                    ("apps", app.name, "enabled"),
                    f"needs apps.{needed}.enabled, which is false: expected both or neither, since {reason}",
                )


def _data_of_apps(apps: Apps) -> Iterator[str]:
    for app in apps.each():
        if app.enabled and app.data == "removed":
            yield line(
                ("apps", app.name, "data"),
                "expected kept or removable, since the application is on; got 'removed': switch it off first",
            )
