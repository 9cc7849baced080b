"""The four accounts that the program acts in, each an explicit provider: default providers are switched off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_authentik as authentik
import pulumi_kubernetes as kubernetes
import pulumi_onepassword as onepassword

from components.kit import cloudflare
from components.settings import Configuration

CLIENT_QPS = 1000
CLIENT_BURST = 2000
"""The provider's own limits are made for shared clusters: raised, a drift check takes a third of the time."""


@dataclass(frozen=True, kw_only=True)
class Providers:
    """Providers that are ready from the start; Authentik's is not, for this program builds its server."""

    kubernetes: kubernetes.Provider
    cloudflare: cloudflare.Provider
    onepassword: onepassword.Provider

    @classmethod
    def of(cls, configuration: Configuration) -> Providers:
        """The providers that the stack configuration describes."""
        cluster, secrets = configuration.settings.cluster, configuration.secrets
        return cls(
            kubernetes=kubernetes.Provider(
                "cluster",
                kubeconfig=cluster.kubeconfig,
                context=cluster.context,
                enable_server_side_apply=True,
                # Changed in place: pods are restarted by their controllers, not by a new name.
                enable_config_map_mutable=True,
                enable_secret_mutable=True,
                kube_client_settings=kubernetes.KubeClientSettingsArgs(qps=CLIENT_QPS, burst=CLIENT_BURST),
            ),
            cloudflare=cloudflare.Provider("cloudflare", api_token=secrets.cloudflare_api_token),
            onepassword=onepassword.Provider(
                "onepassword", service_account_token=secrets.onepassword_service_account_token
            ),
        )

    def opts(self, *more: pulumi.ProviderResource) -> pulumi.ResourceOptions:
        """Options of a top-level component: its children take their providers from it."""
        return pulumi.ResourceOptions(providers=[self.kubernetes, self.cloudflare, self.onepassword, *more])


def authentik_provider(configuration: Configuration, *, ready: Sequence[pulumi.Resource]) -> authentik.Provider:
    """Authentik's provider: its resources come after `ready`, when the server answers at its address."""
    return authentik.Provider(
        "authentik",
        url=configuration.settings.authentik_url,
        token=configuration.secrets.authentik_token,
        opts=pulumi.ResourceOptions(depends_on=ready),
    )
