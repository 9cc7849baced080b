"""Scrape jobs: what Prometheus makes of a monitor, a probe or a scrape configuration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox import kube
from sandbox.controllers.hub import Hub
from sandbox.controllers.objects import namespace_of
from sandbox.controllers.prometheus_operator import relabeling
from sandbox.controllers.prometheus_operator.references import secret_value
from sandbox.controllers.prometheus_operator.relabeling import Rule, snake

Job = dict[str, Any]

JOB: Final = {"source_labels": ["job"], "target_label": "__tmp_prometheus_job_name"}
RUNNING: Final = {"action": "drop", "source_labels": ["__meta_kubernetes_pod_phase"], "regex": "(Failed|Succeeded)"}
ASKED: Final = {
    "interval": "scrape_interval",
    "scrapeInterval": "scrape_interval",
    "scrapeTimeout": "scrape_timeout",
    "path": "metrics_path",
    "metricsPath": "metrics_path",
    "params": "params",
    "scheme": "scheme",
    "followRedirects": "follow_redirects",
    "enableHttp2": "enable_http2",
    "enableHTTP2": "enable_http2",
    "bearerTokenFile": "bearer_token_file",
}
"""Prometheus's words for what is said of an endpoint."""


@dataclass(frozen=True, kw_only=True)
class Scraping:
    """The jobs of one Prometheus."""

    hub: Hub
    role: str
    """By what it finds the pods of a Service: `endpoints` or `endpointslice`."""

    def service_monitor(self, monitor: kube.Object) -> Iterator[Job]:
        """A job for each endpoint."""
        spec = monitor["spec"]
        for number, endpoint in enumerate(spec.get("endpoints") or []):
            rules = [
                JOB,
                *relabeling.kept("service", spec["selector"]),
                *self._port_of_service(endpoint),
                relabeling.copied(self._meta("address_target_name"), "pod"),
                relabeling.copied("__meta_kubernetes_namespace", "namespace"),
                relabeling.copied("__meta_kubernetes_service_name", "service"),
                relabeling.copied("__meta_kubernetes_pod_name", "pod"),
                relabeling.copied("__meta_kubernetes_pod_container_name", "container"),
                RUNNING,
                *(relabeling.labelled("service", label) for label in spec.get("targetLabels") or []),
                *(relabeling.labelled("pod", label) for label in spec.get("podTargetLabels") or []),
                relabeling.copied("__meta_kubernetes_service_name", "job"),
                *([relabeling.labelled("service", spec["jobLabel"], "job")] if spec.get("jobLabel") else []),
                *_called(endpoint),
            ]
            yield self._job(monitor, f"serviceMonitor/{kube.name_of(monitor)}/{number}", self.role, endpoint, rules)

    def pod_monitor(self, monitor: kube.Object) -> Iterator[Job]:
        """A job for each endpoint."""
        spec = monitor["spec"]
        for number, endpoint in enumerate(spec.get("podMetricsEndpoints") or []):
            rules = [
                JOB,
                RUNNING,
                *relabeling.kept("pod", spec["selector"]),
                *relabeling.port_of_pod(endpoint.get("port"), endpoint.get("portNumber")),
                relabeling.copied("__meta_kubernetes_namespace", "namespace"),
                relabeling.copied("__meta_kubernetes_pod_container_name", "container"),
                relabeling.copied("__meta_kubernetes_pod_name", "pod"),
                *(relabeling.labelled("pod", label) for label in spec.get("podTargetLabels") or []),
                {"target_label": "job", "replacement": kube.name_of(monitor)},
                *([relabeling.labelled("pod", spec["jobLabel"], "job")] if spec.get("jobLabel") else []),
                *_called(endpoint),
            ]
            yield self._job(monitor, f"podMonitor/{kube.name_of(monitor)}/{number}", "pod", endpoint, rules)

    def probe(self, probe: kube.Object) -> Iterator[Job]:
        """One job: the prober is called, and the target is a parameter."""
        spec = probe["spec"]
        prober, static = spec["prober"], spec["targets"]["staticConfig"]
        module = {"module": [spec["module"]]} if spec.get("module") else {}
        params = {**{item["name"]: item.get("values") or [] for item in spec.get("params") or []}, **module}
        asked = {**spec, "path": prober.get("path", "/probe"), "scheme": prober.get("scheme"), "params": params or None}
        yield {
            "job_name": f"probe/{kube.name_of(probe)}",
            **_asked(asked),
            **self._signed_in(probe, spec),
            "static_configs": [
                {
                    "targets": static.get("static") or [],
                    "labels": {"namespace": namespace_of(probe), **(static.get("labels") or {})},
                }
            ],
            "relabel_configs": [
                JOB,
                *([{"target_label": "job", "replacement": spec["jobName"]}] if spec.get("jobName") else []),
                relabeling.copied("__address__", "__param_target"),
                relabeling.copied("__param_target", "instance"),
                {"target_label": "__address__", "replacement": prober["url"]},
                *relabeling.relabelings(static.get("relabelingConfigs") or []),
            ],
            **_metric_rules(spec),
        }

    def scrape_config(self, config: kube.Object) -> Iterator[Job]:
        """One job."""
        spec = config["spec"]
        named = [{"target_label": "job", "replacement": spec["jobName"]}] if spec.get("jobName") else []
        discovered = [_discovered(item) for item in spec.get("kubernetesSDConfigs") or []]
        yield {
            "job_name": f"scrapeConfig/{kube.name_of(config)}",
            **({"honor_labels": spec["honorLabels"]} if "honorLabels" in spec else {}),
            **_asked(spec),
            **self._signed_in(config, spec),
            **({"static_configs": spec["staticConfigs"]} if spec.get("staticConfigs") else {}),
            **({"kubernetes_sd_configs": discovered} if discovered else {}),
            "relabel_configs": [JOB, *named, *relabeling.relabelings(spec.get("relabelings") or [])],
            **_metric_rules(spec),
        }

    def _job(
        self, monitor: kube.Object, name: str, role: str, endpoint: Mapping[str, Any], rules: Iterable[Rule]
    ) -> Job:
        return {
            "job_name": name,
            "honor_labels": bool(endpoint.get("honorLabels")),
            "kubernetes_sd_configs": [{"role": role, **_namespaces(monitor)}],
            **_asked(endpoint),
            **self._signed_in(monitor, endpoint),
            "relabel_configs": [*rules, *relabeling.relabelings(endpoint.get("relabelings") or [])],
            **_metric_rules(endpoint),
        }

    def _signed_in(self, owner: kube.Object, endpoint: Mapping[str, Any]) -> Job:
        """By whom the endpoint is called, with the values of the Secrets."""
        return signed_in(self.hub, namespace_of(owner), endpoint)

    def _meta(self, what: str) -> str:
        return f"__meta_kubernetes_{'endpoint' if self.role == 'endpoints' else self.role}_{what}"

    def _port_of_service(self, endpoint: Mapping[str, Any]) -> list[Rule]:
        if endpoint.get("port"):
            return [{"action": "keep", "source_labels": [self._meta("port_name")], "regex": endpoint["port"]}]
        target = endpoint.get("targetPort")
        return relabeling.port_of_pod(target, None) if isinstance(target, str) else relabeling.port_of_pod(None, target)


