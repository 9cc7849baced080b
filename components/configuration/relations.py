"""The checks that look at several keys at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from pydantic import ValidationError

from components.configuration.problems import Path, line, shown
from components.configuration.sections import sections_that_fit
from components.configuration.tree import Apps, Settings
from components.kit import HostedApp
from components.settings import DEFAULT_LABELS, StorageClasses
from components.settings.parsers import Ip, Range


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


def check(values: Mapping[str, Any], broken: set[Path], model: type[Settings]) -> Iterator[str]:
    """The lines about values that are good each by itself and do not go together; what is absent is no problem here.

    One mistake has one line: what may follow from a value at a `broken` path, which has its line, is not looked at.
    """
    # Of a zone that is spelled wrong nobody knows which hosts lie below it.
    zones = {} if any(path[0] == "zones" and len(path) <= 2 for path in broken) else values.get("zones", {})
    cluster = values.get("cluster", {})
    own = _apps(values.get("apps", {}), model)
    yield from _own_zone_ids(values.get("zones", {}))
    everywhere: dict[Path, str] = {("hosts", service): host for service, host in values.get("hosts", {}).items()}
    everywhere |= _default_hosts(values.get("hosts", {}), values.get("monitoring", {}), zones)
    everywhere |= _hosts_of(own, zones)
    everywhere |= {("access", host): host for host in values.get("access", {})}
    outside = {path: host for path, host in everywhere.items() if zones and host.partition(".")[2] not in zones}
    yield from _hosts_in_zones(outside, zones)
    yield from _own_hosts({path: host for path, host in everywhere.items() if path not in outside})
    yield from _separate_networks(cluster)
    yield from _one_or_both_families(cluster)
    yield from _volumes_on_nfs(cluster)
    yield from _enough_nodes(values.get("availability"), cluster.get("nodeAddresses"))
    yield from _needed_apps(own, broken)
    yield from _data_of_apps(own)
    yield from sections_that_fit(values, broken, model)
    yield from _delivered_from(values.get("gitops", {}), broken)
    for host, service in values.get("access", {}).items():
        yield from _verified(host, service)


def _apps(values: Mapping[str, Any], model: type[Settings]) -> Apps:
    """The applications; one whose list lost an entry that was wrong is as it is by default."""
    whole = model.apps_model()
    kept = {}
    for name, value in values.items():
        try:
            whole.model_validate({name: value})
        except ValidationError:
            continue
        kept[name] = value
    return whole.model_validate(kept)


def _hosts_of(apps: Apps, zones: Mapping[str, Any]) -> dict[Path, str]:
    """The applications' hosts: those that are given, and the default ones of the applications that are on."""
    found: dict[Path, str] = {}
    for app in apps.each():
        if isinstance(app, HostedApp) and (app.host or (app.enabled and zones)):
            found["apps", app.name, "host"] = app.host or app.default_host(next(iter(zones)))
    return found


def _default_hosts(
    hosts: Mapping[str, Any], monitoring: Mapping[str, Any], zones: Mapping[str, Any]
) -> dict[Path, str]:
    """Hosts of monitoring that are not given, while it is on."""
    if not zones or monitoring.get("enabled") is False:
        return {}
    return {("hosts", key): f"{label}.{next(iter(zones))}" for key, label in DEFAULT_LABELS.items() if key not in hosts}


def _own_zone_ids(zones: Mapping[str, Any]) -> Iterator[str]:
    owners: dict[str, str] = {}
    for domain, zone in zones.items():
        owner = owners.setdefault(zone.get("id", domain), domain)
        if owner != domain:
            yield line(("zones", domain, "id"), f"expected an id of its own, got that of the zone {owner}")


def _hosts_in_zones(hosts: Mapping[Path, str], zones: Mapping[str, Any]) -> Iterator[str]:
    for path, host in hosts.items():
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
    pods, services = _ranges(cluster, "podCidr"), _ranges(cluster, "serviceCidr")
    for pod in pods:
        if any(_overlap(pod, service) for service in services):
            got = shown(str(cluster["serviceCidr"]))
            yield line(("cluster", "serviceCidr"), f"expected a range apart from podCidr ({pod}), got {got}")
    for home in _ranges(cluster, "homeCidr"):
        for key, each in {"podCidr": pods, "serviceCidr": services}.items():
            if overlapped := [range_ for range_ in each if _overlap(home, range_)]:
                expected = f"expected a range apart from {key} ({overlapped[0]})"
                yield line(("cluster", "homeCidr"), f"{expected}, got {shown(str(cluster['homeCidr']))}")
    for key in ("nodeAddresses", "apiServerAddresses"):
        seen: dict[Any, int] = {}
        for index, text in enumerate(cluster.get(key, ())):
            if text is None:
                continue
            path: Path = ("cluster", key, index)
            address = ip_address(str(text))
            if seen.setdefault(address, index) != index:
                yield line(path, f"expected every address once, got {shown(str(text))} again")
                continue
            yield from _outside(path, address, {"podCidr": pods, "serviceCidr": services})


def _outside(path: Path, address: Ip, ranges: Mapping[str, Sequence[Range]]) -> Iterator[str]:
    for key, each in ranges.items():
        for range_ in each:
            if address in range_:
                yield line(path, f"expected an address outside {key} ({range_}), got {shown(str(address))}")


