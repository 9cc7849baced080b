"""The figures of the description: each is asked of the outputs and, where they show it, of the live objects."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from typing import Final

from components.summaries import DashboardSummary, Service
from pages import pinned
from pages.actors import tag_of
from pages.databases import cluster, schedule
from pages.errors import PagesError
from pages.flows import certificates, databases, gitops, http, monitoring, secrets, zero_trust
from pages.markdown import code, codes, link
from pages.matrix import matrix
from pages.platform import Platform
from policy.objects import spec_of

Row = tuple[str, str, str]
"""Of a table below a section: what it is, in Japanese and in English, and its value."""

OFF: Final = "off"


def figures(platform: Platform) -> dict[str, str]:
    """What goes into the text and into the boxes, by the names of the slots."""
    summary = platform.summary
    influxdb = next((item for item in summary.volumes if item.claim == "influxdb-data"), None)
    polling = gitops.polling(platform)
    return {
        "argocd": platform.running("argoproj/argocd").version,
        "applications": f"{len(platform.all('Application'))} Apps",
        "polling_ja": f"{polling // 60}分" if polling % 60 == 0 else f"{polling}秒",
        "polling_en": gitops.minutes(polling),
        "authentik": platform.answering(_service(platform, "authentik").address)[0].version,
        "traefik": platform.running("traefik").version,
        "navidrome": _version(platform, "navidrome"),
        "session": ", ".join(sorted({item.session for item in summary.access})) or OFF,
        "cloudflared": platform.running("cloudflare/cloudflared").version,
        "operator": platform.running("1password/onepassword-operator").version,
        "items": f"{len(summary.secrets)} Secrets",
        "node_interval": _interval(platform, "node-exporter"),
        "state_interval": _interval(platform, "kube-state-metrics"),
        "remo_interval": _interval(platform, "remo-exporter"),
        "prometheus": _image(platform, "Prometheus"),
        "thanos": _thanos(platform),
        "grafana": f"v{_version(platform, 'grafana')}",
        "influx_size": influxdb.size if influxdb else OFF,
        **{f"dashboard_{item.uid}": link(item.title, item.url) for item in _dashboards(platform)},
        "zones": " ".join(name for item in _certificates(platform) for name in item if name.startswith("*.")),
        "tenants": ", ".join(sorted(item.name for item in summary.databases)),
        "postgres": " ".join(
            sorted({tag_of(spec_of(cluster(platform, each))["imageName"]) for each in summary.databases})
        ),
        "vectorchord": _vectorchord(platform),
        "archives": posixpath.commonpath([item.archive for item in summary.databases]),
        "chain": "\n".join(f"- {name}" for name in _chain(platform)),
        "photos": next((item.size for item in summary.volumes if item.holds == "photos"), OFF),
    }


def _service(platform: Platform, name: str) -> Service:
    for item in platform.summary.services:
        if item.name == name:
            return item
    message = f"service {name}: looked for it among the stack outputs, which have none"
    raise PagesError(message)


def _version(platform: Platform, name: str) -> str:
    """The version of a service; one that is off has none."""
    found = [item for item in platform.summary.services if item.name == name]
    return platform.of_service(found[0])[0].version if found else OFF


def _interval(platform: Platform, job: str) -> str:
    found = [item for item in platform.summary.targets if item.name == job]
    return monitoring.interval(platform, found[0]) if found else OFF


def _image(platform: Platform, kind: str) -> str:
    found = platform.all(kind)
    return tag_of(spec_of(found[0])["image"]) if found else OFF


def _thanos(platform: Platform) -> str:
    found = platform.all("Prometheus")
    return tag_of(spec_of(found[0])["thanos"]["image"]) if found else OFF


def _dashboards(platform: Platform) -> list[DashboardSummary]:
    """Grafana's dashboards; while monitoring is off, those of the description as what they were."""
    given = [DashboardSummary(uid=uid, title=OFF, url="") for uid in ("nodes", "rooms", "proxmox")]
    return list(platform.summary.dashboards) or given


def _certificates(platform: Platform) -> Iterator[list[str]]:
    for item in platform.summary.certificates:
        yield list(spec_of(certificates.certificate(platform, item))["dnsNames"])


def _vectorchord(platform: Platform) -> str:
    """The image of the databases that have the extension."""
    found = [
        tag_of(spec_of(cluster(platform, item))["imageName"])
        for item in platform.summary.databases
        if "vchord.so" in (spec_of(cluster(platform, item))["postgresql"].get("shared_preload_libraries") or [])
    ]
    return " ".join(found) or OFF


def _chain(platform: Platform) -> list[str]:
    """The middlewares of Traefik's routes, in the order of the longest chain; those that not every route has say so."""
    every = [names for _, _, names, _ in http.chains(platform) if names]
    if not every:
        message = "Middleware: looked for those of Traefik's routes, and there are none"
        raise PagesError(message)
    guarded = max(every, key=lambda names: ("authentik-forward-auth" in names, len(names)))
    return [name if all(name in names for names in every) else f"{name} (optional)" for name in guarded]


def rows(platform: Platform) -> dict[str, list[Row]]:
    """The tables below the sections, by the names of their slots."""
    return {name: list(made(platform)) for name, made in TABLES.items()}


