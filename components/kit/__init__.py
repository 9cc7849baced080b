"""What every component is made of.

`Namespace` and `Workload` carry the secure defaults, `Endpoint` and `Connection` the permitted calls, `VaultItem` and
`SyncedSecret` the way of a secret from 1Password to a pod, `ChartApp` a controller that Argo CD delivers.
"""

from components.kit.chartapp import ChartApp, ChartAppArgs, Delivery
from components.kit.exposure import (
    Access,
    AccessExposure,
    Exposure,
    ForwardAuth,
    Internal,
    Middleware,
    Oidc,
    Public,
    SignIn,
    TraefikRoute,
    TunnelIngress,
)
from components.kit.namespace import Namespace, NamespaceArgs
from components.kit.network import Addresses, Connection, ConnectionArgs, Endpoint, Pods, connections, hosts, internet
from components.kit.oidc import OidcEndpoints, OidcSignIn
from components.kit.secret import (
    Generated,
    Given,
    SecretKey,
    SecretStore,
    SyncedSecret,
    SyncedSecretArgs,
    VaultItem,
    VaultItemArgs,
)
from components.kit.storage import Claim, ClaimArgs, NfsFolder, NfsFolderArgs
from components.kit.workload import Exemption, Mount, Resources, Workload, WorkloadArgs

__all__ = [
    "Access",
    "AccessExposure",
    "Addresses",
    "ChartApp",
    "ChartAppArgs",
    "Claim",
    "ClaimArgs",
    "Connection",
    "ConnectionArgs",
    "Delivery",
    "Endpoint",
    "Exemption",
    "Exposure",
    "ForwardAuth",
    "Generated",
    "Given",
    "Internal",
    "Middleware",
    "Mount",
    "Namespace",
    "NamespaceArgs",
    "NfsFolder",
    "NfsFolderArgs",
    "Oidc",
    "OidcEndpoints",
    "OidcSignIn",
    "Pods",
    "Public",
    "Resources",
    "SecretKey",
    "SecretStore",
    "SignIn",
    "SyncedSecret",
    "SyncedSecretArgs",
    "TraefikRoute",
    "TunnelIngress",
    "VaultItem",
    "VaultItemArgs",
    "Workload",
    "WorkloadArgs",
    "connections",
    "hosts",
    "internet",
]
