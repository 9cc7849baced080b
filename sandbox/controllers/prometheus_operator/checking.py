"""What a monitor, a probe or a scrape configuration is rejected for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox import kube
from sandbox.controllers.hub import Hub
from sandbox.controllers.objects import namespace_of
from sandbox.controllers.prometheus_operator import durations, selecting
from sandbox.controllers.prometheus_operator.errors import ConfigurationError
from sandbox.controllers.prometheus_operator.references import secret_value

TARGET: Final = re.compile(r"(?:(?:[a-zA-Z_]|\$(?:\{\w+\}|\w+))+\w*)+")
"""A label's name, which may be made of what a regular expression found."""
NEEDS_TARGET: Final = ("replace", "hashmod", "lowercase", "uppercase", "keepequal", "dropequal")
UNKNOWN_ENDPOINT: Final = ("oauth2", "bearerTokenSecret", "proxyUrl", "proxyFromEnvironment")
UNKNOWN_TLS: Final = ("ca", "cert", "keySecret")
HOST: Final = re.compile(r"[a-zA-Z0-9._-]+(:\d+)?")


@dataclass(frozen=True, kw_only=True)
class Checks:
    """The checks of one Prometheus."""

    hub: Hub
    interval: str
    """How often it scrapes what does not say so itself."""

    def service_monitor(self, monitor: kube.Object) -> None:
        """Check one. ConfigurationError if it cannot be used."""
        selecting.matches(monitor["spec"]["selector"], {})
        self._endpoints(monitor, "endpoints", "endpoints")

    def pod_monitor(self, monitor: kube.Object) -> None:
        """Check one. ConfigurationError if it cannot be used."""
        selecting.matches(monitor["spec"]["selector"], {})
        self._endpoints(monitor, "podMetricsEndpoints", "endpoint")

    def probe(self, probe: kube.Object) -> None:
        """Check one. ConfigurationError if it cannot be used."""
        spec = probe["spec"]
        static = (spec.get("targets") or {}).get("staticConfig")
        if static is None:
            raise ConfigurationError("targets: the sandbox's operator knows staticConfig only")
        self._endpoint(spec, namespace_of(probe))
        check_relabelings("targets.staticConfig.relabelConfigs", static.get("relabelingConfigs") or [])
        url = (spec.get("prober") or {}).get("url", "")
        if not HOST.fullmatch(url):
            expected = "it should be of the format `hostname` or `hostname:port`"
            raise ConfigurationError(f'"{url}" url specified in proberSpec is invalid, {expected}')

    def scrape_config(self, config: kube.Object) -> None:
        """Check one. ConfigurationError if it cannot be used."""
        spec = config["spec"]
        unknown = [key for key in spec if key.endswith("SDConfigs") and key != "kubernetesSDConfigs"]
        if unknown:
            raise ConfigurationError(f"{unknown[0]}: the sandbox's operator knows kubernetesSDConfigs only")
        for number, discovery in enumerate(spec.get("kubernetesSDConfigs") or []):
            more = sorted(discovery.keys() - {"role", "namespaces"})
            if more:
                what = f"kubernetesSDConfigs[{number}].{more[0]}"
                raise ConfigurationError(f"{what}: the sandbox's operator knows role and namespaces only")
        self._endpoint({**spec, "interval": spec.get("scrapeInterval", "")}, namespace_of(config))
        check_relabelings("relabelConfigs", spec.get("relabelings") or [])

    def _endpoints(self, monitor: kube.Object, field: str, called: str) -> None:
        for number, endpoint in enumerate(monitor["spec"].get(field) or []):
            try:
                self._endpoint(endpoint, namespace_of(monitor))
                check_relabelings("relabelConfigs", endpoint.get("relabelings") or [])
            except ConfigurationError as error:
                raise ConfigurationError(f"{called}[{number}]: {error}") from error

    def _endpoint(self, endpoint: Mapping[str, Any], namespace: str) -> None:
        """What endpoints of all kinds have."""
        for key in UNKNOWN_ENDPOINT:
            if endpoint.get(key):
                raise ConfigurationError(f"{key}: not known to the sandbox's operator")
        for key in UNKNOWN_TLS:
            if (endpoint.get("tlsConfig") or {}).get(key):
                raise ConfigurationError(f"tlsConfig.{key}: the sandbox's operator knows files only")
        check_credentials(self.hub, namespace, endpoint)
        durations.check_timeout(endpoint.get("scrapeTimeout", ""), endpoint.get("interval") or self.interval)
        check_relabelings("metricRelabelConfigs", endpoint.get("metricRelabelings") or [])


def credentials(endpoint: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The Secret keys by which an endpoint is signed in to, each with what goes before the reason if it is missing."""
    basic = endpoint.get("basicAuth") or {}
    for part in ("username", "password"):
        if basic.get(part):
            yield f"basicAuth: failed to get basic auth {part}", basic[part]
    authorization = endpoint.get("authorization") or {}
    if authorization.get("credentials"):
        kind = authorization.get("type", "")
        yield f'authorization: failed to get authorization token of type "{kind}"', authorization["credentials"]


def check_credentials(hub: Hub, namespace: str, endpoint: Mapping[str, Any]) -> None:
    """Look for the Secrets by which an endpoint is signed in to. ConfigurationError if one is missing."""
    for what, selector in credentials(endpoint):
        try:
            secret_value(hub, namespace, selector)
        except ConfigurationError as error:
            raise ConfigurationError(f"{what}: {error}") from error


def check_relabelings(what: str, relabelings: Iterable[Mapping[str, Any]]) -> None:
    """Check rules that change labels. ConfigurationError if one of them makes no sense."""
    for number, relabeling in enumerate(relabelings):
        problem = _relabeling_problem(relabeling)
        if problem:
            raise ConfigurationError(f"{what}: [{number}]: {problem}")


def _relabeling_problem(relabeling: Mapping[str, Any]) -> str:
    written = relabeling.get("action") or "replace"
    action, target = written.lower(), relabeling.get("targetLabel", "")
    try:
        re.compile(relabeling.get("regex", ""))
    except re.error as error:
        return f"invalid regex {relabeling['regex']} for relabel configuration: {error}"
    if action == "hashmod" and not relabeling.get("modulus"):
        return "relabel configuration for hashmod requires non-zero modulus"
    if action in NEEDS_TARGET and not target:
        return f"relabel configuration for {written} action needs targetLabel value"
    if action in NEEDS_TARGET and action != "hashmod" and not TARGET.fullmatch(target):
        return f"\"{target}\" is invalid 'target_label' for {written} action"
    return ""
