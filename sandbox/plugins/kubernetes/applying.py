"""Creating and changing objects by server-side apply."""

from __future__ import annotations

import base64
import hashlib
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.kube import ApiError, Client, NoSuchKindError, Object
from sandbox.plugins.kubernetes import refusals
from sandbox.plugins.kubernetes.arguments import Arguments
from sandbox.plugins.kubernetes.identity import Identity, annotation, is_true, of_properties
from sandbox.plugins.server import ProviderError
from sandbox.plugins.wire import UNKNOWN, Properties, Secret, conceal, reveal

MANAGER: Final = "__fieldManager"
"""Output that keeps the name under which the object's fields are owned, as the published plugin does."""
KIND_WAIT: Final = "HOMELAB_SANDBOX_KIND_WAIT"
"""Environment variable: seconds that a create waits for a kind or namespace that the server does not know yet."""
KIND_WAIT_SECONDS: Final = 60.0
KIND_POLL_SECONDS: Final = 1.0
MADE_LATER: Final = ("creationTimestamp", "resourceVersion", "uid")
"""Metadata that the server gives an object when it is really made; a dry run only makes it up."""


def manager_of(urn: str, inputs: Mapping[str, Any], olds: Mapping[str, Any]) -> str:
    """The field manager of a resource: annotated, or the one it was made with, or one of its own."""
    chosen = annotation(inputs, "patchFieldManager") or reveal(olds.get(MANAGER))
    return chosen or f"pulumi-kubernetes-{hashlib.sha256(urn.encode()).hexdigest()[:8]}"


def body_of(inputs: Mapping[str, Any]) -> Object:
    """What is sent: plain values, nothing that is null, and a Secret's text encoded.

    The server would encode `stringData` itself, but then a key that is dropped later would stay.
    """
    body: Object = _without_nulls(reveal(inputs))
    texts = body.pop("stringData", None) if body["kind"] == "Secret" else None
    if texts:
        encoded = {key: base64.b64encode(str(text).encode()).decode() for key, text in texts.items()}
        body["data"] = {**body.get("data", {}), **encoded}
    return body


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value


def outputs_of(live: Object, inputs: Mapping[str, Any], manager: str) -> Properties:
    """The live object as outputs: secret where the inputs are, and a Secret's data in any case."""
    metadata = {key: value for key, value in live["metadata"].items() if key != "managedFields"}
    outputs: Properties = conceal({**live, "metadata": metadata}, inputs)
    if live["kind"] == "Secret":
        outputs.update({key: Secret(reveal(outputs[key])) for key in ("data", "stringData") if key in outputs})
    outputs[MANAGER] = manager
    return outputs


@dataclass(frozen=True, kw_only=True)
class Applier:
    """Applies objects for one provider."""

    client: Client
    arguments: Arguments
    stopped: threading.Event
    tell: Callable[[str], None]
    """Says to the user what is waited for."""

    def create(self, inputs: Mapping[str, Any], manager: str, *, patch: bool) -> Object:
        """Make the object; one that exists already is refused, unless it is only to be patched."""
        identity = of_properties(inputs)
        give_up = time.monotonic() + float(os.environ.get(KIND_WAIT, KIND_WAIT_SECONDS))
        while True:
            last = time.monotonic() >= give_up or self.stopped.is_set()
            try:
                self.client.kind(identity.api_version, identity.kind)
                if not patch and self._goes(inputs, identity) and not last:
                    self.tell(f"waiting: the old {identity} is not gone yet")
                    self.stopped.wait(KIND_POLL_SECONDS)
                    continue
                return self._apply(inputs, manager, body_of(inputs))
            except NoSuchKindError as error:
                if last:
                    raise ProviderError(
                        f"{identity}: {error}: its CRD is missing on the server; install what brings it first, and "
                        "make this resource depend on it"
                    ) from error
                self.tell(f"waiting: {error}")
            except ApiError as error:
                if last or error.status != 404:
                    raise refusals.translate(error, identity, inputs) from error
                self.tell(f"waiting: {error}")
            self.stopped.wait(KIND_POLL_SECONDS)

    def _goes(self, inputs: Mapping[str, Any], identity: Identity) -> bool:
        """Whether the object's predecessor is being deleted; any other object of its name is refused.

        A replaced object whose end nobody waits for, because it says `skipAwait`, is met here.
        """
        found = self.client.get(identity.api_version, identity.kind, identity.name, identity.namespace)
        if found is not None and found["metadata"].get("deletionTimestamp"):
            return True
        if found is not None and not self.arguments.upsert and not is_true(inputs, "patchForce"):
            raise ProviderError(
                f"{identity} already exists; if an interrupted update made it, `make recover ADOPT=1` takes it over; "
                f"otherwise import it (`pulumi import`, or the resource option import_={identity.id!r}), delete it, or "
                'take it over with the annotation pulumi.com/patchForce: "true"'
            )
        return False

    def update(
        self, inputs: Mapping[str, Any], olds: Mapping[str, Any], manager: str, *, patch: bool, dry_run: bool = False
    ) -> Object:
        """Change the object; it is refused if it is not the one in the state any more.

        A preview takes fields from other managers without a word, as the published plugin's does: only the update meets
        the conflict.
        """
        identity = of_properties(inputs)
        body = body_of(inputs)
        uid = (reveal(olds.get("metadata")) or {}).get("uid")
        if isinstance(uid, str) and not patch:
            body["metadata"] = {**body["metadata"], "uid": uid}
        try:
            return self._apply(inputs, manager, body, dry_run=dry_run)
        except ApiError as error:
            raise refusals.translate(error, identity, inputs) from error

    def preview_create(self, inputs: Mapping[str, Any], manager: str) -> Object | None:
        """What the server would make of the object; None if it cannot tell yet.

        It cannot tell while the kind or the namespace is not there, or while the object that is to be replaced still
        is.
        """
        identity = of_properties(inputs)
        try:
            return self.client.apply(body_of(inputs), manager, force=True, dry_run=True)
        except NoSuchKindError:
            return None
        except ApiError as error:
            if error.status == 404 or refusals.is_immutable(error):
                return None
            raise refusals.translate(error, identity, inputs) from error

    def _apply(self, inputs: Mapping[str, Any], manager: str, body: Object, *, dry_run: bool = False) -> Object:
        force = self.arguments.patch_force or is_true(inputs, "patchForce")
        try:
            return self.client.apply(body, manager, force=force, dry_run=dry_run)
        except ApiError as error:
            if refusals.is_conflict(error) and (dry_run or refusals.is_by_kubectl(error)):
                return self.client.apply(body, manager, force=True, dry_run=dry_run)
            raise


def not_made_yet(outputs: Properties) -> Properties:
    """The outputs of a previewed creation: unknown where only the creation itself decides."""
    metadata = outputs.get("metadata")
    kept = {key: value for key, value in outputs.items() if key != "status"}
    if isinstance(metadata, Mapping):
        kept["metadata"] = {**metadata, **dict.fromkeys(MADE_LATER, UNKNOWN)}
    spec = outputs.get("spec")
    if outputs.get("kind") == "Service" and isinstance(spec, Mapping):
        chosen = spec.get("clusterIP")
        kept["spec"] = {**spec, "clusterIP": chosen if chosen == "None" else UNKNOWN}
    return kept
