"""What pages are made of: the stack outputs and the live objects, and what is asked of both together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from components.summaries import Service, Summary
from doctor import kube
from doctor.snapshot import KINDS, Resource, Snapshot
from pages.actors import Actor, actors, behind
from pages.errors import PagesError
from policy.objects import namespace_of
from telling.model import STACK_TYPE

MORE_KINDS: Final = (("volsync.backube/v1alpha1", "ReplicationSource"), ("argoproj.io/v1alpha1", "ApplicationSet"))
"""Kinds of objects that pages show, beside those that the wiring check asks for."""


@dataclass(frozen=True, kw_only=True)
class Platform:
    """A running platform."""

    summary: Summary
    snapshot: Snapshot

    @classmethod
    def read(cls, client: kube.Client, export: Mapping[str, Any]) -> Platform:
        """A running cluster's and a stack's. Errors are the client's.

        Raises:
            PagesError: the stack has no outputs of this version of the program.
        """
        objects = (item for version, kind in (*KINDS, *MORE_KINDS) for item in client.list(version, kind))
        return cls(summary=outputs_of(export), snapshot=Snapshot.of(objects, export))

    def need(self, kind: str, name: str, namespace: str = "") -> kube.Object:
        """One object.

        Raises:
            PagesError: it is not there.
        """
        found = self.snapshot.get(kind, name, namespace)
        if found is None:
            place = f"{namespace}/{name}" if namespace else name
            message = f"{kind} {place}: looked for it, and the cluster has none"
            raise PagesError(message)
        return found

    def account(self, kind: str, named: Callable[[Resource], bool], what: str) -> Resource:
        """The first resource of an account that is so.

        Raises:
            PagesError: there is none.
        """
        for resource in self.snapshot.of_type(kind):
            if named(resource):
                return resource
        message = f"{kind} {what}: looked for it, and the stack has none"
        raise PagesError(message)

    def figure(self, name: str) -> str:
        """A figure of the outputs.

        Raises:
            PagesError: they have none of that name.
        """
        if name not in self._figures:
            message = f"figure {name}: looked for it among the stack outputs, which have none"
            raise PagesError(message)
        return self._figures[name]

    @cached_property
    def _figures(self) -> dict[str, str]:
        return {item.name: item.value for item in self.summary.figures}

    def same(self, what: str, said: object, found: object) -> str:
        """A figure that outputs and live objects both say, as text.

        Raises:
            PagesError: they say two things.
        """
        if said != found:
            message = f"{what}: the stack outputs say {said!r} and the cluster {found!r}: run `pulumi up`"
            raise PagesError(message)
        return str(said)

    @property
    def actors(self) -> list[Actor]:
        """Whatever makes pods, by namespace and name."""
        return actors(self.snapshot)

    def actor(self, name: str, namespace: str) -> Actor:
        """Who is called so.

        Raises:
            PagesError: nobody is.
        """
        for item in self.actors:
            if (item.namespace, item.name) == (namespace, name):
                return item
        message = f"{namespace}/{name}: looked for a workload of that name, and the cluster has none"
        raise PagesError(message)

    def running(self, repository: str) -> Actor:
        """Who runs an image, known by the end of its name without a tag.

        Raises:
            PagesError: nobody does.
        """
        for item in self.actors:
            if item.runs(repository):
                return item
        message = f"image {repository}: looked for a workload that runs it, and the cluster has none"
        raise PagesError(message)

    def answering(self, address: str) -> list[Actor]:
        """Who answers at `service.namespace.svc:port`.

        Raises:
            PagesError: nobody does.
        """
        service, namespace, *_ = address.rpartition("://")[2].split(".")
        return self.serving(service, namespace.partition(":")[0])

    def serving(self, service: str, namespace: str) -> list[Actor]:
        """Who answers at a Service.

        Raises:
            PagesError: nobody does.
        """
        found = behind(self.snapshot, namespace, service)
        if not found:
            message = f"{service}.{namespace}.svc: looked for who answers there, and the cluster has nobody"
            raise PagesError(message)
        return found

    def of_service(self, service: Service) -> list[Actor]:
        """What runs for a service: who answers at its address, or whatever is in its namespace."""
        if service.address:
            return self.answering(service.address)
        return [item for item in self.actors if item.namespace == service.namespace and item.kind != "CronJob"]

    def namespaces(self) -> Iterator[str]:
        """Every namespace that has somebody in it, by name."""
        yield from sorted({item.namespace for item in self.actors})

    def within(self, kind: str, namespace: str) -> list[kube.Object]:
        """Every object of a kind in a namespace, by name."""
        return sorted(self.snapshot.within(kind, namespace), key=lambda item: str(item["metadata"]["name"]))

    def all(self, kind: str) -> list[kube.Object]:
        """Every object of a kind, by namespace and name."""
        return sorted(self.snapshot.all(kind), key=lambda item: (namespace_of(item), str(item["metadata"]["name"])))


def outputs_of(export: Mapping[str, Any]) -> Summary:
    """The stack outputs that a state has.

    Raises:
        PagesError: it has none, or others.
    """
    resources = (export.get("deployment") or {}).get("resources") or []
    outputs = next((item.get("outputs") or {} for item in resources if item["type"] == STACK_TYPE), {})
    try:
        return TypeAdapter(Summary).validate_python(outputs)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        message = f"stack output {where}: {first['msg'].lower()}: run `pulumi up` with this version of the program"
        raise PagesError(message) from error
