"""1Password's operator: a `OnePasswordItem` becomes a Secret, and a changed item restarts the Deployments that use it.

It acts while its Deployment and Connect's run, as the chart makes them, and while Connect accepts the token that the
operator's pod has read when it started.
The vault is looked at every second instead of every POLLING_INTERVAL (600 s by default).

Not covered: files of items, the annotations on Deployments that the operator takes for items, service accounts instead
of Connect, what came after operator 1.9 (templates, image pull secrets, annotations passed on).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sandbox import kube
from sandbox.controllers import accounts, references, started, vault
from sandbox.controllers.controller import Controller, Environment
from sandbox.controllers.objects import (
    containers,
    encode,
    is_available,
    namespace_of,
    notes_of,
    now,
    owner_of,
    patch,
    pods_of,
    same_but_times,
    serving,
    split,
    with_condition,
)
from sandbox.controllers.secret_keys import data_of
from sandbox.paths import Sandbox

ITEM: Final = ("onepassword.com/v1", "OnePasswordItem")
SECRET: Final = ("v1", "Secret")
POD: Final = ("v1", "Pod")
DEPLOYMENT: Final = ("apps/v1", "Deployment")
PREFIX: Final = "operator.1password.io"
ITEM_PATH: Final = f"{PREFIX}/item-path"
ITEM_VERSION: Final = f"{PREFIX}/item-version"
ITEM_NAME: Final = f"{PREFIX}/item-name"
COMPONENT: Final = "app.kubernetes.io/component"
AUTO_RESTART: Final = f"{PREFIX}/auto-restart"
LAST_RESTARTED: Final = f"{PREFIX}/last-restarted"
FINALIZER: Final = "onepassword.com/finalizer.secret"
MANAGER: Final = "onepassword-operator"
POLL: Final = "poll"
POLL_SECONDS: Final = 1.0
TRUE: Final = frozenset({"true", "1", "t", "y", "yes", "on"})


class OnePassword(Controller):
    """Reconciles OnePasswordItems (`namespace/name`) and, by the key `poll`, the Secrets made from them."""

    name = "onepassword"

    def __init__(self, environment: Environment, sandbox: Sandbox) -> None:
        super().__init__(environment)
        self.account = sandbox.account("onepassword")
        self._seen: tuple[int, int] | None = None

    def setup(self) -> None:
        """Look at items, and at the operator's own Deployments and pods."""
        self.hub.on(*ITEM, lambda _event, item: self.queue.add(kube.name_of(item)))
        self.hub.on(*SECRET)
        self.hub.on(*POD, self._pod_changed)
        self.hub.on("v1", "Namespace")
        self.hub.on(*DEPLOYMENT, self._deployment_changed)
        self.queue.add(POLL)

    def _deployment_changed(self, _event: str, deployment: kube.Object) -> None:
        if _component(deployment) in ("operator", "connect"):
            self._all()

    def _pod_changed(self, _event: str, pod: kube.Object) -> None:
        if (pod["metadata"].get("labels") or {}).get(COMPONENT) == "operator":
            self._all()

    def _all(self) -> None:
        self._seen = None
        for item in self.hub.list(*ITEM):
            self.queue.add(kube.name_of(item))

    def reconcile(self, key: str) -> float | None:
        """Make the Secret of an item, or look whether any item has changed."""
        operator = self._operator()
        if key == POLL:
            if operator:
                self._poll(operator)
            return POLL_SECONDS
        namespace, name = split(key)
        item = self.hub.get(*ITEM, name, namespace)
        if item is None or operator is None:
            return None
        if "deletionTimestamp" in item["metadata"]:
            self._delete(item)
            return None
        finalizers = item["metadata"].get("finalizers") or []
        if FINALIZER not in finalizers:
            patch(self.client, item, {"metadata": {"finalizers": [*finalizers, FINALIZER]}}, MANAGER)
        try:
            self._make_secret(operator, item)
        except vault.ItemError as error:
            self._report(item, f"failed to retrieve item: {error}")
            return POLL_SECONDS
        self._report(item, "")
        return None

    def _operator(self) -> kube.Object | None:
        """The operator's pod if it runs."""
        for deployment in self.hub.list(*DEPLOYMENT):
            if _component(deployment) == "operator":
                return serving(pods_of(deployment, self.hub.list(*POD, namespace_of(deployment))))
        return None

    def _lookup(self, operator: kube.Object, path: str) -> vault.Item:
        """The item by way of Connect, as the operator asks for it."""
        host = _variable(operator, "OP_CONNECT_HOST").get("value")
        namespace = namespace_of(operator)
        connects = (d for d in self.hub.list(*DEPLOYMENT, namespace) if _component(d) == "connect")
        if host and not any(is_available(connect) for connect in connects):
            raise vault.ItemError(f"{host} does not answer")
        account = accounts.read(self.account)
        accepted = (account.get("tokens") or {}).get("connect") or []
        if host and accepted and not _started_with_one(operator, accepted):
            raise vault.ItemError("status 401: Invalid bearer token")
        return vault.find(account, path)

    def _make_secret(self, operator: kube.Object, item: kube.Object) -> None:
        found = self._lookup(operator, (item.get("spec") or {}).get("itemPath", ""))
        desired = secret_for(item, found)
        name, namespace = item["metadata"]["name"], namespace_of(item)
        current = self.client.get(*SECRET, name, namespace)
        if current is not None:
            if current.get("type", "Opaque") != desired.get("type", "Opaque"):
                raise vault.ItemError("cannot change secret type: secret type is immutable")
            same = notes_of(current) == notes_of(desired)
            if same and (current["metadata"].get("labels") or {}) == desired["metadata"]["labels"]:
                return
        self.client.apply(desired, MANAGER, force=True)
        self.say(kube.name_of(item), f"wrote the Secret at version {found.version} ({', '.join(desired['data'])})")

    def _delete(self, item: kube.Object) -> None:
        name, namespace = item["metadata"]["name"], namespace_of(item)
        finalizers = item["metadata"].get("finalizers") or []
        if FINALIZER not in finalizers:
            return
        self.client.delete("v1", "Secret", name, namespace)
        rest = [finalizer for finalizer in finalizers if finalizer != FINALIZER]
        patch(self.client, item, {"metadata": {"finalizers": rest}}, MANAGER)
        self.say(kube.name_of(item), "deleted with its Secret")

    def _report(self, item: kube.Object, problem: str) -> None:
        ready = {"type": "Ready", "status": "False" if problem else "True", "message": problem}
        status = {"conditions": with_condition(item, ready)}
        if same_but_times(item.get("status"), status):
            return
        self.say(kube.name_of(item), problem or "ready")
        patch(self.client, item, {"status": status}, MANAGER, status=True)

    def _poll(self, operator: kube.Object) -> None:
        stamp = accounts.stamp(self.account)
        if stamp == self._seen:
            return
        changed: dict[str, set[str]] = {}
        for secret in self.hub.list(*SECRET):
            if ITEM_PATH in notes_of(secret) and self._update(operator, secret):
                changed.setdefault(namespace_of(secret), set()).add(secret["metadata"]["name"])
        for namespace, names in changed.items():
            self._restart(operator, namespace, names)
        self._seen = stamp

    def _update(self, operator: kube.Object, secret: kube.Object) -> bool:
        """Whether the Secret's item was at another version than noted on it, so that the Secret was written anew."""
        item = self.hub.get(*ITEM, secret["metadata"]["name"], namespace_of(secret))
        if item is None or "deletionTimestamp" in item["metadata"]:
            return False
        try:
            found = self._lookup(operator, (item.get("spec") or {}).get("itemPath", ""))
        except vault.ItemError as error:
            self.say(kube.name_of(secret), str(error))
            return False
        notes = notes_of(secret)
        if notes.get(ITEM_VERSION) == found.version and notes.get(ITEM_PATH) == found.path:
            return False
        self.client.apply(secret_for(item, found), MANAGER, force=True)
        self.say(kube.name_of(secret), f"updated the Secret to version {found.version}")
        return True

    def _restart(self, operator: kube.Object, namespace: str, names: set[str]) -> None:
        space = self.hub.get("v1", "Namespace", namespace) or {"metadata": {}}
        everywhere = _variable(operator, "AUTO_RESTART").get("value", "")
        for deployment in self.hub.list(*DEPLOYMENT, namespace):
            pod_spec = deployment["spec"]["template"]["spec"]
            used = names & (secrets_of(pod_spec) | {notes_of(deployment).get(ITEM_NAME, "")})
            for name in used:
                secret = self.hub.get(*SECRET, name, namespace) or {"metadata": {}}
                if wants_restart(secret, deployment, space, everywhere):
                    self.say(kube.name_of(deployment), f"restarts it: Secret {name} has changed")
                    template = {"metadata": {"annotations": {LAST_RESTARTED: now()}}}
                    patch(self.client, deployment, {"spec": {"template": template}}, MANAGER)
                    break


