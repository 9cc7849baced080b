"""What every component is made of.

`App` and `WebApp` describe an application, `uses` holds what it can use. `Namespace` and `Workload` carry the secure
defaults, `Endpoint` and `AllowTraffic` the allowed calls, `VaultItem` and `SyncedSecret` the way of a secret from
1Password to a pod, `ChartApp` a controller that Argo CD delivers. `Site` is what nearly every part needs to know of the
homelab, `Contributions` what the layers hand in for the whole.
"""

from components.kit.app import App, DeployedApp, DeployedAppArgs, HostedApp, WebApp
from components.kit.backup import VolumeBackup
from components.kit.buckets import BucketFolder, Gateway, bucket_folder, gateway, keeps_attributes
from components.kit.chartapp import ChartApp, ChartAppArgs, CrdChart, budget, spread
from components.kit.companions import Cache, Companion
from components.kit.containers import Resources
from components.kit.contributions import Contributions, Folder
from components.kit.credentials import OidcCredentials, OidcFile, VaultFile, VaultSecret
from components.kit.database import Database, DatabaseRequest
from components.kit.exposure import (
    Access,
    AccessIngress,
    CatalogEntry,
    Exposure,
    ForwardAuth,
    ForwardAuthGate,
    IngressController,
    Internal,
    Middleware,
    Oidc,
    Public,
    RoleClaim,
    SignIn,
    TraefikRoute,
    TunnelIngress,
)
from components.kit.foundation import Foundation
from components.kit.inputs import plain
from components.kit.login import ControllerLogin
from components.kit.metrics import Https, MetricsTarget
from components.kit.mounts import Mount
from components.kit.namespace import Namespace, NamespaceArgs
from components.kit.network import (
    Addresses,
    AllowTraffic,
    AllowTrafficArgs,
    Endpoint,
    OpenPods,
    PodPort,
    Pods,
    allow_traffic,
    hosts,
    internet,
)
from components.kit.oidc import OidcEndpoints, OidcRegistration, RelyingParty
from components.kit.postgres import Postgres
from components.kit.project import ArgoProject, Brings
from components.kit.secret import (
    Generated,
    GivenItem,
    SecretKey,
    SecretStore,
    SyncedSecret,
    SyncedSecretArgs,
    Value,
    VaultItem,
    VaultItemArgs,
    synced_item,
)
from components.kit.site import Site
from components.kit.storage import (
    Claim,
    ClaimArgs,
    LocalStorage,
    NfsVolume,
    NfsVolumeArgs,
    SharedClass,
    SharedStorage,
)
from components.kit.uses import AppPlatform, Call, Metrics, PlainFile, Scratch, Use
from components.kit.volumes import NfsFolder, SharedVolume, Volume
from components.kit.workload import Exemption, Workload, WorkloadArgs

__all__ = [
    "Access",
    "AccessIngress",
    "Addresses",
    "AllowTraffic",
    "AllowTrafficArgs",
    "App",
    "AppPlatform",
    "ArgoProject",
    "Brings",
    "BucketFolder",
    "Cache",
    "Call",
    "CatalogEntry",
    "ChartApp",
    "ChartAppArgs",
    "Claim",
    "ClaimArgs",
    "Companion",
    "Contributions",
    "ControllerLogin",
    "CrdChart",
    "Database",
    "DatabaseRequest",
    "DeployedApp",
    "DeployedAppArgs",
    "Endpoint",
    "Exemption",
    "Exposure",
    "Folder",
    "ForwardAuth",
    "ForwardAuthGate",
    "Foundation",
    "Gateway",
    "Generated",
    "GivenItem",
    "HostedApp",
    "Https",
    "IngressController",
    "Internal",
    "LocalStorage",
    "Metrics",
    "MetricsTarget",
    "Middleware",
    "Mount",
    "Namespace",
    "NamespaceArgs",
    "NfsFolder",
    "NfsVolume",
    "NfsVolumeArgs",
    "Oidc",
    "OidcCredentials",
    "OidcEndpoints",
    "OidcFile",
    "OidcRegistration",
    "OpenPods",
    "PlainFile",
    "PodPort",
    "Pods",
    "Postgres",
    "Public",
    "RelyingParty",
    "Resources",
    "RoleClaim",
    "Scratch",
    "SecretKey",
    "SecretStore",
    "SharedClass",
    "SharedStorage",
    "SharedVolume",
    "SignIn",
    "Site",
    "SyncedSecret",
    "SyncedSecretArgs",
    "TraefikRoute",
    "TunnelIngress",
    "Use",
    "Value",
    "VaultFile",
    "VaultItem",
    "VaultItemArgs",
    "VaultSecret",
    "Volume",
    "VolumeBackup",
    "WebApp",
    "Workload",
    "WorkloadArgs",
    "allow_traffic",
    "bucket_folder",
    "budget",
    "gateway",
    "hosts",
    "internet",
    "keeps_attributes",
    "plain",
    "spread",
    "synced_item",
]