def signed_in(hub: Hub, namespace: str, endpoint: Mapping[str, Any]) -> dict[str, Any]:
    """Credentials and TLS of whatever is called, with the values of the Secrets in a namespace."""
    found: dict[str, Any] = {}
    if endpoint.get("tlsConfig"):
        found["tls_config"] = {snake(key): value for key, value in endpoint["tlsConfig"].items()}
    if endpoint.get("basicAuth"):
        basic = endpoint["basicAuth"]
        found["basic_auth"] = {part: secret_value(hub, namespace, basic[part]) for part in sorted(basic)}
    if endpoint.get("authorization"):
        given = endpoint["authorization"]
        value = {"credentials": secret_value(hub, namespace, given["credentials"])} if "credentials" in given else {}
        found["authorization"] = {"type": given.get("type") or "Bearer", **value}
    return found


def _metric_rules(endpoint: Mapping[str, Any]) -> Job:
    rules = relabeling.relabelings(endpoint.get("metricRelabelings") or [])
    return {"metric_relabel_configs": rules} if rules else {}


def _asked(endpoint: Mapping[str, Any]) -> Job:
    found = {word: endpoint[key] for key, word in ASKED.items() if endpoint.get(key) not in (None, "")}
    return {**found, **({"scheme": found["scheme"].lower()} if "scheme" in found else {})}


def _namespaces(monitor: kube.Object) -> dict[str, Any]:
    selector = monitor["spec"].get("namespaceSelector") or {}
    if selector.get("any"):
        return {}
    return {"namespaces": {"names": selector.get("matchNames") or [namespace_of(monitor)]}}


def _discovered(config: Mapping[str, Any]) -> dict[str, Any]:
    names = (config.get("namespaces") or {}).get("names")
    return {"role": config["role"].lower(), **({"namespaces": {"names": names}} if names else {})}


def _called(endpoint: Mapping[str, Any]) -> list[Rule]:
    port = endpoint.get("port") or endpoint.get("targetPort")
    return [{"target_label": "endpoint", "replacement": str(port)}] if port else []
