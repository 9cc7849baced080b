"""Namespaces: closed by default, in what their pods may do and in whom they may talk to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Final, Literal

import pulumi
from pulumi_kubernetes.core.v1 import Namespace as KubernetesNamespace
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import (
    IPBlockArgs,
    NetworkPolicy,
    NetworkPolicyEgressRuleArgs,
    NetworkPolicyPeerArgs,
    NetworkPolicyPortArgs,
    NetworkPolicySpecArgs,
)

from components.kit.inputs import plain
from components.vocabulary import EXEMPT, HOLDS_DATA, MONITORED, POD_SECURITY_REASON, UNVERIFIED_TLS_REASON

AUTO_RESTART: Final = "operator.1password.io/auto-restart"
"""On a namespace: the 1Password operator restarts every Deployment in it that uses a Secret whose item changed."""

NAME_LABEL: Final = "kubernetes.io/metadata.name"
"""Label that the API server gives every namespace."""


@dataclass(frozen=True, kw_only=True)
class NamespaceArgs:
    """A namespace and what it has to be excused from."""

    pod_security: Literal["restricted", "baseline", "privileged"] = "restricted"
    """Pod security standard that the API server enforces."""
    pod_security_reason: str = ""
    """Why it is not `restricted`; has to be given then."""
    holds_data: bool = False
    """Whether its deletion would lose data: it is protected then, since all that is in it would go with it."""
    unprotected_reason: str = ""
    """Why an update may delete it although it holds data; nothing means that it is protected."""
    dns_cache: str | None = None
    """Address at which pods ask a DNS cache on their own node, if there is one."""
    unverified_tls: Mapping[str, str] = field(default_factory=dict)
    """Hosts that its pods call without verifying a certificate, each with the reason."""
    depends_on: Sequence[pulumi.Resource] = ()
    """What its pods hold on to, and what can only go after them."""

    def __post_init__(self) -> None:
        if (self.pod_security == "restricted") == bool(self.pod_security_reason):
            message = "a namespace is `restricted`, or says in pod_security_reason why it cannot be"
            raise ValueError(message)


class Namespace(pulumi.ComponentResource):
    """A namespace that enforces pod security and denies all traffic but look-ups in DNS.

    Every allowed call is an `AllowTraffic` of its own.
    """

    name: str
    """Name in the cluster, the same as the component's: it is stable, so it can be used before it exists."""
    resource: KubernetesNamespace
    """The object itself: what is put into the namespace depends on it."""

    def __init__(self, name: str, args: NamespaceArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:kit:Namespace", name, plain(args), opts)
        self.name = name
        annotations = {AUTO_RESTART: "true"}
        if args.pod_security_reason:
            annotations[POD_SECURITY_REASON] = args.pod_security_reason
        if args.unverified_tls:
            reasons = sorted(args.unverified_tls.items())
            annotations[UNVERIFIED_TLS_REASON] = "\n".join(f"{host}: {reason}" for host, reason in reasons)
        if args.holds_data:
            annotations[HOLDS_DATA] = "true"
        if args.holds_data and args.unprotected_reason:
            annotations[f"{EXEMPT}data-protected"] = args.unprotected_reason
        levels = {f"pod-security.kubernetes.io/{mode}": args.pod_security for mode in ("enforce", "warn", "audit")}
        self.resource = KubernetesNamespace(
            name,
            metadata=ObjectMetaArgs(name=name, labels={MONITORED: "true", **levels}, annotations=annotations),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.holds_data and not args.unprotected_reason,
                depends_on=list(args.depends_on),
            ),
        )
        self._close(args.dns_cache)
        self.register_outputs({"name": name})

    def _close(self, dns_cache: str | None) -> None:
        """Deny everything in both directions except asking the cluster's DNS."""
        port = 53
        dns = [
            NetworkPolicyPeerArgs(
                namespace_selector=LabelSelectorArgs(match_labels={NAME_LABEL: "kube-system"}),
                pod_selector=LabelSelectorArgs(match_labels={"k8s-app": "kube-dns"}),
            )
        ]
        if dns_cache:
            # It runs in the node's own network, where no label of a pod is known.
            dns.append(NetworkPolicyPeerArgs(ip_block=IPBlockArgs(cidr=str(ip_network(dns_cache)))))
        NetworkPolicy(
            f"{self.name}-default-deny",
            metadata=ObjectMetaArgs(name="default-deny", namespace=self.name),
            spec=NetworkPolicySpecArgs(
                pod_selector=LabelSelectorArgs(),
                policy_types=["Ingress", "Egress"],
                egress=[
                    NetworkPolicyEgressRuleArgs(
                        to=dns,
                        ports=[NetworkPolicyPortArgs(port=port, protocol=protocol) for protocol in ("UDP", "TCP")],
                    )
                ],
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.resource]),
        )
