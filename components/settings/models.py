"""The sections of the stack configuration: what they say is what `Pulumi.<stack>.yaml` holds.

A field's docstring is also its description in the JSON Schema. `components.configuration` makes one tree of them and of
the applications' own settings.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import Field

from components.settings import kinds
from components.settings.backups import FileSettings
from components.settings.base import Model
from components.settings.databases import ClusterSettings
from components.settings.text import Expected
from components.vocabulary import ADMINS


class Zone(Model):
    """A DNS zone in Cloudflare."""

    id: kinds.CloudflareId
    """The zone's id, on its overview page in Cloudflare's dashboard."""


DEFAULT_LABELS: Final = {"grafana": "grafana", "prometheus": "prometheus", "influxdb": "influxdb2"}
"""What hosts that the stack file does not give are called in the first zone, by their keys."""


class Hosts(Model):
    """Full host names of the platform's own pages; each application's is among its own settings."""

    argocd: kinds.Host
    """Argo CD."""
    authentik: kinds.Host
    """Authentik."""
    traefik: kinds.Host
    """Traefik's dashboard."""
    grafana: kinds.Host = ""
    """Grafana; by default `grafana` in the first zone."""
    prometheus: kinds.Host = ""
    """Prometheus, with what the bucket has; by default `prometheus` in the first zone."""
    influxdb: kinds.Host = ""
    """InfluxDB; by default `influxdb2` in the first zone."""

    def in_zone(self, zone: str) -> Hosts:
        """All of them, those that the stack file does not give in this zone."""
        missing = {key: f"{label}.{zone}" for key, label in DEFAULT_LABELS.items() if not getattr(self, key)}
        return self.model_copy(update=missing)


class StorageClasses(Model):
    """Storage classes of the cluster, by what they are good for."""

    local: kinds.LocalStorageClass = "local-path"
    """Volumes on a node's own disk, for databases and Prometheus, which lose data on NFS."""
    shared: kinds.StorageClass | None = None
    """A class that the cluster has already for volumes on NFS, which any node can mount. Without one, csi-driver-nfs is
    installed and makes such volumes on the NFS server, of the classes `nfs` and `nfs-scratch`."""


class Nfs(Model):
    """The NFS server that holds media and backups."""

    server: kinds.HostOrAddress
    """Its address or host name, as the nodes see it."""
    export: kinds.AbsolutePath
    """The exported folder below which everything of the platform lies."""
    version: kinds.NfsVersion = "4.2"
    """Version of NFS that volumes are mounted with: what the server has. Locks of version 3 need rpc.statd on nodes."""
    mount_options: Annotated[
        tuple[kinds.MountOption, ...],
        Field(min_length=1, max_length=20),
        Expected(expected="a list of NFS mount options such as [hard, noatime]"),
    ] = ("hard",)
    """How else volumes are mounted."""
    volumes: kinds.SubPath = "volumes"
    """Folder below the export in which csi-driver-nfs makes volumes, `<namespace>/<claim>` each."""

    @property
    def mounted_with(self) -> list[str]:
        """Every option that its volumes are mounted with, the version first."""
        return [f"nfsvers={self.version}", *self.mount_options]


class Cluster(Model):
    """The Kubernetes cluster and the network around it, both of which exist before this program runs."""

    context: kinds.Context = "homelab"
    """Name of the kubeconfig context."""
    kubeconfig: kinds.LocalPath | None = None
    """Path of the kubeconfig; without it, what KUBECONFIG says or else ~/.kube/config."""
    identifier: kinds.Context | None = None
    """What the cluster is known by for as long as it lives; without it, the context's name. Everything in the cluster
    is replaced when it changes, and by nothing else about the cluster: its address and its kubeconfig may change.
    Before the context is renamed, set this to its old name."""
    storage_classes: StorageClasses = StorageClasses()
    """Storage classes by purpose."""
    nfs: Nfs
    """NFS server for media and backups."""
    node_addresses: Annotated[
        tuple[kinds.NodeAddress, ...],
        Field(min_length=1, max_length=5000),
        Expected(expected="a list of the nodes' addresses such as [192.168.1.11]"),
    ]
    """Addresses of the nodes: network policies know the API server and the kubelets by them."""
    api_server_addresses: Annotated[
        tuple[kinds.NodeAddress, ...],
        Field(max_length=100),
        Expected(expected="a list of the API server's addresses such as [192.168.1.11]"),
    ] = ()
    """Addresses of the API server behind its Service, if those are not the nodes'."""
    api_server_port: int = Field(default=6443, strict=True, ge=1, le=65535)
    """Port of the API server behind its Service, whatever the Service has."""
    pod_cidr: kinds.Cidrs
    """Address range of the pods; of a dual-stack cluster both, IPv4 first: 10.42.0.0/16,fd42::/56."""
    service_cidr: kinds.Cidrs
    """Address range of the Services; of a dual-stack cluster both, IPv4 first: 10.43.0.0/16,fd43::/112."""
    dns_cache_address: kinds.Address | None = None
    """Address at which pods ask a DNS cache on their own node, such as 169.254.20.10, if they do not ask DNS pods."""
    public_address: kinds.PublicAddress | None = None
    """Address at which the internet reaches Traefik, of IPv4 or IPv6; the proxied DNS records point there. Without one,
    every host goes through the tunnel, and no port is open at home."""
    home_cidr: kinds.Cidrs | None = None
    """Address range of the machines at home that may call Traefik without Cloudflare, whose proxy ends uploads at
    100 MB: 192.168.1.0/24. The home's DNS then answers with the address of Traefik's load balancer."""


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
    """Where this program reaches Authentik's API, if not at https:// and its host, where browsers are always sent."""
    database: ClusterSettings = ClusterSettings()
    """Its PostgreSQL cluster."""