def _one_or_both_families(cluster: Mapping[str, Any]) -> Iterator[str]:
    """IPv6 takes part where pods and Services have addresses of it."""
    pods, services = _ranges(cluster, "podCidr"), _ranges(cluster, "serviceCidr")
    if not pods or not services:
        return
    if len(services) > len(pods):
        yield line(("cluster", "podCidr"), "expected two ranges, as serviceCidr has, in a dual-stack cluster; got one")
        return
    if len(pods) == 1:
        what = "an IPv4 address, since podCidr has no range of IPv6 (10.42.0.0/16,fd42::/56 would be a dual-stack one)"
        for path, text in _addresses(cluster):
            if ip_address(str(text)).version == 6:
                yield line(path, f"expected {what}, got {shown(str(text))}")
    elif len(services) == 1 and ip_address(str(cluster.get("publicAddress", "0.0.0.0"))).version == 6:  # noqa: S104
        yield line(
            ("cluster", "publicAddress"),
            "expected an IPv4 address, since serviceCidr has no range of IPv6 for Traefik's Service, "
            f"got {shown(str(cluster['publicAddress']))}",
        )


def _addresses(cluster: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    for key in ("nodeAddresses", "apiServerAddresses"):
        for index, text in enumerate(cluster.get(key, ())):
            if text is not None:
                yield ("cluster", key, index), text
    for key in ("publicAddress", "dnsCacheAddress"):
        if key in cluster:
            yield ("cluster", key), cluster[key]


def _ranges(cluster: Mapping[str, Any], key: str) -> list[Range]:
    return [ip_network(part) for part in str(cluster[key]).split(",")] if key in cluster else []


def _overlap(one: Range, other: Range) -> bool:
    return one.version == other.version and one.overlaps(other)


def _verified(host: str, service: Mapping[str, Any]) -> Iterator[str]:
    """A certificate at home is verified by a certificate authority, given or known, or with a reason not at all."""
    verified = service.get("verifyTls", True)
    given = [key for key in ("ca", "verifyTls", "reason") if key in service and (key != "verifyTls" or not verified)]
    target = str(service.get("target", "https://"))
    if given and not target.startswith("https://"):
        path: Path = ("access", host, given[0])
        yield line(path, f"expected it for a target with https:// only, got one with {target.partition('//')[0]}//")
    elif not verified and "ca" in service:
        yield line(("access", host, "ca"), "expected either a ca or verifyTls: false, got both")
    elif not verified and "reason" not in service:
        yield line(("access", host, "reason"), "missing; expected why verifyTls is false")
    elif verified and "reason" in service:
        yield line(("access", host, "reason"), "expected verifyTls: false with it, which it says the reason of")


def _volumes_on_nfs(cluster: Mapping[str, Any]) -> Iterator[str]:
    """Volumes on NFS are made either by csi-driver-nfs or by what the cluster has, and never on a node's disk."""
    classes = cluster.get("storageClasses", {})
    shared, local = classes.get("shared"), classes.get("local", StorageClasses().local)
    if shared is None:
        return
    if shared in (local, f"{local}-retain"):
        yield line(
            ("cluster", "storageClasses", "shared"),
            f"expected a class whose volumes any node can mount, got {shown(shared)}, which is on a node's own disk",
        )
    if "volumes" in cluster.get("nfs", {}):
        yield line(
            ("cluster", "nfs", "volumes"),
            "expected no cluster.storageClasses.shared beside it, whose provisioner chooses its folders; leave one out",
        )


def _enough_nodes(availability: str | None, nodes: list[str] | None) -> Iterator[str]:
    if availability == "high" and nodes is not None and len(nodes) < 2:
        yield line(
            ("availability",),
            f"expected single, since cluster.nodeAddresses has {len(nodes)} and 'high' takes two; got 'high'",
        )


def _needed_apps(apps: Apps, broken: set[Path]) -> Iterator[str]:
    enabled = {app.name for app in apps.each() if app.enabled}
    for app in apps.each():
        for needed, reason in app.needs.items():
            known = ("apps", needed, "enabled") not in broken and ("apps", needed) not in broken
            if app.enabled and known and needed not in enabled:
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


def _delivered_from(gitops: Mapping[str, Any], broken: set[Path]) -> Iterator[str]:
    """A repository that is needed is there, and can be what is asked of it."""
    if any(path[:3] == ("gitops", "repository", "url") or path == ("gitops", "repository") for path in broken):
        return
    repository, told = gitops.get("repository") or {}, gitops.get("notifications")
    url = str(repository.get("url", ""))
    on_github = url.startswith("https://github.com/")
    if url.startswith("ssh://") and "item" not in repository and ("gitops", "repository", "item") not in broken:
        yield line(
            ("gitops", "repository", "item"),
            "missing; expected the id of the 1Password item with the key, since the repository is read by ssh://",
        )
    wanted = "expected gitops.repository with a url that begins with https://github.com/"
    if gitops.get("previews") and not on_github:
        yield line(("gitops", "previews"), f"{wanted}, for pull requests to be found")
    if told is None:
        return
    if told.get("github") and not on_github:
        yield line(("gitops", "notifications", "github"), f"{wanted}, whose commits have a state")
    known = not any(path[:2] == ("gitops", "notifications") for path in broken)
    if known and not told.get("discord") and not told.get("github"):
        yield line(("gitops", "notifications"), "expected discord: true or github in it, got neither")
