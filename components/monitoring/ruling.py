"""Flow 6: rules as Prometheus's operator takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.kit import Namespace, plain
from components.vocabulary import MONITORED


@dataclass(frozen=True, kw_only=True)
class RulesArgs:
    """The rules, and when there can be some."""

    namespace: Namespace
    rules: Mapping[str, Mapping[str, Any]]
    """Specs of a PrometheusRule, by what they are about."""
    kinds_known: pulumi.Resource
    """Done when there can be a PrometheusRule."""


class Rules(pulumi.ComponentResource):
    """A `PrometheusRule` for each part, so that one which cannot be read takes no other along."""

    def __init__(self, name: str, args: RulesArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:monitoring:Rules", name, plain(args), opts)
        for part, spec in args.rules.items():
            CustomResource(
                f"{name}-{part}",
                api_version="monitoring.coreos.com/v1",
                kind="PrometheusRule",
                metadata=ObjectMetaArgs(name=part, namespace=args.namespace.name, labels={MONITORED: "true"}),
                spec=dict(spec),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[args.namespace.resource, args.kinds_known]),
            )
        self.register_outputs({})
