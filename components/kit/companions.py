"""Workloads beside the application's own, which only the application calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final

from components import versions
from components.kit.containers import Resources
from components.kit.mounts import Mount
from components.kit.uses import Bound, Consumer, Use
from components.kit.workload import Exemption, Workload, WorkloadArgs, workload_endpoint
from components.versions import Image


@dataclass(frozen=True, kw_only=True)
class Companion:
    """A second container of the application's, in pods of its own, that the application finds by a URL."""

    kept: ClassVar = False
    holds_data: ClassVar = False

    name: str
    """What it does; its Service is called `<application>-<name>`."""
    url: str
    """Name of the application's variable for its URL."""
    image: Image
    port: int
    """Port number that the container listens on."""
    health_path: str
    """HTTP path that answers 200 when it can serve."""
    environment: Mapping[str, str] = field(default_factory=dict)
    uses: Sequence[Use] = ()
    """What it uses; nothing that has to be kept while the application is off, which is the application's to hold."""
    resources: Resources = field(default_factory=Resources)
    user: int = 1000
    """User and group id of the process, and group of its volumes."""
    startup: int = 0
    """Seconds that its first start may take; with 0 it has as long as at any other time."""
    exemptions: Sequence[Exemption] = ()

    def __post_init__(self) -> None:
        if kept := [type(use).__name__ for use in self.uses if use.kept]:
            message = f"{self.name} uses {', '.join(kept)}, which is kept while the application is off: let that use it"
            raise ValueError(message)

    def bind(self, consumer: Consumer) -> Bound:
        """The workload, and the one call that is allowed to it."""
        name = f"{consumer.name}-{self.name}"
        user = replace(consumer, endpoint=workload_endpoint(name, consumer.namespace, self.port))
        used = Bound.together(name, self.environment, [use.bind(user) for use in self.uses])
        endpoint = Workload(
            name,
            WorkloadArgs(
                namespace=consumer.namespace,
                image=consumer.platform.base.site.image(self.image),
                port=self.port,
                health_path=self.health_path,
                more_ports=used.ports,
                environment=used.environment,
                mounts=used.mounts,
                connects_to=used.calls,
                wait_for=used.wait_for,
                resources=self.resources,
                user=self.user,
                startup=self.startup,
                exemptions=self.exemptions,
            ),
            opts=consumer.opts,
        ).endpoint
        return Bound(environment={self.url: endpoint.url}, calls={self.name: endpoint})


CACHE_PORT: Final = 6379
CACHE_USER: Final = 999
"""User id of Valkey's image."""


@dataclass(frozen=True, kw_only=True)
class Cache:
    """A Valkey of the application's own, which forgets everything when it restarts."""

    kept: ClassVar = False
    holds_data: ClassVar = False

    host: str
    """Name of the variable for its host name."""
    port: str
    """Name of the variable for its port."""
    memory: str = "128Mi"
    """Kubernetes quantity that it may take."""

    def bind(self, consumer: Consumer) -> Bound:
        """A workload beside the application's, and the one call that is allowed to it."""
        endpoint = Workload(
            f"{consumer.name}-cache",
            WorkloadArgs(
                namespace=consumer.namespace,
                image=consumer.platform.base.site.image(versions.VALKEY),
                port=CACHE_PORT,
                health_path=None,
                # Its network policy lets nobody in but the application.
                arguments=["valkey-server", "--save", "", "--appendonly", "no", "--protected-mode", "no"],
                mounts=[Mount(name="data", path="/data")],
                resources=Resources(memory=self.memory),
                user=CACHE_USER,
            ),
            opts=consumer.opts,
        ).endpoint
        environment = {self.host: endpoint.host, self.port: str(endpoint.port)}
        return Bound(environment=environment, calls={"cache": endpoint})