def secret_for(item: Mapping[str, Any], found: vault.Item) -> kube.Object:
    """The Secret that the operator makes of an item for a OnePasswordItem."""
    meta = item["metadata"]
    notes = {ITEM_PATH: found.path, ITEM_VERSION: found.version}
    if notes_of(item).get(AUTO_RESTART):
        notes[AUTO_RESTART] = notes_of(item)[AUTO_RESTART]
    secret: kube.Object = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": meta["name"],
            "namespace": namespace_of(item),
            "labels": dict(meta.get("labels") or {}),
            "annotations": notes,
            "ownerReferences": [owner_of(item)],
        },
        "data": encode(data_of(found.content)),
    }
    return {**secret, "type": item["type"]} if item.get("type") else secret


def wants_restart(
    secret: Mapping[str, Any], deployment: Mapping[str, Any], space: Mapping[str, Any], else_: str
) -> bool:
    """Whether a Deployment is restarted for a Secret: the Secret says so, else the Deployment, else its namespace."""
    asked = (notes_of(source).get(AUTO_RESTART) for source in (secret, deployment, space))
    return next((answer for answer in asked if answer), else_).lower() in TRUE


def secrets_of(pod_spec: Mapping[str, Any]) -> set[str]:
    """The names of every Secret that a pod refers to."""
    return {reference.name for reference in references.of_pod(pod_spec) if reference.kind == "Secret"}


def _component(deployment: Mapping[str, Any]) -> str:
    labels = deployment["metadata"].get("labels") or {}
    return labels.get(COMPONENT, "") if labels.get("app.kubernetes.io/name") == "connect" else ""


def _variable(pod: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    variables = (variable for container in containers(pod["spec"]) for variable in container.get("env") or [])
    return next((variable for variable in variables if variable["name"] == name), {})


def _started_with_one(operator: Mapping[str, Any], accepted: Sequence[str]) -> bool:
    """Whether what the operator's pod read when it started is one of these tokens."""
    reference = _variable(operator, "OP_CONNECT_TOKEN")["valueFrom"]["secretKeyRef"]
    return any(started.has_read(operator, reference["name"], {reference["key"]: token}) for token in accepted)