def _gitops(platform: Platform) -> Iterator[Row]:
    summary = platform.summary.gitops
    yield "ArgoCD", "Argo CD", f"{_version(platform, 'argocd')}, {code(_service(platform, 'argocd').url)}"
    yield "ポーリング間隔", "polling", gitops.minutes(gitops.polling(platform))
    yield "Webhook", "webhook", code(summary.webhook)
    yield "リポジトリ", "repository", code(summary.repository)
    yield "プロジェクト", "projects", codes(summary.projects)
    charts = pinned.charts_of(platform)
    yield "チャート", "charts", ", ".join(f"{name} {platform.summary.versions[name]}" for name in sorted(charts))


def _oidc(platform: Platform) -> Iterator[Row]:
    yield "IdP", "identity provider", code(_service(platform, "authentik").url)
    for item in sorted(platform.summary.services, key=lambda each: each.name):
        if item.sign_in == "Authentik (OIDC)":
            yield item.title, item.title, f"{code(item.url)}, {codes(item.groups)}"


def _forward_auth(platform: Platform) -> Iterator[Row]:
    for item in sorted(platform.summary.services, key=lambda each: each.name):
        if item.sign_in == "Authentik (forward auth)":
            yield item.title, item.title, f"{code(item.url)}, {codes(item.groups)}"


def _zero_trust(platform: Platform) -> Iterator[Row]:
    for item in sorted(platform.summary.access, key=lambda each: each.host):
        session = zero_trust.application(platform, item).properties["sessionDuration"]
        yield (
            code(item.host),
            code(item.host),
            f"{code(zero_trust.target(platform, item))}, {code(item.group)}, {session}",
        )


def _secrets(platform: Platform) -> Iterator[Row]:
    yield "Connect", "Connect", platform.running("1password/connect-api").version
    yield "Operator", "operator", platform.running("1password/onepassword-operator").version
    yield "ポーリング間隔", "polling", secrets.polling(platform)
    yield "シークレット", "Secrets", str(len(platform.summary.secrets))


def _monitoring(platform: Platform) -> Iterator[Row]:
    if not platform.summary.dashboards:
        return
    hours = ", ".join(platform.figure(f"thanos-{what}") for what in ("raw", "five-minutes", "hours"))
    kept = f"{platform.figure('prometheus-retention')}, {platform.figure('prometheus-size')}"
    yield "Prometheus", "Prometheus", f"{_image(platform, 'Prometheus')}, {kept}"
    yield "Thanos (raw, 5m, 1h)", "Thanos (raw, 5m, 1h)", f"{_thanos(platform)}, {hours}"
    yield "InfluxDB", "InfluxDB", f"{_version(platform, 'influxdb')}, {code(_service(platform, 'influxdb').url)}"
    yield "Grafana", "Grafana", f"{_version(platform, 'grafana')}, {code(_service(platform, 'grafana').url)}"


def _certificate_rows(platform: Platform) -> Iterator[Row]:
    for item in platform.summary.certificates:
        acme = certificates.solver(platform, item.issuer)
        names = codes(spec_of(certificates.certificate(platform, item))["dnsNames"])
        yield "証明書", "certificate", f"{names}, {certificates.days(item.renew_before)}, {code(str(acme['server']))}"
    yield "TLS", "TLS", f"≥ {certificates.minimum(platform)}"


def _databases(platform: Platform) -> Iterator[Row]:
    for item in sorted(platform.summary.databases, key=lambda each: each.name):
        spec = spec_of(cluster(platform, item))
        databases.archive(platform, item)
        value = f"PostgreSQL {tag_of(spec['imageName'])}, {item.size} + {item.wal_size} WAL, {code(item.service)}"
        yield item.name, item.name, f"{value}, WAL {item.recovery_point}, {item.retention}, {code(item.archive)}"


def _by(platform: Platform, way: str) -> Iterator[Row]:
    for item in sorted(platform.summary.services, key=lambda each: each.name):
        if item.exposure == way:
            yield item.title, item.title, f"{code(item.url)}, {item.sign_in}"


def _internal(platform: Platform) -> Iterator[Row]:
    calls = matrix(platform.snapshot).calls
    yield "許可された通信", "permitted calls", f"{len(calls)} ([platform/network.md](platform/network.md))"
    yield "NetworkPolicy", "NetworkPolicies", str(len(platform.all("NetworkPolicy")))


def _backups(platform: Platform) -> Iterator[Row]:
    for database in sorted(platform.summary.databases, key=lambda each: each.name):
        when = f"{code(schedule(platform, database))} UTC, WAL {database.recovery_point}, {database.retention}"
        yield f"PostgreSQL {database.name}", f"PostgreSQL {database.name}", f"{when}, {code(database.archive)}"
    for item in sorted(platform.summary.backups, key=lambda each: each.claim):
        yield code(item.claim), code(item.claim), f"{code(item.schedule)} UTC, {item.kept}, {code(item.folder)}"
    for volume in sorted(platform.summary.volumes, key=lambda each: each.claim):
        if volume.holds == "photos":
            yield "写真 (Immich)", "photos (Immich)", f"{volume.size}, {code(volume.folder)}"


TABLES: Final[dict[str, Callable[[Platform], Iterator[Row]]]] = {
    "gitops": _gitops,
    "oidc": _oidc,
    "forward-auth": _forward_auth,
    "zero-trust": _zero_trust,
    "secrets": _secrets,
    "monitoring": _monitoring,
    "certificates": _certificate_rows,
    "databases": _databases,
    "tunnel": lambda platform: _by(platform, "tunnel"),
    "traefik": lambda platform: _by(platform, "traefik"),
    "internal": _internal,
    "backups": _backups,
}
