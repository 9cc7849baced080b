"""What an application can use, each in one word: `uses=[Volume(...), Cache(...)]`.

Here is what all of them have in common, and those that need nothing to be made. Volumes are in `volumes.py`, secrets
and sign-in in `credentials.py`, workloads beside the application's in `companions.py`, databases in `postgres.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import ClassVar, Protocol, TypeVar

import pulumi

from components.kit.backup import VolumeBackup
from components.kit.database import Database, DatabaseRequest
from components.kit.exposure import Exposure
from components.kit.files import Files, FilesArgs
from components.kit.foundation import Foundation
from components.kit.metrics import MetricsTarget
from components.kit.mounts import Mount
from components.kit.namespace import Namespace
from components.kit.network import Addresses, Endpoint, Pods
from components.kit.oidc import OidcRegistration
from components.kit.secret import SecretKey, SyncedSecret
from components.kit.storage import Claim
from components.kit.workload import HTTP
from components.settings import FileSettings

V = TypeVar("V")


@dataclass(frozen=True, kw_only=True)
class AppPlatform:
    """What the layers of the platform have for its applications."""

    base: Foundation
    register: Callable[[OidcRegistration, pulumi.Resource], SyncedSecret]
    """Makes a relying party known to Authentik, below the given parent; the Secret with its credentials."""
    database: Callable[[DatabaseRequest, pulumi.Resource], Database]
    """Makes a PostgreSQL database, below the given parent."""
    back_up: Callable[[VolumeBackup, pulumi.Resource], Claim]
    """Has a volume backed up, below the given parent; the claim that is used, which may be a restored one."""


@dataclass(frozen=True, kw_only=True)
class Consumer:
    """The application that uses something."""

    name: str
    title: str
    namespace: Namespace
    exposure: Exposure
    endpoint: Endpoint
    """Where the pods are called that use it: the application's own, or a companion's."""
    platform: AppPlatform
    parent: pulumi.Resource
    """The application's component: whatever is made for it is below that."""
    unprotected_reason: str = ""
    """Why an update may delete its data; nothing means that it is protected."""
    user: int = 1000
    """User id of its process."""
    files: FileSettings = field(default_factory=FileSettings)
    """What was restored of its volumes, and what of that is used."""

    @property
    def opts(self) -> pulumi.ResourceOptions:
        """Of whatever is made for it."""
        return pulumi.ResourceOptions(parent=self.parent)


@dataclass(frozen=True, kw_only=True)
class Bound:
    """What the application's pods get from something that they use."""

    environment: Mapping[str, pulumi.Input[str] | SecretKey] = field(default_factory=dict)
    mounts: Sequence[Mount] = ()
    calls: Mapping[str, Endpoint | Addresses] = field(default_factory=dict)
    """Calls that they may make, each by a name of its own."""
    ports: Mapping[str, int] = field(default_factory=dict)
    """Port numbers at which they can be called beside their own, by name."""
    wait_for: Sequence[pulumi.Resource] = ()
    """What has to be there before they start."""

    @classmethod
    def together(cls, owner: str, environment: Mapping[str, str], parts: Iterable[Bound]) -> Bound:
        """An environment and all of the parts in one.

        Raises:
            ValueError: two of them give one name; with whose they are.
        """
        every = [cls(environment=environment), *parts]
        return cls(
            environment=_merged(owner, [part.environment for part in every]),
            mounts=[mount for part in every for mount in part.mounts],
            calls=_merged(owner, [part.calls for part in every]),
            ports=_merged(owner, [part.ports for part in every]),
            wait_for=[resource for part in every for resource in part.wait_for],
        )


class Use(Protocol):
    """Something that an application can use."""

    @property
    def kept(self) -> bool:
        """Whether it stays while the application is off: it holds data, or what opens data."""

    @property
    def holds_data(self) -> bool:
        """Whether the application's namespace has to be protected because of it."""

    def bind(self, consumer: Consumer) -> Bound:
        """Make what is needed for this application; what contributes to the whole is handed in here too."""


@dataclass(frozen=True, kw_only=True)
class Scratch:
    """Space that goes with the pod, for programs that write beside their volumes."""

    kept: ClassVar = False
    holds_data: ClassVar = False

    name: str
    path: str
    """Where the container sees it."""

    def bind(self, consumer: Consumer) -> Bound:  # noqa: ARG002 - nothing is made for it
        """A mount without a claim."""
        return Bound(mounts=[Mount(name=self.name, path=self.path)])


@dataclass(frozen=True, kw_only=True)
class Call:
    """Something that the application may call, in the cluster or outside."""

    kept: ClassVar = False
    holds_data: ClassVar = False

    name: str
    """What is there, in lower case with dashes."""
    target: Endpoint | Addresses

    def bind(self, consumer: Consumer) -> Bound:  # noqa: ARG002 - nothing is made for it
        """The call itself."""
        return Bound(calls={self.name: self.target})


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """Metrics that it has, in Prometheus' format; nobody but who collects them may call a port of their own.

    At the application's own port, the path has to be closed where people come in, unless it asks who calls.
    """

    kept: ClassVar = False
    holds_data: ClassVar = False

    port: int | None = None
    """Port number that they are at; None is the application's own."""
    name: str = ""
    """Which of them these are, in lower case with dashes, if the application has several: at most 15 characters."""
    path: str = "/metrics"
    """HTTP path."""

    def bind(self, consumer: Consumer) -> Bound:
        """Say that there are metrics, and have the port declared."""
        endpoint = consumer.endpoint
        port = HTTP if self.port is None else self.name or "metrics"
        target = MetricsTarget(
            name="-".join(filter(None, (endpoint.service, self.name))),
            pods=Pods(namespace=endpoint.namespace, labels=endpoint.pods),
            port=endpoint.port if self.port is None else self.port,
            # A workload's Service is labelled as its pods are.
            service=endpoint.pods,
            service_port=port,
            path=self.path,
        )
        consumer.platform.base.contributions.metrics.add(target)
        return Bound() if self.port is None else Bound(ports={port: self.port})


@dataclass(frozen=True, kw_only=True)
class PlainFile:
    """A file that is no secret; pods start anew when it changes."""

    kept: ClassVar = False
    holds_data: ClassVar = False

    name: str
    """What it is for."""
    path: str
    """Where the container sees it."""
    text: str

    def bind(self, consumer: Consumer) -> Bound:
        """A ConfigMap with the file."""
        label = PurePosixPath(self.path).name
        args = FilesArgs(namespace=consumer.namespace, files={label: self.text})
        files = Files(f"{consumer.name}-{self.name}", args, opts=consumer.opts)
        return Bound(mounts=[Mount(name=self.name, path=self.path, claim=files, read_only=True, sub_path=label)])


def _merged(owner: str, parts: Iterable[Mapping[str, V]]) -> dict[str, V]:
    found: dict[str, V] = {}
    for part in parts:
        for name, value in part.items():
            if name in found:
                message = f"{owner}: {name} is given twice, by its environment or by what it uses"
                raise ValueError(message)
            found[name] = value
    return found
