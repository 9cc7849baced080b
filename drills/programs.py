"""The real programs of the drills: built from Go modules like the sandbox's own, when a drill asks for them."""

from __future__ import annotations

from typing import Final

from drills.lego import WithoutDnsProviders
from drills.rust import LinkedToFlux
from sandbox import pins
from sandbox.tools import Program

ARGO_CD_MODULE: Final = "github.com/argoproj/argo-cd/v3"
ARGO_CD_VERSION: Final = pins.go_module("argo-cd", ARGO_CD_MODULE)

ARGO_CD: Final = Program(
    name="argocd",
    module="argo-cd",
    package=f"{ARGO_CD_MODULE}/cmd",
    first_time="3 min",
    ldflags=f"-X {ARGO_CD_MODULE}/common.version={ARGO_CD_VERSION.removeprefix('v')}",
)
"""Every part of Argo CD is this one program, under another name."""
KUSTOMIZE: Final = Program(
    name="kustomize", module="kustomize", package="sigs.k8s.io/kustomize/kustomize/v5", first_time="10 s"
)
VERSITYGW: Final = Program(
    name="versitygw",
    module="versitygw",
    package="github.com/versity/versitygw/cmd/versitygw",
    first_time="1 min",
)
"""An S3 gateway over a folder."""
RESTIC: Final = Program(
    name="restic", module="restic", package="github.com/restic/restic/cmd/restic", first_time="2 min"
)
VOLSYNC_MODULE: Final = "github.com/backube/volsync"
"""Its mover for restic is a script, which lies in the module."""
PROMETHEUS_OPERATOR: Final = Program(
    name="prometheus-operator",
    module="prometheus-operator",
    package="github.com/prometheus-operator/prometheus-operator/cmd/operator",
    first_time="2 min",
)
PROMETHEUS: Final = Program(
    name="prometheus",
    module="prometheus",
    package="github.com/prometheus/prometheus/cmd/prometheus",
    first_time="3 min",
)
"""Without its pages, which nobody looks at here."""
ALERTMANAGER: Final = Program(
    name="alertmanager",
    module="alertmanager",
    package="github.com/prometheus/alertmanager/cmd/alertmanager",
    first_time="20 s",
)
AMTOOL: Final = Program(
    name="amtool",
    module="alertmanager",
    package="github.com/prometheus/alertmanager/cmd/amtool",
    first_time="5 s",
)
NODE_EXPORTER: Final = Program(
    name="node_exporter",
    module="node-exporter",
    package="github.com/prometheus/node_exporter",
    first_time="10 s",
)
THANOS: Final = Program(
    name="thanos",
    module="thanos",
    package="github.com/thanos-io/thanos/cmd/thanos",
    first_time="2 min",
    # Without the second, what it has of Prometheus takes labels apart in another way than it does itself.
    tags="netgo,slicelabels",
)
"""Every part of Thanos is this one program."""
TELEGRAF: Final = Program(
    name="telegraf",
    module="telegraf",
    package="github.com/influxdata/telegraf/cmd/telegraf",
    first_time="20 s",
    tags="custom,inputs.http_listener_v2,inputs.internal,parsers.prometheusremotewrite,"
    "outputs.influxdb_v2,outputs.prometheus_client",
)
"""With the plugins that the bridge's configuration names, and no other."""
INFLUXD: Final = LinkedToFlux(
    name="influxd",
    module="influxdb",
    package="github.com/influxdata/influxdb/v2/cmd/influxd",
    first_time="5 min",
    tags="sqlite_foreign_keys,sqlite_json,noassets",
)
"""Without its pages, which nobody looks at here."""
CLOUDFLARED: Final = Program(
    name="cloudflared",
    module="cloudflared",
    package="github.com/cloudflare/cloudflared/cmd/cloudflared",
    first_time="1 min",
)
"""A year older than what the platform pins: no newer one is to be had as a Go module."""
TRAEFIK_MODULE: Final = "github.com/traefik/traefik/v3"
TRAEFIK_VERSION: Final = pins.go_module("traefik", TRAEFIK_MODULE)
TRAEFIK: Final = WithoutDnsProviders(
    name="traefik",
    module="traefik",
    package=f"{TRAEFIK_MODULE}/cmd/traefik",
    first_time="5 min",
    ldflags=f"-X {TRAEFIK_MODULE}/pkg/version.Version={TRAEFIK_VERSION.removeprefix('v')}",
)
"""Without its pages, which nobody looks at here."""
CERT_MANAGER: Final = Program(
    name="cert-manager-controller",
    module="cert-manager",
    # The module's own `main`: upstream's command is in no module that can be had.
    package=".",
    first_time="2 min",
)
PEBBLE: Final = Program(
    name="pebble", module="pebble", package="github.com/letsencrypt/pebble/v2/cmd/pebble", first_time="5 s"
)
"""An ACME server like Let's Encrypt's, whose certificates may live for seconds."""
CHALLTESTSRV: Final = Program(
    name="pebble-challtestsrv",
    module="pebble",
    package="github.com/letsencrypt/pebble/v2/cmd/pebble-challtestsrv",
    first_time="1 s",
)
"""A DNS server that is told by HTTP what it answers."""
