"""Every chart and image that the platform deploys, pinned.

Renovate reads the comment above each pin; nothing else in the program names a version. It also writes the digest of an
image into its pin: what a tag names can be changed by whoever may push to its repository, what a digest names cannot.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

DOCKER_HUB: Final = "docker.io"
"""The registry of an image that names none."""

DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Chart:
    """A Helm chart: the repository it comes from, its name there, and its version."""

    repository: str
    name: str
    version: str


@dataclass(frozen=True)
class Image:
    """A container image: registry and repository (no registry means Docker Hub), its tag, and that tag's digest.

    The digest is that of the index of all architectures, as the registry names it. None until Renovate has looked it
    up.

    Raises:
        ValueError: the digest is none.
    """

    repository: str
    tag: str
    digest: str | None = None

    def __post_init__(self) -> None:
        if self.digest is not None and not DIGEST.fullmatch(self.digest):
            message = (
                f"image {self.repository}: the digest {self.digest!r} is none: expected sha256: and 64 hexadecimal "
                "digits in small letters; leave it out, and Renovate looks it up"
            )
            raise ValueError(message)

    @property
    def version(self) -> str:
        """What follows `<repository>:`, for charts that take the tag apart: the tag, and the digest if there is one."""
        return f"{self.tag}@{self.digest}" if self.digest else self.tag

    def ref(self, mirror: str | None = None) -> str:
        """What a pod pulls: from the registry itself, or from `<mirror>/<registry>/<repository>`."""
        return f"{mirrored(self.repository, mirror)}:{self.version}"


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

# renovate: datasource=helm depName=csi-driver-nfs registryUrl=https://raw.githubusercontent.com/kubernetes-csi/csi-driver-nfs/master/charts
CSI_DRIVER_NFS = Chart(
    "https://raw.githubusercontent.com/kubernetes-csi/csi-driver-nfs/master/charts", "csi-driver-nfs", "4.12.1"
)

# renovate: datasource=helm depName=cloudnative-pg registryUrl=https://cloudnative-pg.github.io/charts
CLOUDNATIVE_PG = Chart("https://cloudnative-pg.github.io/charts", "cloudnative-pg", "0.27.0")

# renovate: datasource=helm depName=plugin-barman-cloud registryUrl=https://cloudnative-pg.github.io/charts
PLUGIN_BARMAN_CLOUD = Chart("https://cloudnative-pg.github.io/charts", "plugin-barman-cloud", "0.4.0")

# renovate: datasource=helm depName=prometheus-operator-crds registryUrl=https://prometheus-community.github.io/helm-charts
PROMETHEUS_OPERATOR_CRDS = Chart(
    "https://prometheus-community.github.io/helm-charts", "prometheus-operator-crds", "24.0.2"
)

# renovate: datasource=helm depName=kube-prometheus-stack registryUrl=https://prometheus-community.github.io/helm-charts
KUBE_PROMETHEUS_STACK = Chart("https://prometheus-community.github.io/helm-charts", "kube-prometheus-stack", "79.12.0")

# renovate: datasource=helm depName=kube-state-metrics registryUrl=https://prometheus-community.github.io/helm-charts
KUBE_STATE_METRICS = Chart("https://prometheus-community.github.io/helm-charts", "kube-state-metrics", "6.4.2")

# renovate: datasource=helm depName=prometheus-node-exporter registryUrl=https://prometheus-community.github.io/helm-charts
NODE_EXPORTER = Chart("https://prometheus-community.github.io/helm-charts", "prometheus-node-exporter", "4.49.2")

# renovate: datasource=helm depName=volsync registryUrl=https://backube.github.io/helm-charts
VOLSYNC = Chart("https://backube.github.io/helm-charts", "volsync", "0.14.0")

# renovate: datasource=docker depName=restic/restic
RESTIC = Image("restic/restic", "0.18.1")

# renovate: datasource=docker depName=cloudflare/cloudflared
CLOUDFLARED = Image("cloudflare/cloudflared", "2025.11.1")

# renovate: datasource=docker depName=deluan/navidrome
NAVIDROME = Image("deluan/navidrome", "0.58.5")

# renovate: datasource=docker depName=filebrowser/filebrowser
FILEBROWSER = Image("filebrowser/filebrowser", "v2.44.0")

# renovate: datasource=docker depName=ealen/echo-server
ECHO_SERVER = Image("ealen/echo-server", "0.9.2")

# renovate: datasource=docker depName=n8nio/n8n
N8N = Image("n8nio/n8n", "1.121.3")

# renovate: datasource=docker depName=ghcr.io/immich-app/immich-server
IMMICH = Image("ghcr.io/immich-app/immich-server", "v2.3.1")

# renovate: datasource=docker depName=ghcr.io/immich-app/immich-machine-learning
IMMICH_MACHINE_LEARNING = Image("ghcr.io/immich-app/immich-machine-learning", "v2.3.1")

# renovate: datasource=docker depName=ghcr.io/erhardtconsulting/freshrss
FRESHRSS = Image("ghcr.io/erhardtconsulting/freshrss", "1.27.1")

# renovate: datasource=docker depName=justarchi/archisteamfarm
ARCHISTEAMFARM = Image("justarchi/archisteamfarm", "6.1.7.3")

# renovate: datasource=docker depName=valkey/valkey
VALKEY = Image("valkey/valkey", "8.1.4")

# renovate: datasource=docker depName=ghcr.io/cloudnative-pg/postgresql
POSTGRES = Image("ghcr.io/cloudnative-pg/postgresql", "18.1-system-trixie")

# renovate: datasource=docker depName=ghcr.io/tensorchord/cloudnative-vectorchord
VECTORCHORD = Image("ghcr.io/tensorchord/cloudnative-vectorchord", "18.0-0.5.3")

# renovate: datasource=docker depName=versity/versitygw
VERSITYGW = Image("versity/versitygw", "v1.0.19")

# renovate: datasource=docker depName=quay.io/prometheus/prometheus
PROMETHEUS = Image("quay.io/prometheus/prometheus", "v3.7.3")

# renovate: datasource=docker depName=quay.io/prometheus/alertmanager
ALERTMANAGER = Image("quay.io/prometheus/alertmanager", "v0.29.0")

# renovate: datasource=docker depName=quay.io/thanos/thanos
THANOS = Image("quay.io/thanos/thanos", "v0.40.1")

# renovate: datasource=docker depName=quay.io/prometheus/blackbox-exporter
BLACKBOX_EXPORTER = Image("quay.io/prometheus/blackbox-exporter", "v0.27.0")

# renovate: datasource=docker depName=grafana/grafana
GRAFANA = Image("grafana/grafana", "12.3.0")

# renovate: datasource=docker depName=library/influxdb
INFLUXDB = Image("library/influxdb", "2.7.12")

# renovate: datasource=docker depName=library/telegraf
TELEGRAF = Image("library/telegraf", "1.36.4")

# renovate: datasource=docker depName=registry.k8s.io/kubectl
KUBECTL = Image("registry.k8s.io/kubectl", "v1.34.2")

# renovate: datasource=docker depName=kenfdev/remo-exporter
REMO_EXPORTER = Image("kenfdev/remo-exporter", "0.8.1")


def pins() -> dict[str, Chart | Image]:
    """Every pin by the name it has here."""
    return {name: value for name, value in globals().items() if isinstance(value, Chart | Image)}
