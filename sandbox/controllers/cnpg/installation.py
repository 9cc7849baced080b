"""The operator and its plugins as they run: what their charts have made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox import kube
from sandbox.controllers import environment
from sandbox.controllers.cnpg import names
from sandbox.controllers.hub import Hub
from sandbox.controllers.objects import containers, is_available, namespace_of, notes_of

CONFIG_MAP: Final = "--config-map-name="
NOT_LOADED: Final = (
    "Unknown plugin: '{name}'. This may be caused by the plugin not being loaded correctly by the operator. "
    "Check the operator and plugin logs for errors"
)
SIDECAR_IMAGE: Final = "SIDECAR_IMAGE"


@dataclass(frozen=True, kw_only=True)
class Operator:
    """The operator's Deployment, which runs."""

    deployment: kube.Object
    image: str
    config: Mapping[str, str]

    @property
    def namespace(self) -> str:
        """Where it lives, and its plugins."""
        return namespace_of(self.deployment)

    def watches(self, namespace: str) -> bool:
        """Whether it looks after what is in a namespace."""
        only = [word.strip() for word in self.config.get("WATCH_NAMESPACE", "").split(",") if word.strip()]
        return not only or namespace in only


def is_operator(deployment: Mapping[str, Any]) -> bool:
    """Whether a Deployment is the operator's."""
    labels = deployment["metadata"].get("labels") or {}
    return bool(labels.get("app.kubernetes.io/name") == names.MANAGER)


def find(hub: Hub) -> Operator | None:
    """The operator, if it runs."""
    for deployment in hub.list(*names.DEPLOYMENT):
        if not is_operator(deployment) or not is_available(deployment):
            continue
        (container, *_) = containers(deployment["spec"]["template"]["spec"])
        own = environment.of_container(hub, deployment, container)
        config = {"WATCH_NAMESPACE": own.get("WATCH_NAMESPACE", "")}
        for argument in container.get("args") or []:
            if str(argument).startswith(CONFIG_MAP):
                name = str(argument).removeprefix(CONFIG_MAP)
                found = hub.get(*names.CONFIG_MAP, name, namespace_of(deployment)) or {}
                config.update(found.get("data") or {})
        image = own.get("OPERATOR_IMAGE_NAME") or str(container["image"])
        return Operator(deployment=deployment, image=image, config=config)
    return None


def plugin_problem(hub: Hub, operator: Operator, name: str) -> tuple[str, str] | None:
    """Phase and reason of a Cluster that needs a plugin which the operator does not reach; None if it does."""
    service = _service(hub, operator, name)
    secrets = (
        [notes_of(service).get(f"cnpg.io/plugin{side}Secret", "") for side in ("Client", "Server")] if service else []
    )
    if service is None or not all(hub.get(*names.SECRET, secret, operator.namespace) for secret in secrets):
        return names.UNKNOWN_PLUGIN, NOT_LOADED.format(name=name)
    if not is_available(_deployment(hub, service)):
        where = f"{service['metadata']['name']}:{notes_of(service).get('cnpg.io/pluginPort', '')}"
        return names.PLUGIN_FAILURE, f"Error while discovering plugins: {where}: connection refused"
    return None


def sidecar_image(hub: Hub, operator: Operator) -> str:
    """The image of the Barman Cloud plugin's sidecar, as its Deployment says."""
    service = _service(hub, operator, names.PLUGIN)
    deployment = _deployment(hub, service) if service else None
    for container in containers(deployment["spec"]["template"]["spec"]) if deployment else ():
        image = environment.of_container(hub, deployment or {}, container).get(SIDECAR_IMAGE)
        if image:
            return image
    return ""


def _service(hub: Hub, operator: Operator, name: str) -> kube.Object | None:
    for service in hub.list(*names.SERVICE, operator.namespace):
        if (service["metadata"].get("labels") or {}).get(names.PLUGIN_NAME) == name:
            return service
    return None


def _deployment(hub: Hub, service: kube.Object) -> kube.Object | None:
    """The Deployment whose pods a Service leads to."""
    wanted = service["spec"].get("selector") or {}
    for deployment in hub.list(*names.DEPLOYMENT, namespace_of(service)):
        if wanted.items() <= (deployment["spec"]["template"]["metadata"].get("labels") or {}).items():
            return deployment
    return None
