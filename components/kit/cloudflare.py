"""The few parts of `pulumi_cloudflare` that the platform uses, without the four hundred that it does not.

Importing the package itself loads every resource that Cloudflare has: 2.3 s and 120 MB of each preview. Registered as
a package whose own `__init__` has not run, it hands out the modules that are asked for, which takes a third of that.
The modules are the real ones; of the two that hold every nested type, the types of other resources are left out, which
takes half of what is left. Where the whole package is loaded already, that one is used.
"""

from __future__ import annotations

import importlib.util
import sys

from components.kit.partial import load


def _register_package() -> None:
    if "pulumi_cloudflare" in sys.modules:
        return
    spec = importlib.util.find_spec("pulumi_cloudflare")
    if spec is None:
        message = "pulumi_cloudflare is not installed: run `make` or `pip install -r requirements.txt`"
        raise ModuleNotFoundError(message)
    sys.modules["pulumi_cloudflare"] = importlib.util.module_from_spec(spec)


USED = (
    "DnsRecord",
    "GetIpRanges",
    "GetZeroTrustTunnelCloudflaredToken",
    "ZeroTrustAccessApplication",
    "ZeroTrustAccessIdentityProvider",
    "ZeroTrustAccessPolicy",
    "ZeroTrustTunnelCloudflared",
)
"""How the names of all classes begin that belong to what is imported below: each resource's and function's own."""

_register_package()
for _module in ("_inputs", "outputs"):
    load(f"pulumi_cloudflare.{_module}", *USED)

from pulumi_cloudflare._inputs import (  # noqa: E402
    ZeroTrustAccessApplicationDestinationArgs,
    ZeroTrustAccessApplicationPolicyArgs,
    ZeroTrustAccessIdentityProviderConfigArgs,
    ZeroTrustAccessPolicyIncludeArgs,
    ZeroTrustAccessPolicyIncludeOidcArgs,
    ZeroTrustTunnelCloudflaredConfigConfigArgs,
    ZeroTrustTunnelCloudflaredConfigConfigIngressArgs,
    ZeroTrustTunnelCloudflaredConfigConfigIngressOriginRequestAccessArgs,
    ZeroTrustTunnelCloudflaredConfigConfigIngressOriginRequestArgs,
)
from pulumi_cloudflare.dns_record import DnsRecord  # noqa: E402
from pulumi_cloudflare.get_ip_ranges import get_ip_ranges_output  # noqa: E402
from pulumi_cloudflare.get_zero_trust_tunnel_cloudflared_token import (  # noqa: E402
    get_zero_trust_tunnel_cloudflared_token_output,
)
from pulumi_cloudflare.provider import Provider  # noqa: E402
from pulumi_cloudflare.zero_trust_access_application import ZeroTrustAccessApplication  # noqa: E402
from pulumi_cloudflare.zero_trust_access_identity_provider import ZeroTrustAccessIdentityProvider  # noqa: E402
from pulumi_cloudflare.zero_trust_access_policy import ZeroTrustAccessPolicy  # noqa: E402
from pulumi_cloudflare.zero_trust_tunnel_cloudflared import ZeroTrustTunnelCloudflared  # noqa: E402
from pulumi_cloudflare.zero_trust_tunnel_cloudflared_config import ZeroTrustTunnelCloudflaredConfig  # noqa: E402

__all__ = [
    "DnsRecord",
    "Provider",
    "ZeroTrustAccessApplication",
    "ZeroTrustAccessApplicationDestinationArgs",
    "ZeroTrustAccessApplicationPolicyArgs",
    "ZeroTrustAccessIdentityProvider",
    "ZeroTrustAccessIdentityProviderConfigArgs",
    "ZeroTrustAccessPolicy",
    "ZeroTrustAccessPolicyIncludeArgs",
    "ZeroTrustAccessPolicyIncludeOidcArgs",
    "ZeroTrustTunnelCloudflared",
    "ZeroTrustTunnelCloudflaredConfig",
    "ZeroTrustTunnelCloudflaredConfigConfigArgs",
    "ZeroTrustTunnelCloudflaredConfigConfigIngressArgs",
    "ZeroTrustTunnelCloudflaredConfigConfigIngressOriginRequestAccessArgs",
    "ZeroTrustTunnelCloudflaredConfigConfigIngressOriginRequestArgs",
    "get_ip_ranges_output",
    "get_zero_trust_tunnel_cloudflared_token_output",
]
