"""What an application can use, each in one word: `uses=[Volume(...), Cache(...)]`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, Protocol

import pulumi

from components import versions
from components.kit.contributions import Folder
from components.kit.database import Database, DatabaseRequest
from components.kit.exposure import Exposure, Internal, Oidc
from components.kit.foundation import Foundation
from components.kit.namespace import Namespace
from components.kit.network import Addresses, Endpoint
from components.kit.oidc import CLIENT_ID, CLIENT_SECRET, OidcRegistration, RelyingParty
from components.kit.secret import (
    Generated,
    SecretKey,
    SyncedSecret,
    synced_item,
)
from components.kit.storage import Claim, ClaimArgs, NfsVolume, NfsVolumeArgs
from components.kit.workload import Mount, Resources, Workload, WorkloadArgs


@dataclass(frozen=True, kw_only=True)
class AppPlatform:
    """What the layers of the platform have for its applications."""

    base: Foundation
    register: Callable[[OidcRegistration, pulumi.Resource], SyncedSecret]
    """Makes a relying party known to Authentik, below the given parent; the Secret with its credentials."""
    database: Callable[[DatabaseRequest, pulumi.Resource], Database]
    """Makes a PostgreSQL database, below the given parent."""


@dataclass(frozen=True, kw_only=True)
class Consumer:
    """The application that uses something."""

    name: str
    title: str
    namespace: Namespace
    exposure: Exposure
    platform: AppPlatform
    parent: pulumi.Resource
    """The application's component: whatever is made for it is below that."""
    unprotected_reason: str = ""
    """Why an update may delete its data; nothing means that it is protected."""
    user: int = 1000
    """User id of its process."""

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
    wait_for: Sequence[pulumi.Resource] = ()
    """What has to be there before they start."""


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
class Volume:
    """A volume of the application's own, on a node's disk."""

    kept: ClassVar = True
    holds_data: ClassVar = True

    name: str
    """What it holds."""
    path: str
    """Where the container sees it."""
    size: str
    """Kubernetes quantity, for example `5Gi`."""

    def bind(self, consumer: Consumer) -> Bound:
        """A claim of the storage class for local volumes."""
        args = ClaimArgs(
            namespace=consumer.namespace,
            storage=consumer.platform.base.storage,
            size=self.size,
            unprotected_reason=consumer.unprotected_reason,
        )
        claim = Claim(f"{consumer.name}-{self.name}", args, opts=consumer.opts)
        return Bound(mounts=[Mount(name=self.name, path=self.path, claim=claim)])


BORROWED_REASON: Final = "the folder is another application's, which has to protect it"


@dataclass(frozen=True, kw_only=True)
class NfsFolder:
    """A folder of the NFS server, which exists already and which others may use too."""

    name: str
    """What it holds."""
    path: str
    """Where the container sees it."""
    folder: str
    """Path below the NFS export."""
    size: str
    """Kubernetes quantity; NFS does not enforce it."""
    read_only: bool = False
    borrowed: bool = False
    """Whether the folder is another application's: it has to care for the data, then, and not this one."""

    @property
    def kept(self) -> bool:
        """A borrowed folder is left alone while the application is off."""
        return not self.borrowed

    @property
    def holds_data(self) -> bool:
        """A borrowed folder is no reason to protect anything here."""
        return not self.borrowed

    def bind(self, consumer: Consumer) -> Bound:
        """A volume and its claim, bound to each other."""
        nfs = consumer.platform.base.site.nfs
        path = f"{nfs.export}/{self.folder}"
        folder = Folder(path=path, user=None if self.read_only else consumer.user)
        consumer.platform.base.contributions.folders.add(folder)
        args = NfsVolumeArgs(
            namespace=consumer.namespace,
            server=nfs.server,
            path=path,
            size=self.size,
            unprotected_reason=BORROWED_REASON if self.borrowed else consumer.unprotected_reason,
            version=nfs.version,
        )
        claim = NfsVolume(f"{consumer.name}-{self.name}", args, opts=consumer.opts)
        return Bound(mounts=[Mount(name=self.name, path=self.path, claim=claim, read_only=self.read_only)])


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
class VaultSecret:
    """Secrets that 1Password makes up once, as environment variables."""

    kept: ClassVar = True
    holds_data: ClassVar = False

    name: str
    """What they are for; the item is called `<application>-<name>`."""
    environment: Mapping[str, Generated]
    """Recipes by variable."""

    def bind(self, consumer: Consumer) -> Bound:
        """An item in the vault, and the Secret that the operator makes of it."""
        platform = consumer.platform
        secret = synced_item(
            f"{consumer.name}-{self.name}",
            store=platform.base.store,
            namespace=consumer.namespace,
            fields=self.environment,
            parent=consumer.parent,
        )
        platform.base.contributions.secrets.add(secret)
        return Bound(environment={variable: secret.key(variable) for variable in self.environment})


@dataclass(frozen=True, kw_only=True)
class OidcCredentials:
    """What an application whose sign-in is `Oidc` reads of its client, by the names of the variables."""

    kept: ClassVar = False
    holds_data: ClassVar = False

    issuer: str
    client_id: str
    client_secret: str

    def bind(self, consumer: Consumer) -> Bound:
        """The client at Authentik, and the Secret with its credentials.

        Raises:
            TypeError: the application signs its users in by other means.
        """
        exposure = consumer.exposure
        if isinstance(exposure, Internal) or not isinstance(exposure.sign_in, Oidc):
            message = f"{consumer.name} uses OidcCredentials: expected the sign-in Oidc(...) for it"
            raise TypeError(message)
        party = RelyingParty(
            name=consumer.name,
            title=consumer.title,
            host=exposure.host,
            callback=exposure.sign_in.callback,
            groups=exposure.sign_in.groups,
        )
        registration = OidcRegistration(party=party, namespace=consumer.namespace)
        platform = consumer.platform
        secret = platform.register(registration, consumer.parent)
        return Bound(
            environment={
                self.issuer: platform.base.site.oidc(consumer.name).issuer,
                self.client_id: secret.key(CLIENT_ID),
                self.client_secret: secret.key(CLIENT_SECRET),
            }
        )


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
