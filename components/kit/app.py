"""An application: its settings, and the few lines that say what it is."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar, Final

import pulumi

from components.kit.containers import Resources
from components.kit.credentials import OidcCredentials, OidcFile
from components.kit.exposure import CatalogEntry, Exposure, Internal, Oidc
from components.kit.inputs import plain
from components.kit.namespace import Namespace, NamespaceArgs
from components.kit.site import Site
from components.kit.uses import AppPlatform, Bound, Consumer, Use
from components.kit.workload import Exemption, Workload, WorkloadArgs, workload_endpoint
from components.settings import AppSettings, FileSettings, kinds
from components.versions import Image

RUNBOOKS: Final = ("application-off-and-gone.md",)
"""What to do about any application."""

REMOVABLE_REASON: Final = "the stack file says that its data is removable"


@dataclass(frozen=True, kw_only=True)
class WebApp:
    """A container that answers HTTP, how people reach it, and what it uses.

    Enough for most applications; one that needs more is a component of its own.
    """

    image: Image
    port: int
    """Port number that the container listens on."""
    health_path: str
    """HTTP path that answers 200 when it can serve."""
    exposure: Exposure = field(default_factory=Internal)
    arguments: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    uses: Sequence[Use] = ()
    resources: Resources = field(default_factory=Resources)
    replicas: int = 1
    """Number of pods."""
    user: int = 1000
    """User and group id of the process, and group of its volumes."""
    startup: int = 0
    """Seconds that its first start may take, for example with migrations of its database; with 0 it has as long as at
    any other time."""
    exemptions: Sequence[Exemption] = ()

    def __post_init__(self) -> None:
        signs_in_itself = not isinstance(self.exposure, Internal) and isinstance(self.exposure.sign_in, Oidc)
        if signs_in_itself and not any(isinstance(use, OidcCredentials | OidcFile) for use in self.uses):
            message = "sign-in is Oidc(...), but nothing of `uses` hands the client's credentials on: OidcCredentials"
            raise ValueError(message)


class App(AppSettings):
    """An application: a class of its settings, whose `describe` says what it is.

    Its fields are its keys in the stack file, below `apps.<name>`.
    """

    name: ClassVar[str]
    """Key in the stack file, and name of its namespace."""
    title: ClassVar[str]
    """What people call it."""
    needs: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Applications that have to be on with it, and why."""

    @classmethod
    def description(cls) -> str:
        """What it is, in a sentence: the first of its docstring."""
        return (inspect.getdoc(cls) or cls.title).partition("\n")[0]

    def describe(self, site: Site) -> WebApp:
        """What it is, for an application that needs no component of its own."""
        raise NotImplementedError(f"{type(self).__name__}: expected `describe`, or a `deploy` of its own")

    def deploy(self, platform: AppPlatform, *, opts: pulumi.ResourceOptions) -> None:
        """Bring it about; switched off, what holds its data."""
        app = self.describe(platform.base.site)
        if not self.enabled and not any(use.kept for use in app.uses):
            return
        args = DeployedAppArgs(
            title=self.title,
            description=self.description(),
            app=app,
            platform=platform,
            on=self.enabled,
            unprotected_reason=REMOVABLE_REASON if self.data == "removable" else "",
            files=self.files,
        )
        DeployedApp(self.name, args, opts=opts)


class HostedApp(App):
    """An application with a host of its own."""

    label: ClassVar[str] = ""
    """What its host is called in the first zone by default; nothing means as the application itself."""

    host: kinds.Host = ""
    """Its full host name; by default it is in the first zone."""

    @classmethod
    def default_host(cls, zone: str) -> str:
        """Where it is, below the first zone, if the stack file does not say."""
        return f"{cls.label or cls.name}.{zone}"


@dataclass(frozen=True, kw_only=True)
class DeployedAppArgs:
    """What the application is, and the platform that it runs on."""

    title: str
    description: str = ""
    """What it is, in a sentence."""
    app: WebApp
    platform: AppPlatform
    on: bool = True
    """Whether it runs; off, only what it keeps is there, in a closed namespace."""
    unprotected_reason: str = ""
    """Why an update may delete its data; nothing means that it is protected."""
    files: FileSettings = field(default_factory=FileSettings)
    """What was restored of its volumes, and what of that is used."""


class DeployedApp(pulumi.ComponentResource):
    """A namespace of the application's own, what it uses, its workload, and its entry in the catalog."""

    def __init__(self, name: str, args: DeployedAppArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:kit:DeployedApp", name, plain(args), opts)
        uses = [use for use in args.app.uses if args.on or use.kept]
        holds_data = any(use.holds_data for use in uses)
        namespace = Namespace(
            name,
            NamespaceArgs(
                holds_data=holds_data,
                unprotected_reason=args.unprotected_reason,
                dns_cache=args.platform.base.site.dns_cache,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        consumer = Consumer(
            name=name,
            title=args.title,
            namespace=namespace,
            exposure=args.app.exposure,
            endpoint=workload_endpoint(name, namespace, args.app.port),
            platform=args.platform,
            parent=self,
            unprotected_reason=args.unprotected_reason,
            user=args.app.user,
            files=args.files,
        )
        bound = [use.bind(consumer) for use in uses]
        if args.on:
            self._run(name, args, namespace, bound)
        if holds_data and args.unprotected_reason:
            pulumi.log.warn(
                f"{args.title}: its data is removable, so that an update may delete the namespace {name} and every "
                "volume claim in it; with `data: kept` they are protected again",
                self,
            )
        self.register_outputs({})

    def _run(self, name: str, args: DeployedAppArgs, namespace: Namespace, bound: Sequence[Bound]) -> None:
        app, platform = args.app, args.platform
        used = Bound.together(name, app.environment, bound)
        endpoint = Workload(
            name,
            WorkloadArgs(
                namespace=namespace,
                image=platform.base.site.image(app.image),
                port=app.port,
                health_path=app.health_path,
                more_ports=used.ports,
                arguments=app.arguments,
                environment=used.environment,
                mounts=used.mounts,
                connects_to=used.calls,
                wait_for=used.wait_for,
                resources=app.resources,
                replicas=app.replicas,
                user=app.user,
                startup=app.startup,
                exemptions=app.exemptions,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        ).endpoint
        platform.base.contributions.catalog.add(
            CatalogEntry(
                name=name,
                title=args.title,
                description=args.description,
                namespace=namespace,
                endpoint=endpoint,
                exposure=app.exposure,
                runbooks=RUNBOOKS,
            )
        )