class AccessHost(Model):
    """A service at home that is reached through Cloudflare Access, by whoever Authentik has in a group."""

    target: kinds.Origin
    """Where the tunnel finds it: `ssh://` gives a terminal in the browser, `https://` a page."""
    group: kinds.Group = ADMINS
    """Group in Authentik whose members are let in."""
    session: kinds.Session = "8h"
    """How long a sign-in lasts."""
    ca: kinds.Certificates | None = None
    """Certificates of the authority that has signed the target's, or the target's own if it has signed that itself."""
    verify_tls: bool = Field(default=True, strict=True)
    """Whether the target's certificate is verified; `false` takes a reason."""
    reason: kinds.Reason | None = None
    """Why the target's certificate is not verified."""


class Acme(Model):
    """The Let's Encrypt account that certificates are ordered with."""

    email: kinds.Email
    """Contact address of the account."""
    issuer: Literal["staging", "production"]
    """`staging` gives certificates that browsers refuse, but has no weekly limits: for trying things out."""


class Repository(Model):
    """The Git repository of the developers: each folder in one of its folders is a workload."""

    url: kinds.GitUrl
    """Its address, by https:// or ssh://."""
    path: kinds.SubPath = "apps"
    """The folder whose folders are workloads: manifests, a kustomization or a Helm chart each."""
    revision: kinds.Revision = "main"
    """Branch or tag that is delivered."""
    item: kinds.ItemId | None = None
    """Id of the 1Password item with its credentials, if it is private: README says which fields it has."""


class GitHubApp(Model):
    """A GitHub App that is installed for the repository, which sets the state of commits."""

    app_id: int = Field(strict=True, ge=1, le=10**12)
    """The App's id, on its page."""
    installation_id: int = Field(strict=True, ge=1, le=10**12)
    """The installation's id, the last part of its page's address."""


class Notifications(Model):
    """Who is told of what Argo CD cannot deliver."""

    item: kinds.ItemId
    """Id of the 1Password item with the fields `discord` and `github-private-key`, or the one that is used."""
    discord: bool = Field(default=False, strict=True)
    """Whether a channel in Discord hears of failed syncs and degraded health, by the webhook in the field `discord`."""
    github: GitHubApp | None = None
    """The App by which each commit of the repository gets the state of what was made of it."""


class GitOpsSettings(Model):
    """Delivery of what is not in this program."""

    repository: Repository | None = None
    """Repository of the developers' workloads; without one there are none."""
    previews: bool = Field(default=False, strict=True)
    """Whether a pull request with the label `preview` is delivered beside what is there, until it is closed."""
    notifications: Notifications | None = None
    """Messages about failures; without them, only Argo CD's pages tell."""

    @property
    def git_port(self) -> int:
        """Port at which the repository is read."""
        if self.repository is None:
            return 443
        parts = urlsplit(self.repository.url)
        return parts.port or (22 if parts.scheme == "ssh" else 443)


class AppSettings(Model):
    """What every application can be told."""

    enabled: bool = Field(default=True, strict=True)
    """Whether it is on. Off, nothing of it runs but its database, and nobody reaches it; its data stays where it is."""
    data: Literal["kept", "removable", "removed"] = "kept"
    """What becomes of its data: `kept` is protected; `removable` may be deleted by an update that has a reason to;
    `removed`, for an application that is off, is gone with its namespace. Only what is `removable` can be `removed`."""
    files: FileSettings = FileSettings()
    """What was restored of its volumes, and what of that is used."""
