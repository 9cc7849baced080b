"""The operator's loop: what it looks at, and how an object becomes what it asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from sandbox import kube
from sandbox.controllers.controller import Controller, Environment
from sandbox.controllers.installer import Installer
from sandbox.controllers.objects import namespace_of
from sandbox.controllers.prometheus_operator import (
    alertmanager,
    configuration,
    installation,
    kubelets,
    names,
    prometheus,
    reporting,
    routing,
    ruling,
    selecting,
)
from sandbox.controllers.prometheus_operator.errors import ConfigurationError
from sandbox.controllers.prometheus_operator.installation import Operator
from sandbox.controllers.prometheus_operator.references import check_storage

KINDS: Final = (names.PROMETHEUS, names.ALERTMANAGER)
AROUND: Final = (
    names.SERVICE_MONITOR,
    names.POD_MONITOR,
    names.PROBE,
    names.SCRAPE_CONFIG,
    names.RULE,
    names.ALERTMANAGER_CONFIG,
    names.NAMESPACE,
    names.SECRET,
    names.STORAGE_CLASS,
)
"""What may change what somewhere is told."""
BELONGINGS: Final = (names.STATEFUL_SET, names.SERVICE, names.CONFIG_MAP, names.POD)
"""What is of an object in the same namespace."""
TOGETHER_SECONDS: Final = 0.3
"""Changes come in swarms: so long the first of them is waited with."""
LOOK_AGAIN_SECONDS: Final = 5.0
INVALID: Final = 422
KUBELETS: Final = "kubelets"
"""Key for all of them."""
KUBELETS_SECONDS: Final = 180.0
"""So often the operator looks whether all of them are written down; in the sandbox also when a node changes."""


class PrometheusOperator(Controller):
    """Reconciles Prometheuses and Alertmanagers, whose keys are `Kind/namespace/name`, and where kubelets are found."""

    name = "prometheus-operator"

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.installer = Installer(environment=environment, manager=names.MANAGER)

    def setup(self) -> None:
        """Look at its kinds, at what they select and refer to, at what they are made of, and at the operator."""
        for kind in KINDS:
            self.hub.on(*kind, lambda _event, obj: self.queue.add(_key(obj)))
        for kind in AROUND:
            self.hub.on(*kind, lambda _event, _obj: self._all())
        for kind in BELONGINGS:
            self.hub.on(*kind, lambda _event, obj: self._all(namespace_of(obj)))
        self.hub.on(*names.NODE, lambda _event, _node: self.queue.add(KUBELETS, TOGETHER_SECONDS))
        self.hub.on(*names.DEPLOYMENT, self._deployment_changed)
        self.environment.probes.append(installation.why_not)

    def _deployment_changed(self, _event: str, deployment: kube.Object) -> None:
        if installation.is_operator(deployment):
            self._all()
            self.queue.add(KUBELETS, TOGETHER_SECONDS)

    def _all(self, namespace: str | None = None) -> None:
        for kind in KINDS:
            for obj in self.hub.list(*kind, namespace):
                self.queue.add(_key(obj), TOGETHER_SECONDS)

    def reconcile(self, key: str) -> float | None:
        """See to one object, or to the kubelets, as long as the operator runs."""
        operator = installation.find(self.hub)
        if key == KUBELETS:
            return self._kubelets(operator)
        kind, namespace, name = key.split("/")
        obj = self.hub.get(names.VERSION, kind, name, namespace)
        if obj is None or operator is None or "deletionTimestamp" in obj["metadata"]:
            return None
        if not all(self.hub.synced(*kind) for kind in AROUND):
            # What has not been heard of yet would be taken for missing.
            return TOGETHER_SECONDS
        problem = ""
        try:
            if not obj["spec"].get("paused"):
                self._see_to(obj, operator)
        except ConfigurationError as error:
            problem = str(error)
        part = prometheus if kind == names.PROMETHEUS[1] else alertmanager
        if reporting.report(self.environment, obj, part.selector(name), problem) and problem:
            self.say(key, problem)
        return LOOK_AGAIN_SECONDS if problem else None

    def _kubelets(self, operator: Operator | None) -> float | None:
        """Write down where the kubelets are, if the operator was told to."""
        if operator is None or operator.kubelets is None:
            return None
        if not self.hub.synced(*names.NODE):
            return TOGETHER_SECONDS
        wanted = kubelets.service(*operator.kubelets)
        self._bring([wanted])
        service = self.installer.find(wanted)
        if service is None:
            return TOGETHER_SECONDS
        for piece in kubelets.slices(service, self.hub.list(*names.NODE)):
            if piece["endpoints"]:
                self._bring([piece])
            elif live := self.installer.find(piece):
                self.installer.remove(live)
        return KUBELETS_SECONDS

    def _see_to(self, obj: kube.Object, operator: Operator) -> None:
        """Bring everything about. ConfigurationError if the object cannot be used as it is."""
        check_storage(self.hub, obj["spec"].get("storage"))
        if obj["kind"] == names.PROMETHEUS[1]:
            self._prometheus(obj, operator)
        else:
            self._alertmanager(obj, operator)

    def _prometheus(self, obj: kube.Object, operator: Operator) -> None:
        prometheus.check(obj)
        rules = selecting.select(self.hub, obj, names.RULE, "rule", ruling.check)
        self._reject(rules.rejected)
        files = prometheus.rule_files(obj, ruling.files(rules.valid))
        called = [item["metadata"]["name"] for item in files]
        jobs = configuration.scraped(self.hub, obj)
        self._reject(jobs.rejected)
        whole = configuration.configuration(self.hub, obj, jobs.jobs, called)
        self._bring([*files, *prometheus.secrets(obj, whole), prometheus.service(obj)])
        self._bring_pods(prometheus.stateful_set(obj, operator, called))
        for surplus in self._rule_files(obj, called):
            self.installer.remove(surplus)

    def _alertmanager(self, obj: kube.Object, operator: Operator) -> None:
        alertmanager.check(obj)
        routed = routing.routed(self.hub, obj)
        self._reject(routed.rejected)
        self._bring([*alertmanager.secrets(obj, routed.configuration), alertmanager.service(obj)])
        self._bring_pods(alertmanager.stateful_set(obj, operator))

    def _rule_files(self, obj: kube.Object, but: list[str]) -> Iterator[kube.Object]:
        """ConfigMaps with rules that there are too many."""
        for found in self.hub.list(*names.CONFIG_MAP, namespace_of(obj)):
            meta = found["metadata"]
            if (meta.get("labels") or {}).get(names.RULES_OF) == obj["metadata"]["name"] and meta["name"] not in but:
                yield found

    def _reject(self, rejected: Iterable[tuple[kube.Object, str]]) -> None:
        for obj, reason in rejected:
            if reporting.rejected(self.environment, obj, reason):
                self.say(f"{obj['kind']} {kube.name_of(obj)}", f"rejected: {reason}")

    def _bring(self, wanted: Iterable[kube.Object]) -> None:
        for obj in wanted:
            if self._differs(obj):
                self.installer.apply(obj)

    def _differs(self, wanted: kube.Object) -> bool:
        """Whether an object is not there, or not so: what a Secret or a ConfigMap has too much is wrong as well."""
        live = self.installer.find(wanted)
        if live is not None and "data" in wanted and (live.get("data") or {}).keys() != wanted["data"].keys():
            return True
        return self.installer.differs(wanted)

    def _bring_pods(self, wanted: kube.Object) -> None:
        """The StatefulSet; one that cannot be changed so is made anew, and its volumes stay."""
        live = self.installer.find(wanted)
        if (live and "deletionTimestamp" in live["metadata"]) or not self.installer.differs(wanted):
            return
        try:
            self.installer.apply(wanted)
        except kube.ApiError as error:
            if error.status != INVALID or live is None:
                raise
            self.say(kube.name_of(wanted), f"made anew: {error}")
            self.installer.remove(live)


def _key(obj: kube.Object) -> str:
    return f"{obj['kind']}/{namespace_of(obj)}/{obj['metadata']['name']}"
