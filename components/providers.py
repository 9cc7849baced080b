"""The accounts that the program acts in, each an explicit provider: default providers are switched off."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_onepassword as onepassword

from components.configuration import Configuration
from components.kit import cloudflare
from components.kit.names import UniqueNames

CLIENT_QPS = 1000
CLIENT_BURST = 2000
"""The provider's own limits are made for shared clusters: raised, a drift check takes a third of the time."""


@dataclass(frozen=True, kw_only=True)
class Providers:
    """Providers that are ready from the start; Authentik's is made with its server, in `components.identity`."""

    names: UniqueNames
    kubernetes: kubernetes.Provider
    cloudflare: cloudflare.Provider
    onepassword: onepassword.Provider

    @classmethod
    def of(cls, configuration: Configuration) -> Providers:
        """The providers that the stack configuration describes."""
        cluster, secrets = configuration.settings.cluster, configuration.secrets
        return cls(
            names=UniqueNames(),
            kubernetes=kubernetes.Provider(
                "cluster",
                kubeconfig=cluster.kubeconfig,
                context=cluster.context,
                # Without it, another address of the same cluster would replace every object.
                cluster_identifier=cluster.identifier or cluster.context,
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

    def opts(self) -> pulumi.ResourceOptions:
        """Options of a layer: everything below it takes its providers from it, and no name is given twice."""
        return pulumi.ResourceOptions(
            providers=[self.kubernetes, self.cloudflare, self.onepassword], transformations=[self.names.check]
        )
