"""The catalogue: every service with its address, its sign-in, its data, its backup, its dashboards and runbooks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from components.summaries import DashboardSummary, DatabaseSummary, Service, VolumeSummary
from pages import places
from pages.actors import Actor
from pages.errors import PagesError
from pages.markdown import bullets, code, codes, link, page, table
from pages.platform import Platform
from policy.objects import spec_of

DOCS = PurePosixPath("docs")
UP = ".."
"""From the folder of these pages to `docs`."""
ALERTS = f"{UP}/runbooks/alerts.md"


def services(platform: Platform) -> str:
    """The whole page."""
    found = sorted(platform.summary.services, key=lambda item: item.name)
    rows = [
        [link(item.title, f"#{anchor(item.title)}"), _address(item), item.sign_in, code(item.namespace)]
        for item in found
    ]
    return page(
        "Services",
        f"What people open: {len(found)} services.",
        table(["service", "address", "sign-in", "namespace"], rows),
        *(_section(platform, item) for item in found),
    )


def anchor(heading: str) -> str:
    """What a heading is called in a link."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _address(service: Service) -> str:
    return f"<{service.url}>" if service.url else ""


def _section(platform: Platform, service: Service) -> str:
    workloads = platform.of_service(service)
    # Of a namespace that several services share, each has what its own pods mount.
    alone = len([item for item in platform.summary.services if item.namespace == service.namespace]) == 1
    if alone:
        own = [item for item in platform.actors if item.namespace == service.namespace]
    else:
        own = [*workloads, *(platform.actor(name, service.namespace) for name in service.beside)]
    volumes = list(places.mounted(platform, own))
    databases = [item for item in platform.summary.databases if item.name == service.name]
    runs = [f"{code(item.place)} ({item.kind}{_times(item.replicas)}, {item.version})" for item in workloads]
    facts = [
        f"**Address** {_address(service) or 'none'}, by {service.exposure}"
        + (f"; in the cluster {code(service.address)}" if service.address else ""),
        f"**Sign-in** {service.sign_in}" + (f", for {codes(service.groups)}" if service.groups else ""),
        f"**Runs** as {', '.join(runs)}",
        *_called(own, workloads),
        f"**Data** {'; '.join(_data(platform, own, volumes, databases)) or 'none'}",
        f"**Backup** {'; '.join(_backups(platform, volumes, databases)) or 'none'}",
        f"**Dashboards** {', '.join(link(item.title, item.url) for item in dashboards(platform, service)) or 'none'}",
        f"**Runbooks** {', '.join(_runbooks(platform, service)) or 'none'}",
    ]
    return f"## {service.title}\n\n{service.description}\n\n{bullets(facts)}"


def _called(own: Iterable[Actor], workloads: Iterable[Actor]) -> Iterator[str]:
    others = {item.place for item in own} - {item.place for item in workloads}
    if others:
        yield f"**Beside it** {codes(sorted(others))}"


def _times(replicas: int) -> str:
    return f", {replicas} pods" if replicas > 1 else ""


def _data(
    platform: Platform, own: Iterable[Actor], volumes: Iterable[VolumeSummary], databases: Iterable[DatabaseSummary]
) -> Iterator[str]:
    for item in databases:
        yield f"PostgreSQL {code(item.cluster)}, {item.size}"
    for volume in volumes:
        yield f"{volume.holds} in {code(volume.claim)}, {volume.size}, on {places.where(volume)}"
    for actor in own:
        # A volume of its own for each pod, which an operator claims.
        for claim in places.templates(platform, actor):
            yield f"{code(claim.name)} of each pod of {code(actor.place)}, {claim.size}, {claim.storage_class}"


def _backups(
    platform: Platform, volumes: Iterable[VolumeSummary], databases: Iterable[DatabaseSummary]
) -> Iterator[str]:
    for item in databases:
        yield (
            f"{code(item.cluster)}: its log all the time, and whole at `{item.schedule}` (UTC), "
            f"to NFS `{item.archive}`, for {item.retention}"
        )
    for volume in volumes:
        found = places.backup_of(platform, volume)
        if found:
            yield f"{volume.holds}: at `{found.schedule}` (UTC), to NFS `{found.folder}`, {found.kept}"


def dashboards(platform: Platform, service: Service) -> list[DashboardSummary]:
    """Those that show something of a service: of each probed host, or of the jobs by which it is scraped.

    Raises:
        PagesError: a dashboard of the outputs is in no ConfigMap.
    """
    files = {
        name: text
        for item in platform.snapshot.all("ConfigMap")
        for name, text in (item.get("data") or {}).items()
        if name.endswith(".json")
    }
    jobs = {item.name for item in platform.summary.targets if item.namespace == service.namespace}
    jobs = {job for job in jobs if f"{job}-".startswith(f"{service.name}-")}
    found = []
    for dashboard in platform.summary.dashboards:
        text = files.get(f"{dashboard.uid}.json")
        if text is None:
            message = f"dashboard {dashboard.uid}: looked for a ConfigMap with {dashboard.uid}.json, and there is none"
            raise PagesError(message)
        queries = json.dumps([panel.get("targets") for panel in json.loads(text).get("panels") or []])
        probed = bool(service.url) and "probe_success" in queries
        if probed or any(f'job=\\"{job}\\"' in queries for job in jobs):
            found.append(dashboard)
    return found


def _runbooks(platform: Platform, service: Service) -> Iterator[str]:
    for path in service.runbooks:
        file = PurePosixPath(path).relative_to(DOCS)
        yield link(file.stem.replace("-", " "), f"{UP}/{file}")
    if not service.url:
        return
    for alert in sorted(probed_alerts(platform)):
        yield link(f"alert {alert}", f"{ALERTS}#{anchor(alert)}")


def probed_alerts(platform: Platform) -> set[str]:
    """The alerts that any host that people open may raise."""
    return {
        str(rule["alert"])
        for item in platform.snapshot.all("PrometheusRule")
        for group in spec_of(item).get("groups") or []
        for rule in group["rules"]
        if "alert" in rule and "probe_" in rule["expr"]
    }
