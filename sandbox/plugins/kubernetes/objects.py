"""Kubernetes objects as resources: what the engine asks of one, told to the parts that do it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.kube import ApiError, NotReachableError, Object
from sandbox.plugins.kubernetes import diff, immutable, prune, readiness, waitfor
from sandbox.plugins.kubernetes.applying import MANAGER, Applier, manager_of, not_made_yet, outputs_of
from sandbox.plugins.kubernetes.awaits import Awaits
from sandbox.plugins.kubernetes.cluster import Cluster
from sandbox.plugins.kubernetes.identity import (
    ANNOTATION,
    Identity,
    annotation,
    is_true,
    kind_of_type,
    of_id,
    of_properties,
)
from sandbox.plugins.kubernetes.removing import Remover
from sandbox.plugins.kubernetes.waiting import NotReadyError
from sandbox.plugins.server import Change, Diff, Failure, InitFailed, Live, Subject
from sandbox.plugins.wire import UNKNOWN, Properties, Secret, conceal, has_unknown, reveal

SECRET_FIELDS: Final = ("data", "stringData")
REPLACE_UNREADY: Final = "replaceUnready"


@dataclass(frozen=True)
class Objects:
    """Every resource that is one object."""

    cluster: Cluster

    def check(self, news: Properties) -> tuple[Properties, list[Failure]]:
        """The inputs with their namespace filled in and a Secret's data marked secret."""
        metadata = reveal(news.get("metadata"))
        if metadata is UNKNOWN:
            return news, []
        problem = _problem(news, metadata)
        if problem:
            return news, [Failure("", problem)]
        inputs = _with_secrets(news)
        if not metadata.get("namespace"):
            plain = reveal({key: news[key] for key in ("apiVersion", "kind")})
            if self.cluster.is_namespaced(plain["apiVersion"], plain["kind"]):
                inputs["metadata"] = conceal({**metadata, "namespace": self.cluster.namespace}, news["metadata"])
        return inputs, []

    def diff(self, subject: Subject, old_inputs: Properties, news: Properties) -> Diff:
        """How the new inputs differ from the old ones; a Job may be asked for anew because it never got ready."""
        fixed: tuple[str, ...] = immutable.IDENTITY
        if not _is_patch(subject, news):
            fixed = immutable.fields(_kind(subject, news), news, self.cluster.arguments)
        unready = self._unready(subject, news)
        return diff.compare(old_inputs, news, immutable=fixed, default_namespace=self.cluster.namespace, more=unready)

    def _unready(self, subject: Subject, news: Properties) -> tuple[Change, ...]:
        """The annotation that replaces what is not ready, as a change if it comes to that."""
        if not is_true(news, REPLACE_UNREADY):
            return ()
        if reveal(news.get("kind")) != "Job":
            self.cluster.host.warn(subject.urn, f"{ANNOTATION}{REPLACE_UNREADY} has no effect: it is for Jobs only")
            return ()
        if self.cluster.client is None or has_unknown(news.get("metadata")):
            return ()
        identity = of_properties(news)
        try:
            live = self.cluster.client.get(identity.api_version, identity.kind, identity.name, identity.namespace)
        except (ApiError, NotReachableError):
            return ()  # as in the published plugin: what cannot be asked is not replaced
        probe = readiness.probe_of(identity)
        if live is None or probe is None or probe(live).ready:
            return ()
        return (Change(path=f'metadata.annotations["{ANNOTATION}{REPLACE_UNREADY}"]', kind="update", replace=True),)

    def create(self, subject: Subject, news: Properties, timeout: float) -> tuple[str, Properties]:
        """Make the object and wait until it is ready."""
        manager = manager_of(subject.urn, news, {})
        live = self._applier(subject).create(news, manager, patch=_is_patch(subject, news))
        return of_properties(live).id, self._settled(subject, live, news, manager, timeout)

    def preview_create(self, subject: Subject, news: Properties) -> tuple[str, Properties]:
        """What the server would make of the object, as far as that can be known."""
        metadata = reveal(news.get("metadata"))
        if has_unknown(metadata):
            return "", not_made_yet(news)
        identifier = of_properties(news).id
        if self.cluster.client is None or has_unknown(news):
            return identifier, not_made_yet(news)
        manager = manager_of(subject.urn, news, {})
        try:
            made = self._applier(subject).preview_create(news, manager)
        except NotReachableError as error:
            self.cluster.warn_unreachable(subject, error)
            made = None
        return identifier, not_made_yet(news if made is None else outputs_of(made, news, manager))

    def update(self, subject: Subject, olds: Properties, news: Properties, timeout: float) -> Properties:
        """Change the object and wait until it is ready again."""
        manager = manager_of(subject.urn, news, olds)
        live = self._applier(subject).update(news, olds, manager, patch=_is_patch(subject, news))
        return self._settled(subject, live, news, manager, timeout)

    def preview_update(self, subject: Subject, olds: Properties, news: Properties) -> Properties:
        """What the server would make of the change; the new inputs over the old outputs if that cannot be known."""
        if self.cluster.client is None or has_unknown(news):
            return _overlaid(olds, news)
        manager = manager_of(subject.urn, news, olds)
        try:
            made = self._applier(subject).update(news, olds, manager, patch=_is_patch(subject, news), dry_run=True)
        except NotReachableError as error:
            self.cluster.warn_unreachable(subject, error)
            return _overlaid(olds, news)
        return outputs_of(made, news, manager)

    def read(self, subject: Subject, inputs: Properties, state: Properties) -> Live | None:
        """The live object, pruned to what the program declared; all of it when it is imported."""
        declared = "metadata" in inputs
        identity = of_properties(inputs) if declared else of_id(subject.type, subject.id)
        live = self.cluster.connected.get(identity.api_version, identity.kind, identity.name, identity.namespace)
        if live is None:
            return None
        found = conceal(prune.inputs_of(reveal(inputs), live), inputs) if declared else prune.imported(live)
        found = _with_secrets(found)
        outputs = outputs_of(live, found, manager_of(subject.urn, inputs, state))
        if state and MANAGER not in state:
            outputs.pop(MANAGER)  # a lookup of what somebody else manages
        verdict = self._awaits(subject).now(live)
        if declared and not verdict.ready:
            raise _failed(identity, verdict.missing, outputs, found)
        return Live(id=identity.id, inputs=found, outputs=outputs)

    def delete(self, subject: Subject, olds: Properties, timeout: float) -> None:
        """Delete the object and wait until it is gone; a patch only gives up its fields."""
        remover = Remover(client=self.cluster.connected, waiter=self.cluster.waiter(subject))
        if _is_patch(subject, olds):
            remover.relinquish(olds, manager_of(subject.urn, olds, olds))
        else:
            remover.remove(olds, timeout)

    def _settled(self, subject: Subject, live: Object, news: Properties, manager: str, timeout: float) -> Properties:
        """The outputs once the object is ready; InitFailed keeps it in the state if it does not get there."""
        try:
            ready = self._awaits(subject).ready(live, news, timeout)
        except NotReadyError as error:
            outputs = outputs_of(error.live, news, manager)
            raise _failed(of_properties(live), error.reasons, outputs, news) from error
        return outputs_of(ready, news, manager)

    def _awaits(self, subject: Subject) -> Awaits:
        return Awaits(client=self.cluster.connected, waiter=self.cluster.waiter(subject))

    def _applier(self, subject: Subject) -> Applier:
        cluster = self.cluster
        return Applier(
            client=cluster.connected,
            arguments=cluster.arguments,
            stopped=cluster.stopped,
            tell=lambda message: cluster.host.status(subject.urn, message),
        )


