"""cloudflare-tunnel-ingress-controller 0.0.21: Ingresses of its class become rules of a tunnel and DNS records.

When its pod starts it adopts the account's tunnel of the given name, or makes it. It knows the tunnel by its id from
then on, as the real one does: where the tunnel is another one later, only a new pod learns of it. Beside itself it
keeps the connector Deployment, without security context and with the tunnel's token in the command.

It writes the tunnel's whole configuration and, for every host, a proxied CNAME over whatever CNAME was there; records
with its comment and without an Ingress are deleted. An Ingress carries its finalizer, so it cannot go without it.

What the connector does is in `connectors.py`. Not covered: the account's permissions for the token, wildcard order, and
the address of a former tunnel, which stays in the status of an Ingress beside the new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox import kube
from sandbox.controllers import edge_account, environment, exposures
from sandbox.controllers.controller import Controller, Environment
from sandbox.controllers.edge_account import Credentials
from sandbox.controllers.exposures import Exposure, ExposureError
from sandbox.controllers.objects import contains, namespace_of, notes_of, patch, serving
from sandbox.errors import SandboxError
from sandbox.paths import Sandbox
from sandbox.plugins.accounts.account import Account
from sandbox.plugins.server import ProviderError

NAME: Final = "cloudflare-tunnel-ingress-controller"
"""By which the chart labels the controller's pods."""
CONNECTOR: Final = "controlled-cloudflared-connector"
CONNECTOR_LABELS: Final = {"app": CONNECTOR, "strrl.dev/cloudflare-tunnel-ingress-controller": CONNECTOR}
INGRESS: Final = ("networking.k8s.io/v1", "Ingress")
CLASS: Final = ("networking.k8s.io/v1", "IngressClass")
DEPLOYMENT: Final = ("apps/v1", "Deployment")
POD: Final = ("v1", "Pod")
TUNNEL: Final = "sandbox.homelab/tunnel"
"""Annotation of the controller's pod: the id of the tunnel that it found when it started."""
FINALIZER: Final = "strrl.dev/cloudflare-tunnel-ingress-controller-controlled"
CLASS_ANNOTATION: Final = "kubernetes.io/ingress.class"
MANAGER: Final = "cloudflare-tunnel-ingress-controller"
INGRESSES: Final = "ingresses"
"""Key for all of them: every change of any Ingress writes the whole configuration."""
CONNECT: Final = "connector"
"""Key for the connector Deployment."""
STARTING: Final = "the controller is starting"
RETRY_SECONDS: Final = 2.0
LOOK_AGAIN_SECONDS: Final = 10.0
"""How often the connector is compared, since a token that was rotated at Cloudflare is no event."""


