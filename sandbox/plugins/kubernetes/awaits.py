"""What is waited for after an object was created or changed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.kube import Client, Object
from sandbox.plugins.kubernetes import lastword, readiness, waitfor
from sandbox.plugins.kubernetes.identity import Identity, annotation, of_object, skips_readiness
from sandbox.plugins.kubernetes.verdict import READY, Probe, Verdict, waiting
from sandbox.plugins.kubernetes.waiting import NotReadyError, Waiter

DEFAULT_SECONDS: Final = 600
SECONDS: Final = {"PersistentVolume": 300, "PersistentVolumeClaim": 300, "ResourceQuota": 60, "Secret": 5}
"""Defaults of the published plugin, where they are not the common one."""
TROUBLES_SHOWN: Final = 5
SERVICE: Final = ("", "Service")
ENDPOINT_SLICE: Final = ("discovery.k8s.io/v1", "EndpointSlice")


def seconds_of(inputs: Mapping[str, Any], requested: float, default: float) -> float:
    """How long to wait: the resource's own timeout, or the annotation `pulumi.com/timeoutSeconds`, or the default."""
    noted = annotation(inputs, "timeoutSeconds")
    return requested or (float(noted) if noted.isdecimal() else default)


@dataclass(frozen=True, kw_only=True)
class Awaits:
    """Waits for what was just applied."""

    client: Client
    waiter: Waiter

    def ready(self, live: Object, inputs: Mapping[str, Any], requested: float) -> Object:
        """The object once it is ready; NotReadyError with what is missing if it does not get there in time."""
        identity = of_object(live)
        if skips_readiness(inputs):
            return live
        begun = time.monotonic()
        seconds = seconds_of(inputs, requested, SECONDS.get(identity.kind, DEFAULT_SECONDS))
        try:
            return self._wait(live, identity, begun + seconds)
        except NotReadyError as error:
            first, *rest = (*error.reasons, *self._troubles(error.live, identity))
            waited = round(time.monotonic() - begun)
            raise NotReadyError(error.live, (f"not ready after {waited} s: {first}", *rest)) from error

    def now(self, live: Object) -> Verdict:
        """Whether a live object is ready at this moment."""
        if skips_readiness(live):
            return READY
        identity = of_object(live)
        probe = self._probe(live, identity)
        kind = (identity.group, identity.kind)
        if probe is not None:
            return probe(live)
        if kind == ("networking.k8s.io", "Ingress") or _is_load_balancer(live, kind):
            verdict = _has_address(live)
            if not verdict.ready or kind != SERVICE:
                return verdict
        if kind == SERVICE and _selects(live):
            return _endpoints(self.client.list(*ENDPOINT_SLICE, identity.namespace, _slices_of(identity)))
        return READY

    def _probe(self, live: Object, identity: Identity) -> Probe | None:
        wanted = annotation(live, "waitFor")
        return waitfor.probe_of(wanted) if wanted else readiness.probe_of(identity)

    def _wait(self, live: Object, identity: Identity, deadline: float) -> Object:
        probe = self._probe(live, identity)
        kind = (identity.group, identity.kind)
        if probe is not None:
            return self.waiter.until(live, probe, deadline)
        if kind == SERVICE:
            return self._service(live, identity, deadline)
        if kind == ("", "PersistentVolumeClaim"):
            return self.waiter.until(live, self._claim(live), deadline)
        if kind == ("networking.k8s.io", "Ingress"):
            return self.waiter.until(live, _has_address, deadline)
        return live

    def _service(self, live: Object, identity: Identity, deadline: float) -> Object:
        """A load balancer has an address, and no selected pod is unready; no pods at all are fine."""
        if _is_load_balancer(live, SERVICE):
            live = self.waiter.until(live, _has_address, deadline)
        if _selects(live):
            self.waiter.until_all(live, ENDPOINT_SLICE, _slices_of(identity), _endpoints, deadline)
        return live

    def _claim(self, claim: Object) -> Probe:
        """A claim is bound, unless its storage class, which may appear later, waits for a pod that uses it."""
        name = claim["spec"].get("storageClassName")

        def probe(obj: Object) -> Verdict:
            phase = (obj.get("status") or {}).get("phase")
            if phase == "Bound":
                return READY
            found = self.client.get("storage.k8s.io/v1", "StorageClass", name) if name else None
            if found and found.get("volumeBindingMode") == "WaitForFirstConsumer" and phase == "Pending":
                return READY
            missing = "" if found else ", which does not exist"
            return waiting(f"phase {phase or 'unknown'}, expected Bound (storage class {name or 'none'}{missing})")

        return probe

    def _troubles(self, live: Object, identity: Identity) -> tuple[str, ...]:
        """What its controller says of an object with conditions of its own, what the pods of a workload suffer from."""
        if annotation(live, "waitFor"):
            said = lastword.said(live)
            return (f"its last word: {said}",) if said else ()
        labels = ((live.get("spec") or {}).get("selector") or {}) if identity.group in ("apps", "batch") else {}
        matched = labels.get("matchLabels") if isinstance(labels, Mapping) else None
        if not matched:
            return ()
        selector = ",".join(f"{key}={value}" for key, value in matched.items())
        pods = self.client.list("v1", "Pod", identity.namespace, selector)
        found = dict.fromkeys(trouble for pod in pods for trouble in readiness.pod_troubles(pod))
        return tuple(found)[:TROUBLES_SHOWN]


def _is_load_balancer(live: Object, kind: tuple[str, str]) -> bool:
    return kind == SERVICE and live["spec"].get("type") == "LoadBalancer"


def _selects(service: Object) -> bool:
    """Whether there are pods to be waited for: not for a headless Service, nor for one without a selector."""
    spec = service["spec"]
    return spec.get("type") != "ExternalName" and spec.get("clusterIP") != "None" and bool(spec.get("selector"))


def _slices_of(service: Identity) -> str:
    return f"kubernetes.io/service-name={service.name}"


def _has_address(obj: Object) -> Verdict:
    addresses = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress")
    return READY if addresses else waiting("no load balancer has given it an address (status.loadBalancer.ingress)")


def _endpoints(slices: list[Object]) -> Verdict:
    unready = [
        endpoint
        for one in slices
        for endpoint in one.get("endpoints") or []
        if (endpoint.get("conditions") or {}).get("ready") is False
        and not (endpoint.get("conditions") or {}).get("terminating")
    ]
    return waiting(f"{len(unready)} of the pods it selects are not ready") if unready else READY