def _failed(identity: Identity, reasons: tuple[str, ...], outputs: Properties, inputs: Properties) -> InitFailed:
    told = [f"{identity}: {reason}" for reason in reasons]
    return InitFailed(id=identity.id, outputs=outputs, inputs=inputs, reasons=told)


def _with_secrets(properties: Properties) -> Properties:
    """The properties with a Secret's data marked secret."""
    if reveal(properties.get("kind")) != "Secret":
        return dict(properties)
    hidden: Properties = {key: Secret(reveal(properties[key])) for key in SECRET_FIELDS if key in properties}
    return {**properties, **hidden}


def _kind(subject: Subject, inputs: Properties) -> Identity:
    """The kind that inputs say they are, whatever of the name is known."""
    plain = reveal(inputs)
    if isinstance(plain.get("apiVersion"), str) and isinstance(plain.get("kind"), str):
        return Identity(api_version=plain["apiVersion"], kind=plain["kind"], name=subject.name)
    api_version, kind = kind_of_type(subject.type)
    return Identity(api_version=api_version, kind=kind, name=subject.name)


def _is_patch(subject: Subject, properties: Mapping[str, Any]) -> bool:
    """Whether the resource only adds fields to an object that somebody else made."""
    return kind_of_type(subject.type)[1] == f"{reveal(properties.get('kind'))}Patch"


def _problem(news: Properties, metadata: Any) -> str:
    """What is wrong with the inputs of a resource; empty if nothing is."""
    if reveal(news.get("kind")) in (None, UNKNOWN) or reveal(news.get("apiVersion")) in (None, UNKNOWN):
        return "apiVersion and kind have to be known"
    if "items" in news and str(reveal(news["kind"])).endswith("List"):
        return "lists are not served; declare each object as a resource of its own"
    named = isinstance(metadata, Mapping) and metadata.get("name")
    if isinstance(metadata, Mapping) and metadata.get("generateName"):
        return "metadata.generateName is not served; set metadata.name"
    if not named:
        return "metadata.name is missing; names are not generated, so set it"
    wanted = annotation(news, "waitFor")
    try:
        if wanted:
            waitfor.probe_of(wanted)
    except ValueError as error:
        return f"annotation pulumi.com/waitFor: {error}"
    return ""


def _overlaid(olds: Properties, news: Properties) -> Properties:
    """The old outputs under the new inputs: what a change that cannot be tried out most likely gives."""
    old_metadata, new_metadata = reveal(olds.get("metadata")), reveal(news.get("metadata"))
    outputs = {**olds, **news}
    if isinstance(old_metadata, Mapping) and isinstance(new_metadata, Mapping):
        outputs["metadata"] = conceal({**old_metadata, **new_metadata}, news["metadata"])
    return outputs