class TunnelIngress(Controller):
    """Reconciles every Ingress of the controller's classes at once, and the connector."""

    name = "tunnel"

    def __init__(self, environment_: Environment, sandbox: Sandbox) -> None:
        super().__init__(environment_)
        self.account = Account(sandbox.account("cloudflare"))
        self._problem = STARTING

    def setup(self) -> None:
        """Look at Ingresses, their classes, Services, credentials, the controller's pods and its connector."""
        self.hub.on(*INGRESS, lambda _event, _ingress: self.queue.add(INGRESSES))
        for kind in (CLASS, ("v1", "Service"), ("v1", "Secret"), ("v1", "ConfigMap")):
            # As with the real controller, a Service that comes after its Ingress does not help the Ingress.
            self.hub.on(*kind)
        self.hub.on(*POD, self._pod_changed)
        self.hub.on(*DEPLOYMENT, self._deployment_changed)
        self.environment.probes.append(self._readiness)

    def _readiness(self, deployment: kube.Object) -> str:
        """The controller ends at its start, again and again, when Cloudflare refuses it."""
        if not _is_controller(deployment):
            return ""
        pod = self._pod()
        return "" if pod and TUNNEL in notes_of(pod) else self._problem

    def _pod_changed(self, _event: str, pod: kube.Object) -> None:
        if _is_controller(pod):
            self.queue.add(INGRESSES)

    def _deployment_changed(self, _event: str, deployment: kube.Object) -> None:
        if deployment["metadata"]["name"] == CONNECTOR:
            self.queue.add(CONNECT)

    def _pod(self) -> kube.Object | None:
        return serving(pod for pod in self.hub.list(*POD) if _is_controller(pod))

    def reconcile(self, key: str) -> float | None:
        """Bring tunnel, records, Ingresses and connector in line."""
        pod = self._pod()
        if pod is None:
            self._problem = STARTING
            return None
        try:
            if key == INGRESSES:
                self._ingresses(pod)
                self.queue.add(CONNECT)
                return None
            tunnel = notes_of(pod).get(TUNNEL)
            if tunnel is None:
                return None
            self._connect(pod, tunnel)
        except (ProviderError, SandboxError) as error:
            self._problem = str(error)
            self.say(key, self._problem)
            return RETRY_SECONDS
        return LOOK_AGAIN_SECONDS

    def _variables(self, pod: kube.Object) -> dict[str, str]:
        return environment.of_container(self.hub, pod, _container(pod))

    def _credentials(self, pod: kube.Object) -> Credentials:
        variables = self._variables(pod)
        return Credentials(
            token=variables.get("CLOUDFLARE_API_TOKEN", ""),
            account=variables.get("CLOUDFLARE_ACCOUNT_ID", ""),
            tunnel=variables.get("CLOUDFLARE_TUNNEL_NAME", ""),
        )

    def _ingresses(self, pod: kube.Object) -> None:
        ingresses = self._controlled(_container(pod))
        for ingress in ingresses:
            self._hold(ingress)
        found = notes_of(pod).get(TUNNEL)
        tunnel = self._write(self._credentials(pod), found, self._exposures(ingresses))
        if found is None:
            patch(self.client, pod, {"metadata": {"annotations": {TUNNEL: tunnel}}}, MANAGER)
        for ingress in ingresses:
            self._finish(ingress, tunnel)

    def _controlled(self, container: Mapping[str, Any]) -> list[kube.Object]:
        flags = dict(flag.removeprefix("--").partition("=")[::2] for flag in container.get("command") or [])
        classes = {
            found["metadata"]["name"]
            for found in self.hub.list(*CLASS)
            if found["spec"].get("controller") == flags.get("controller-class")
        }

        def ours(ingress: Mapping[str, Any]) -> bool:
            notes = ingress["metadata"].get("annotations") or {}
            by_note = notes.get(CLASS_ANNOTATION) == flags.get("ingress-class")
            return by_note or ingress["spec"].get("ingressClassName") in classes

        return sorted((ingress for ingress in self.hub.list(*INGRESS) if ours(ingress)), key=kube.name_of)

    def _hold(self, ingress: kube.Object) -> None:
        finalizers = ingress["metadata"].get("finalizers") or []
        if FINALIZER not in finalizers and "deletionTimestamp" not in ingress["metadata"]:
            patch(self.client, ingress, {"metadata": {"finalizers": [*finalizers, FINALIZER]}}, MANAGER)

    def _exposures(self, ingresses: list[kube.Object]) -> list[Exposure]:
        found: list[Exposure] = []
        for ingress in ingresses:
            if "deletionTimestamp" in ingress["metadata"]:
                continue
            try:
                found += exposures.of_ingress(ingress, self._service)
            except ExposureError as error:
                self.say(kube.name_of(ingress), f"left out: {error}")
        return found

    def _service(self, namespace: str, name: str) -> kube.Object | None:
        known = self.hub.get("v1", "Service", name, namespace)
        return known or self.client.get("v1", "Service", name, namespace)

    def _write(self, credentials: Credentials, found: str | None, wanted: list[Exposure]) -> str:
        """The id of the tunnel, found before or now, once the account holds what is wanted."""
        with self.account.edit() as data:
            tunnel = found or edge_account.adopt_tunnel(data, credentials)
            edge_account.configure(data, credentials, tunnel, wanted)
            done = edge_account.synchronise_dns(data, credentials, tunnel, [exposure.host for exposure in wanted])
        for line in done:
            self.say(INGRESSES, line)
        return tunnel

    def _connect(self, pod: kube.Object, tunnel: str) -> None:
        container, variables = _container(pod), self._variables(pod)
        token = edge_account.token_of(self.account.read(), self._credentials(pod), tunnel)
        flags = [flag.partition("=")[2] for flag in container.get("command") or [] if "cloudflared-extra-args" in flag]
        protocol = [flag.partition("=")[2] for flag in container.get("command") or [] if "cloudflared-protocol" in flag]
        desired = connector(
            namespace=namespace_of(pod),
            image=variables["CLOUDFLARED_IMAGE"],
            pull_policy=variables.get("CLOUDFLARED_IMAGE_PULL_POLICY") or "IfNotPresent",
            replicas=int(variables.get("CLOUDFLARED_REPLICA_COUNT") or 1),
            command=[
                *("cloudflared", "--protocol", *protocol, "--no-autoupdate", "tunnel", *flags),
                *("--metrics", "0.0.0.0:44483", "run", "--token", token),
            ],
        )
        live = self.hub.get(*DEPLOYMENT, CONNECTOR, namespace_of(pod))
        if live is None or not contains(live, desired):
            self.client.apply(desired, MANAGER, force=True)
            self.say(CONNECTOR, "applied the connector")

    def _finish(self, ingress: kube.Object, tunnel: str) -> None:
        if "deletionTimestamp" in ingress["metadata"]:
            finalizers = ingress["metadata"].get("finalizers") or []
            if FINALIZER in finalizers:
                rest = [finalizer for finalizer in finalizers if finalizer != FINALIZER]
                patch(self.client, ingress, {"metadata": {"finalizers": rest}}, MANAGER)
                self.say(kube.name_of(ingress), "withdrawn from the tunnel")
            return
        address = {"hostname": edge_account.domain_of(tunnel), "ports": [{"port": 443, "protocol": "TCP"}]}
        status = {"loadBalancer": {"ingress": [address]}}
        if (ingress.get("status") or {}) != status:
            patch(self.client, ingress, {"status": status}, MANAGER, status=True)
            self.say(kube.name_of(ingress), "served by the tunnel")


def connector(
    *, namespace: str, image: str, replicas: int, command: list[str], pull_policy: str = "IfNotPresent"
) -> kube.Object:
    """The Deployment of cloudflared that the controller makes beside itself."""
    container = {"name": CONNECTOR, "image": image, "imagePullPolicy": pull_policy, "command": command}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": CONNECTOR, "namespace": namespace, "labels": dict(CONNECTOR_LABELS)},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": dict(CONNECTOR_LABELS)},
            "template": {"metadata": {"labels": dict(CONNECTOR_LABELS)}, "spec": {"containers": [container]}},
        },
    }


def _is_controller(obj: Mapping[str, Any]) -> bool:
    """Whether this is the controller's Deployment, or a pod of it."""
    labels = obj["metadata"].get("labels") or {}
    return bool(labels.get("app.kubernetes.io/name") == NAME)


def _container(pod: kube.Object) -> Mapping[str, Any]:
    container: Mapping[str, Any] = pod["spec"]["containers"][0]
    return container
