"""The plain part of the stack configuration, as one tree of models: what they say is what `Pulumi.<stack>.yaml` holds.

A field's docstring is also its description in the JSON Schema. `components.settings.load` adds the checks that look at
several keys at once.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from components.settings import kinds
from components.settings.text import Expected


class Model(BaseModel):
    """What all parts have in common: immutable, unknown keys refused, camelCase in the stack file."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        hide_input_in_errors=True,
    )


class Zone(Model):
    """A DNS zone in Cloudflare."""

    id: kinds.CloudflareId
    """The zone's id, on its overview page in Cloudflare's dashboard."""


class Hosts(Model):
    """Full host names, each directly below a zone, since the wildcard certificate covers one label only."""

    argocd: kinds.Host
    """Argo CD."""
    authentik: kinds.Host
    """Authentik."""
    traefik: kinds.Host
    """Traefik's dashboard."""
    navidrome: kinds.Host
    """Navidrome."""
    echoserver: kinds.Host
    """The echo server that shows whether the tunnel works."""


class StorageClasses(Model):
    """Storage classes of the cluster, by what they are good for."""

    shared: kinds.StorageClass = "nfs-client"
    """Volumes on the NFS server, which any node can mount."""
    local: kinds.StorageClass = "local-path"
    """Volumes on a node's own disk, for databases, which lose data on NFS."""


class Nfs(Model):
    """The NFS server that holds media and backups."""

    server: kinds.HostOrAddress
    """Its address or host name, as the nodes see it."""
    export: kinds.AbsolutePath
    """The exported folder below which everything of the platform lies."""


class Cluster(Model):
    """The Kubernetes cluster and the network around it, both of which exist before this program runs."""

    context: kinds.Context = "homelab"
    """Name of the kubeconfig context."""
    kubeconfig: kinds.LocalPath | None = None
    """Path of the kubeconfig; without it, what KUBECONFIG says or else ~/.kube/config."""
    storage_classes: StorageClasses = StorageClasses()
    """Storage classes by purpose."""
    nfs: Nfs
    """NFS server for media and backups."""
    node_addresses: Annotated[
        tuple[kinds.Address, ...],
        Field(min_length=1),
        Expected(expected="a list of the nodes' addresses such as [192.168.1.11]"),
    ]
    """Addresses of the nodes: network policies know the API server and the kubelets by them."""
    pod_cidr: kinds.Cidr
    """Address range of the pods."""
    service_cidr: kinds.Cidr
    """Address range of the Services."""
    public_address: kinds.PublicAddress
    """Address at which the internet reaches Traefik; the proxied DNS records point there."""


class Cloudflare(Model):
    """The Cloudflare account that holds the zones."""

    account_id: kinds.CloudflareId
    """The account's id, in the address of every page of Cloudflare's dashboard."""
    team: kinds.Team
    """Name of the Zero Trust team: <team>.cloudflareaccess.com is its sign-in page."""


class OnePassword(Model):
    """Where 1Password keeps the platform's secrets."""

    vault: kinds.VaultId
    """Id of the vault, as `op vault list` shows it."""


class Authentik(Model):
    """The identity provider."""

    url: kinds.Url | None = None
    """Where this program reaches Authentik, if that is not https:// and its host."""


class AccessHost(Model):
    """A service at home that is reached through Cloudflare Access, by whoever Authentik has in a group."""

    target: kinds.Origin
    """Where the tunnel finds it: `ssh://` gives a terminal in the browser, `https://` a page."""
    group: kinds.Group = "homelab-admins"
    """Group in Authentik whose members are let in."""
    session: kinds.Interval = "8h"
    """How long a sign-in lasts."""


class Acme(Model):
    """The Let's Encrypt account that certificates are ordered with."""

    email: kinds.Email
    """Contact address of the account."""
    issuer: Literal["staging", "production"]
    """`staging` gives certificates that browsers refuse, but has no weekly limits: for trying things out."""


class Navidrome(Model):
    """Navidrome, the music server."""

    enabled: bool = Field(default=True, strict=True)
    """Whether it is deployed."""
    data_size: kinds.Size = "5Gi"
    """Size of the volume for its database, cache and backups."""
    music_size: kinds.Size = "200Gi"
    """Size that the volume of the music folder claims; NFS does not enforce it."""
    music_path: kinds.SubPath = "media/music"
    """Music folder, below the NFS export."""
    scan_interval: kinds.Interval = "1h"
    """Time between two scans of the music folder."""
    backup_schedule: kinds.Cron = "30 3 * * *"
    """When Navidrome backs its database up, in the pod's time (UTC)."""


class FileBrowser(Model):
    """File Browser, a web page to upload and sort the music with."""

    enabled: bool = Field(default=False, strict=True)
    """Whether it is deployed; it serves Navidrome's music folder, so Navidrome has to be on."""


class EchoServer(Model):
    """The echo server behind the tunnel."""

    enabled: bool = Field(default=True, strict=True)
    """Whether it is deployed."""
    replicas: int = Field(default=1, strict=True, ge=1, le=10)
    """Number of pods."""


class Apps(Model):
    """The applications: each can be switched off, and each runs as it is without a line here."""

    navidrome: Navidrome = Navidrome()
    """Music server."""
    filebrowser: FileBrowser = FileBrowser()
    """Uploads of music."""
    echoserver: EchoServer = EchoServer()
    """Shows that the tunnel works."""


class Settings(Model):
    """Everything about a homelab that is not secret and differs from one homelab to the next."""

    zones: Annotated[
        dict[kinds.Domain, Zone],
        Field(min_length=1),
        Expected(expected="at least one DNS zone by its domain, such as harvestasya.org"),
    ]
    """DNS zones in Cloudflare, by domain."""
    hosts: Hosts
    """Host names of the services."""
    cluster: Cluster
    """Kubernetes cluster and network."""
    cloudflare: Cloudflare
    """Cloudflare account."""
    onepassword: OnePassword
    """1Password vault."""
    authentik: Authentik = Authentik()
    """Identity provider."""
    access: dict[kinds.Host, AccessHost] = {}
    """Services at home behind Cloudflare Access, by host: one line each."""
    acme: Acme
    """Let's Encrypt account."""
    availability: Literal["single", "high"] = "single"
    """`high` runs two pods of what every request passes through, so that a node may fail."""
    registry_mirror: kinds.Mirror | None = None
    """Mirror of the public image registries; images are pulled from <mirror>/<registry>/<image>."""
    apps: Apps = Apps()
    """Switches and sizes of the applications."""

    @property
    def replicas(self) -> int:
        """Number of pods of whatever every request passes through."""
        return 2 if self.availability == "high" else 1

    @property
    def authentik_url(self) -> str:
        """Where this program reaches Authentik, without a trailing slash."""
        return self.authentik.url or f"https://{self.hosts.authentik}"

    def domain_of(self, host: str) -> str:
        """The zone's domain that `host` lies directly below; `zones[domain_of(host)].id` is where its record goes.

        Raises:
            KeyError: there is no such zone; the configured hosts all have one.
        """
        domain = host.partition(".")[2]
        if domain not in self.zones:
            raise KeyError(host)
        return domain
