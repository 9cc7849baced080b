"""The configuration of a Prometheus: what it scrapes, whom it tells, where else it writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox import kube
from sandbox.controllers.hub import Hub
from sandbox.controllers.objects import namespace_of
from sandbox.controllers.prometheus_operator import durations, names, relabeling, selecting
from sandbox.controllers.prometheus_operator.checking import Checks, check_credentials, check_relabelings
from sandbox.controllers.prometheus_operator.errors import ConfigurationError
from sandbox.controllers.prometheus_operator.scraping import Job, Scraping, signed_in
from sandbox.controllers.prometheus_operator.selecting import Selected

RULES: Final = "/etc/prometheus/rules"
"""Where the ConfigMaps with rules are in the pod."""
REPLICA: Final = "prometheus_replica"
DEFAULT_INTERVAL: Final = "30s"


@dataclass(frozen=True, kw_only=True)
class Scraped:
    """The jobs of a Prometheus, and what could not become one."""

    jobs: list[Job]
    rejected: list[tuple[kube.Object, str]]


def scraped(hub: Hub, prometheus: kube.Object) -> Scraped:
    """What is selected. ConfigurationError if a selector is none."""
    checks = Checks(hub=hub, interval=prometheus["spec"].get("scrapeInterval") or DEFAULT_INTERVAL)
    scraping = Scraping(hub=hub, role=_role(prometheus))
    kinds = (
        (names.SERVICE_MONITOR, "serviceMonitor", checks.service_monitor, scraping.service_monitor),
        (names.POD_MONITOR, "podMonitor", checks.pod_monitor, scraping.pod_monitor),
        (names.PROBE, "probe", checks.probe, scraping.probe),
        (names.SCRAPE_CONFIG, "scrapeConfig", checks.scrape_config, scraping.scrape_config),
    )
    jobs: list[Job] = []
    rejected: list[tuple[kube.Object, str]] = []
    for kind, prefix, check, made in kinds:
        found: Selected = selecting.select(hub, prometheus, kind, prefix, check)
        jobs += [job for obj in found.valid for job in made(obj)]
        rejected += found.rejected
    return Scraped(jobs=jobs, rejected=rejected)


def configuration(hub: Hub, prometheus: kube.Object, jobs: Iterable[Job], rule_files: Iterable[str]) -> dict[str, Any]:
    """The whole of it; `rule_files` are the names of the ConfigMaps with its rules.

    Raises:
        ConfigurationError: a duration is none, or something that it needs to sign in somewhere is missing.
    """
    spec = prometheus["spec"]
    interval = spec.get("scrapeInterval") or DEFAULT_INTERVAL
    durations.check_timeout(spec.get("scrapeTimeout", ""), interval)
    timeout = {"scrape_timeout": spec["scrapeTimeout"]} if spec.get("scrapeTimeout") else {}
    written = [
        _remote_write(hub, prometheus, number, item) for number, item in enumerate(spec.get("remoteWrite") or [])
    ]
    return {
        "global": {
            "scrape_interval": interval,
            **timeout,
            "external_labels": external_labels(prometheus),
            "evaluation_interval": spec.get("evaluationInterval") or DEFAULT_INTERVAL,
        },
        "rule_files": [f"{RULES}/{name}/*.yaml" for name in rule_files],
        "scrape_configs": list(jobs),
        **_alerting(hub, prometheus),
        **({"remote_write": written} if written else {}),
    }


def external_labels(prometheus: kube.Object) -> dict[str, str]:
    """What everything that leaves it is labelled with; what the operator sets itself counts more."""
    spec = prometheus["spec"]
    own = {
        spec.get("prometheusExternalLabelName", "prometheus"): kube.name_of(prometheus),
        spec.get("replicaExternalLabelName", REPLICA): "$(POD_NAME)",
    }
    return {**(spec.get("externalLabels") or {}), **{name: value for name, value in own.items() if name}}


def _role(prometheus: kube.Object) -> str:
    return str(prometheus["spec"].get("serviceDiscoveryRole") or "Endpoints").lower()


def _remote_write(hub: Hub, prometheus: kube.Object, number: int, given: Mapping[str, Any]) -> dict[str, Any]:
    known = {"url", "name", "remoteTimeout", "headers", "writeRelabelConfigs", "queueConfig", "sendExemplars"}
    unknown = sorted(given.keys() - known - {"basicAuth", "authorization", "tlsConfig"})
    space = namespace_of(prometheus)
    try:
        if unknown:
            raise ConfigurationError(f"{unknown[0]}: not known to the sandbox's operator")
        check_credentials(hub, space, given)
        check_relabelings("writeRelabelConfigs", given.get("writeRelabelConfigs") or [])
    except ConfigurationError as error:
        raise ConfigurationError(f"remote write {number}: {error}") from error
    found = {relabeling.snake(key): given[key] for key in ("url", "name", "remoteTimeout", "headers") if key in given}
    rules = relabeling.relabelings(given.get("writeRelabelConfigs") or [])
    queue = {relabeling.snake(key): value for key, value in (given.get("queueConfig") or {}).items()}
    return {
        **found,
        **({"write_relabel_configs": rules} if rules else {}),
        **({"queue_config": queue} if queue else {}),
        **signed_in(hub, space, given),
    }


def _alerting(hub: Hub, prometheus: kube.Object) -> dict[str, Any]:
    spec, space = prometheus["spec"], namespace_of(prometheus)
    given = (spec.get("alerting") or {}).get("alertmanagers") or []
    if not given:
        return {}
    role = _role(prometheus)
    port_name = f"__meta_kubernetes_{'endpoint' if role == 'endpoints' else role}_port_name"
    told = []
    for number, item in enumerate(given):
        try:
            check_credentials(hub, space, item)
        except ConfigurationError as error:
            raise ConfigurationError(f"alertmanager {number}: {error}") from error
        port = {"action": "keep", "source_labels": [port_name], "regex": str(item["port"])}
        if isinstance(item["port"], int):
            port["source_labels"] = ["__meta_kubernetes_pod_container_port_number"]
        told.append(
            {
                "path_prefix": item.get("pathPrefix") or "/",
                "scheme": (item.get("scheme") or "http").lower(),
                "kubernetes_sd_configs": [{"role": role, "namespaces": {"names": [item.get("namespace") or space]}}],
                **({"api_version": item["apiVersion"].lower()} if item.get("apiVersion") else {}),
                **signed_in(hub, space, item),
                "relabel_configs": [
                    {"action": "keep", "source_labels": ["__meta_kubernetes_service_name"], "regex": item["name"]},
                    port,
                ],
            }
        )
    dropped = {"action": "labeldrop", "regex": spec.get("replicaExternalLabelName", REPLICA)}
    return {"alerting": {"alert_relabel_configs": [dropped], "alertmanagers": told}}
