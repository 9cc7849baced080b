"""Deleting objects and waiting until they are gone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.kube import ApiError, Client, NoSuchKindError
from sandbox.plugins.kubernetes import refusals
from sandbox.plugins.kubernetes.awaits import DEFAULT_SECONDS, seconds_of
from sandbox.plugins.kubernetes.identity import Identity, annotation, is_true, of_properties
from sandbox.plugins.kubernetes.waiting import NotReadyError, Waiter
from sandbox.plugins.server import ProviderError

PROPAGATION: Final = {"orphan": "Orphan", "background": "Background"}
"""By annotation; anything else means that what the object owns goes first."""
MAY_SKIP: Final = frozenset(
    {"DaemonSet", "Deployment", "Job", "Namespace", "Pod", "ReplicationController", "StatefulSet"}
)
"""Kinds for which the annotation `pulumi.com/skipAwait` also covers deletion, as in the published plugin."""


@dataclass(frozen=True, kw_only=True)
class Remover:
    """Removes objects for one provider."""

    client: Client
    waiter: Waiter

    def remove(self, outputs: Mapping[str, Any], requested: float) -> None:
        """Delete the object and wait until it is gone; gone already, with or without its kind, is fine."""
        identity = of_properties(outputs)
        policy = PROPAGATION.get(annotation(outputs, "deletionPropagationPolicy").lower(), "Foreground")
        try:
            answer = self.client.delete(
                identity.api_version, identity.kind, identity.name, identity.namespace, propagation=policy
            )
            if answer is None or answer.get("kind") == "Status":
                return
            if is_true(outputs, "skipAwait") and identity.kind in MAY_SKIP:
                return
            seconds = seconds_of(outputs, requested, DEFAULT_SECONDS)
            self._await(answer, identity, seconds)
        except NoSuchKindError:
            return
        except ApiError as error:
            raise refusals.translate(error, identity, outputs) from error

    def _await(self, answer: dict[str, Any], identity: Identity, seconds: float) -> None:
        try:
            self.waiter.until_gone(answer, time.monotonic() + seconds)
        except NotReadyError as error:
            raise ProviderError(f"{identity}: not gone after {seconds:g} s: {error}") from error

    def relinquish(self, outputs: Mapping[str, Any], manager: str) -> None:
        """Give up the fields that a patch set: the object stays, the fields that nobody else owns go."""
        identity = of_properties(outputs)
        metadata = {"name": identity.name, **({"namespace": identity.namespace} if identity.namespace else {})}
        body = {"apiVersion": identity.api_version, "kind": identity.kind, "metadata": metadata}
        try:
            if self.client.get(identity.api_version, identity.kind, identity.name, identity.namespace):
                self.client.apply(body, manager, force=True)
        except ApiError as error:
            raise refusals.translate(error, identity, outputs) from error
