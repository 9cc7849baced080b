"""The operator as it runs: what its chart has made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox import kube
from sandbox.controllers.hub import Hub
from sandbox.controllers.objects import containers, is_available
from sandbox.controllers.prometheus_operator import names
from sandbox.controllers.prometheus_operator.errors import ConfigurationError

LABEL: Final = ("app.kubernetes.io/name", "kube-prometheus-stack-prometheus-operator")
BOUNDS: Final = {"request": "requests", "limit": "limits"}


@dataclass(frozen=True, kw_only=True)
class Operator:
    """What the operator was told: about what it puts into pods, and where it is to write the kubelets down."""

    reloader: str
    """Image of the container that has a configuration read again."""
    reloader_resources: Mapping[str, Mapping[str, str]]
    thanos: str
    """Image of Thanos where an object names none."""
    localhost: str
    """How containers of one pod call each other."""
    kubelets: tuple[str, str] | None = None
    """Namespace and name of the Service that leads to the kubelets."""


def is_operator(deployment: Mapping[str, Any]) -> bool:
    """Whether a Deployment is the operator's."""
    key, value = LABEL
    return bool((deployment["metadata"].get("labels") or {}).get(key) == value)


def find(hub: Hub) -> Operator | None:
    """The operator, if it runs."""
    for deployment in hub.list(*names.DEPLOYMENT):
        if is_operator(deployment) and is_available(deployment) and not why_not(deployment):
            return told(deployment)
    return None


def why_not(deployment: kube.Object) -> str:
    """Why the operator ends at its start although its pods are ready; empty if it runs, or is another's Deployment."""
    if is_operator(deployment):
        try:
            told(deployment)
        except ConfigurationError as error:
            return str(error)
    return ""


def told(deployment: kube.Object) -> Operator:
    """What a Deployment of the operator tells it. ConfigurationError if it does not start so."""
    (container, *_) = containers(deployment["spec"]["template"]["spec"])
    given = dict(str(item).removeprefix("--").partition("=")[::2] for item in container.get("args") or [])
    resources: dict[str, dict[str, str]] = {}
    for kind in ("cpu", "memory"):
        for bound, plural in BOUNDS.items():
            amount = given.get(f"config-reloader-{kind}-{bound}", "0")
            if amount != "0":
                resources.setdefault(plural, {})[kind] = amount
    return Operator(
        reloader=given["prometheus-config-reloader"],
        reloader_resources=resources,
        thanos=given.get("thanos-default-base-image", ""),
        localhost=given.get("localhost", "localhost"),
        kubelets=_kubelets(given),
    )


def _kubelets(given: Mapping[str, str]) -> tuple[str, str] | None:
    service = given.get("kubelet-service", "")
    if not service:
        return None
    namespace, _, name = service.partition("/")
    if not namespace or not name or "/" in name:
        raise ConfigurationError(f'malformatted kubelet object string "{service}", must be in format "namespace/name"')
    endpoints, slices = given.get("kubelet-endpoints", "true"), given.get("kubelet-endpointslice", "false")
    if "true" not in (endpoints, slices):
        raise ConfigurationError("at least one of endpoints or endpointslice needs to be enabled")
    if endpoints == "true":
        raise ConfigurationError("--kubelet-endpoints: the sandbox's operator knows EndpointSlices only")
    return namespace, name
