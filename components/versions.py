"""Every chart and image that the platform deploys, pinned.

Renovate reads the comment above each pin; nothing else in the program names a version.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DOCKER_HUB: Final = "docker.io"
"""The registry of an image that names none."""


@dataclass(frozen=True)
class Chart:
    """A Helm chart: the repository it comes from, its name there, and its version."""

    repository: str
    name: str
    version: str


@dataclass(frozen=True)
class Image:
    """A container image: registry and repository (no registry means Docker Hub), and its tag."""

    repository: str
    tag: str

    def ref(self, mirror: str | None = None) -> str:
        """What a pod pulls: from the registry itself, or from `<mirror>/<registry>/<repository>`."""
        return f"{mirrored(self.repository, mirror)}:{self.tag}"


def mirrored(repository: str, mirror: str | None) -> str:
    """An image repository as seen through the registry mirror, for charts that take repository and tag apart."""
    if not mirror:
        return repository
    first = repository.partition("/")[0]
    names_registry = "." in first or ":" in first
    return f"{mirror}/{repository}" if names_registry else f"{mirror}/{DOCKER_HUB}/{repository}"


# renovate: datasource=helm depName=argo-cd registryUrl=https://argoproj.github.io/argo-helm
ARGO_CD = Chart("https://argoproj.github.io/argo-helm", "argo-cd", "9.1.4")

# renovate: datasource=helm depName=cert-manager registryUrl=https://charts.jetstack.io
CERT_MANAGER = Chart("https://charts.jetstack.io", "cert-manager", "v1.19.1")

# renovate: datasource=helm depName=traefik registryUrl=https://traefik.github.io/charts
TRAEFIK = Chart("https://traefik.github.io/charts", "traefik", "37.4.0")

# renovate: datasource=helm depName=traefik-crds registryUrl=https://traefik.github.io/charts
TRAEFIK_CRDS = Chart("https://traefik.github.io/charts", "traefik-crds", "1.12.0")

# renovate: datasource=helm depName=connect registryUrl=https://1password.github.io/connect-helm-charts
ONEPASSWORD_CONNECT = Chart("https://1password.github.io/connect-helm-charts", "connect", "2.0.5")

# renovate: datasource=helm depName=authentik registryUrl=https://charts.goauthentik.io
AUTHENTIK = Chart("https://charts.goauthentik.io", "authentik", "2025.10.2")

# renovate: datasource=helm depName=cloudflare-tunnel-ingress-controller registryUrl=https://helm.strrl.dev
TUNNEL_INGRESS_CONTROLLER = Chart("https://helm.strrl.dev", "cloudflare-tunnel-ingress-controller", "0.0.21")

# renovate: datasource=docker depName=cloudflare/cloudflared
CLOUDFLARED = Image("cloudflare/cloudflared", "2025.11.1")

# renovate: datasource=docker depName=deluan/navidrome
NAVIDROME = Image("deluan/navidrome", "0.58.5")

# renovate: datasource=docker depName=filebrowser/filebrowser
FILEBROWSER = Image("filebrowser/filebrowser", "v2.44.0")

# renovate: datasource=docker depName=ealen/echo-server
ECHO_SERVER = Image("ealen/echo-server", "0.9.2")

# renovate: datasource=docker depName=valkey/valkey
VALKEY = Image("valkey/valkey", "8.1.4")


def pins() -> dict[str, Chart | Image]:
    """Every pin by the name it has here."""
    return {name: value for name, value in globals().items() if isinstance(value, Chart | Image)}
