"""What nearly every part needs to know of the homelab that it is built for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import TypeVar

import pulumi

from components.kit.home import THE_ONLY_ONE, Home
from components.kit.network import Addresses
from components.kit.oidc import OidcEndpoints
from components.settings import AppSettings, Nfs, StorageClasses
from components.versions import Image, mirrored

A = TypeVar("A", bound=AppSettings)


@dataclass(frozen=True, kw_only=True)
class Site:
    """One homelab, made once from its configuration; the arguments of a part are about what the part is for."""

    zones: Mapping[str, str]
    """Ids of the DNS zones, by domain."""
    registry_mirror: str | None
    """Mirror of the public image registries, as `host[:port][/path]`."""
    replicas: int
    """Number of pods of whatever every request passes through."""
    api_server: Addresses
    """The API server, as pods reach it: on the nodes, however its Service is numbered."""
    machines: pulumi.Input[Sequence[str]]
    """Ranges of the nodes and the API servers, each of one address: where calls from outside the pod network start."""
    pod_cidrs: Sequence[str]
    """Address range of the pods, or both ranges of a dual-stack cluster."""
    public_address: IPv4Address | IPv6Address | None
    """Address at which the internet reaches Traefik; without one, every host comes through the tunnel."""
    nfs: Nfs
    storage_classes: StorageClasses
    authentik_url: str
    """Where browsers and other services find Authentik, without a trailing slash: the issuer of its tokens."""
    apps: Mapping[str, AppSettings]
    """Every application's settings, by its name."""
    home_cidrs: Sequence[str] = ()
    """Address ranges of the home's own machines, which may call Traefik without Cloudflare; none if they may not."""
    dual_stack: bool = False
    """Whether Services can have addresses of IPv6 beside those of IPv4."""
    home: Home = THE_ONLY_ONE
    """What it is called where another homelab may have things too."""
    dns_cache: str | None = None
    """Address at which pods ask a DNS cache on their own node, if there is one."""

    def api_server_callers(self) -> Addresses:
        """Where calls of the API server come from, for example those to a webhook.

        They leave with the address of a node or, on an overlay network (flannel, Calico with VXLAN or IPIP), with the
        address that the overlay gave that node, which is one of the pods' range. Only the network plugin knows which,
        so both are meant. Some plugins then let other pods in as well: what is called has to ask who calls.
        """
        machines = pulumi.Output.from_input(self.machines)
        return Addresses(cidrs=machines.apply(lambda cidrs: [*cidrs, *self.pod_cidrs]), ports=[])

    def image(self, pin: Image) -> str:
        """What a pod pulls: from the registry itself or through the mirror."""
        return pin.ref(self.registry_mirror)

    def repository(self, image: str) -> str:
        """An image repository as pods pull from it, for charts that take repository and tag apart."""
        return mirrored(image, self.registry_mirror)

    def zone_id(self, host: str) -> str:
        """Id of the zone that `host` lies directly below: its record goes there.

        Raises:
            KeyError: there is no such zone; the configured hosts all have one.
        """
        return self.zones[host.partition(".")[2]]

    def oidc(self, party: str) -> OidcEndpoints:
        """Where the relying party of that name finds Authentik."""
        return OidcEndpoints.of(self.authentik_url, party)

    def app(self, kind: type[A]) -> A:
        """The settings of another application.

        Raises:
            KeyError: the platform has no such application.
        """
        for settings in self.apps.values():
            if isinstance(settings, kind):
                return settings
        raise KeyError(kind.__name__)
