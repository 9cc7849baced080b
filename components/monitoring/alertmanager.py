"""Flow 6: Alertmanager, which decides who is told of what, and once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components import versions
from components.kit import (
    AllowTrafficArgs,
    Endpoint,
    Foundation,
    GivenItem,
    MetricsTarget,
    Namespace,
    Pods,
    Resources,
    SyncedSecret,
    SyncedSecretArgs,
    allow_traffic,
    internet,
    plain,
)
from components.monitoring.names import PROMETHEUS
from components.monitoring.operated import account_of, budget_of, endpoint_of, labels_of, pods_spec
from components.monitoring.quieted import QUIETED, matcher
from components.settings import Alerts

LABELS: Final = labels_of("alertmanager")
SERVICE: Final = "alertmanager-operated"
"""The Service that the operator makes."""
PORT, MESH_PORT = 9093, 9094

SIZE: Final = "1Gi"
"""Of the volume of each pod: silences, and who has been told of what."""

DISCORD, WATCHDOG, NOBODY = "discord", "watchdog", "nobody"
"""Who is told; the first two are fields of the owner's item, too."""

DEAD_MANS_SWITCH: Final = "Watchdog"
"""The alert that always fires: that it arrives shows that all of this works."""

TITLE: Final = (
    '{{ if eq .Status "resolved" }}Over: {{ end }}{{ .CommonLabels.alertname }}'
    "{{ with .CommonLabels.namespace }} in {{ . }}{{ end }}{{ with .CommonLabels.severity }} ({{ . }}){{ end }}"
)
MESSAGE: Final = (
    "{{ range .Alerts }}**{{ .Annotations.summary }}**\n{{ .Annotations.description }}\n{{ .Annotations.runbook }}\n"
    "{{ end }}"
)
"""What Discord shows: as templates of Alertmanager, of the annotations that every alert has."""


@dataclass(frozen=True, kw_only=True)
class AlertmanagerArgs:
    """Who is told."""

    base: Foundation
    namespace: Namespace
    operator: pulumi.Resource
    """Done when an Alertmanager becomes pods."""
    alerts: Alerts | None
    """None tells nobody: alerts are on pages only."""


class Alertmanager(pulumi.ComponentResource):
    """An `Alertmanager` and its routes, by addresses that stand in the owner's item only."""

    pods: Pods
    endpoint: Endpoint
    """Its API: whoever raises or looks at alerts has to be allowed to call it."""

    def __init__(self, name: str, args: AlertmanagerArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:monitoring:Alertmanager", name, plain(args), opts)
        namespace, site = args.namespace, args.base.site
        self.pods = Pods(namespace=namespace, labels=LABELS)
        self.endpoint = endpoint_of(self.pods, SERVICE, PORT)
        told = _told(args.alerts)
        routes = self._routes(name, args, told)
        CustomResource(
            name,
            api_version="monitoring.coreos.com/v1",
            kind="Alertmanager",
            metadata=ObjectMetaArgs(
                name=PROMETHEUS,
                namespace=namespace.name,
                annotations={"pulumi.com/waitFor": "condition=Available"},
            ),
            spec={
                **pods_spec(
                    args.base,
                    LABELS,
                    account=name,
                    image=versions.ALERTMANAGER,
                    size=SIZE,
                    resources=Resources(memory="128Mi"),
                ),
                "automountServiceAccountToken": False,
                # Those of its own namespace, for alerts of every namespace.
                "alertmanagerConfigSelector": {},
                "alertmanagerConfigMatcherStrategy": {"type": "None"},
            },
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[
                    namespace.resource,
                    args.operator,
                    args.base.storage.resource,
                    routes,
                    account_of(name, self.pods, parent=self),
                    *allow_traffic(name, self._calls(told, mesh=site.replicas > 1), parent=self),
                ],
            ),
        )
        if site.replicas > 1:
            budget_of(name, self.pods, parent=self)
        args.base.contributions.metrics.add(MetricsTarget(name="alertmanager", pods=self.pods, port="web"))
        self.register_outputs({})

    def _calls(self, told: Sequence[str], *, mesh: bool) -> dict[str, AllowTrafficArgs]:
        outside = {"to-internet": AllowTrafficArgs(source=self.pods, target=internet(443))} if told else {}
        if not mesh:
            return outside
        # By this they agree on who has been told.
        peers = {
            f"mesh-{protocol.lower()}": AllowTrafficArgs(
                source=self.pods, target=endpoint_of(self.pods, SERVICE, MESH_PORT, protocol)
            )
            for protocol in ("TCP", "UDP")
        }
        return {**outside, **peers}

    def _routes(self, name: str, args: AlertmanagerArgs, told: Sequence[str]) -> pulumi.Resource:
        needs = [args.namespace.resource, args.operator]
        receivers = [{"name": NOBODY}]
        if args.alerts and told:
            given = GivenItem(store=args.base.store, id=args.alerts.item, labels=frozenset(told))
            secret = SyncedSecret(
                f"{name}-receivers",
                SyncedSecretArgs(namespace=args.namespace, item=given),
                opts=pulumi.ResourceOptions(parent=self),
            )
            args.base.contributions.secrets.add(secret)
            receivers += [_receiver(who, secret) for who in told]
            needs.append(secret)
        return CustomResource(
            f"{name}-routes",
            api_version="monitoring.coreos.com/v1alpha1",
            kind="AlertmanagerConfig",
            metadata=ObjectMetaArgs(name=name, namespace=args.namespace.name),
            spec={"route": _route(told), "receivers": receivers, "inhibitRules": [quieted.rule for quieted in QUIETED]},
            opts=pulumi.ResourceOptions(parent=self, depends_on=needs),
        )


def _told(alerts: Alerts | None) -> list[str]:
    """Who is told, by the fields of the owner's item that have their addresses."""
    switches = {DISCORD: alerts.discord, WATCHDOG: alerts.watchdog} if alerts else {}
    return [who for who, wanted in switches.items() if wanted]


def _receiver(who: str, secret: SyncedSecret) -> dict[str, Any]:
    address = {"name": secret.name, "key": secret.key(who).key}
    if who == WATCHDOG:
        return {"name": who, "webhookConfigs": [{"urlSecret": address, "sendResolved": False}]}
    return {
        "name": who,
        "discordConfigs": [{"apiURL": address, "sendResolved": True, "title": TITLE, "message": MESSAGE}],
    }


def _route(told: Sequence[str]) -> dict[str, Any]:
    return {
        "receiver": DISCORD if DISCORD in told else NOBODY,
        "groupBy": ["alertname", "namespace"],
        "groupWait": "30s",
        "groupInterval": "5m",
        "repeatInterval": "12h",
        "routes": [
            {
                "receiver": WATCHDOG if WATCHDOG in told else NOBODY,
                "matchers": [matcher("alertname", "=", DEAD_MANS_SWITCH)],
                "groupWait": "0s",
                "groupInterval": "1m",
                "repeatInterval": "5m",
            }
        ],
    }
