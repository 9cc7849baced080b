"""Who may call whom: an `Endpoint` is where someone can be called, `AllowTraffic` allows exactly one such call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Final, assert_never

import pulumi
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import (
    IPBlockArgs,
    NetworkPolicy,
    NetworkPolicyEgressRuleArgs,
    NetworkPolicyIngressRuleArgs,
    NetworkPolicyPeerArgs,
    NetworkPolicyPortArgs,
    NetworkPolicySpecArgs,
)

from components.kit.inputs import plain
from components.kit.namespace import NAME_LABEL, Namespace
from components.kit.userinput import name_of


@dataclass(frozen=True, kw_only=True)
class Pods:
    """Some pods of a namespace, by their labels; no labels means all of them."""

    namespace: Namespace
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class OpenPods:
    """Pods of a namespace that is not the platform's, such as `kube-system`: everybody may call them.

    A policy that let somebody in would be the first one there, and shut all others out.
    """

    namespace: str
    """Name of the namespace."""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PodPort:
    """One port of pods, whether or not there is a Service before them."""

    pods: Pods | OpenPods
    port: int | str
    """By number, or by the name that their containers give it."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A place in the cluster where someone can be called: a port of a Service, and the pods behind it."""

    namespace: Namespace
    service: str
    port: int
    """The Service's port number."""
    pods: Mapping[str, str]
    """Labels of the pods behind the Service."""
    pod_port: int | str
    """The pods' port, as number or name: that is what a NetworkPolicy speaks of."""
    protocol: str = "TCP"
    """`TCP` or `UDP`."""

    @property
    def host(self) -> str:
        """DNS name inside the cluster."""
        return f"{self.service}.{self.namespace.name}.svc"

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The address as an http URL: TLS ends at Traefik or at Cloudflare."""
        return f"http://{self.address}"


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Something outside the pod network, known by address only."""

    cidrs: pulumi.Input[Sequence[str]]
    """Address ranges in CIDR notation."""
    ports: Sequence[int]
    """Port numbers; none means all of them."""
    protocol: str = "TCP"
    """`TCP` or `UDP`."""
    excluded: Sequence[str] = ()
    """Ranges inside `cidrs` that are not meant."""


ANYWHERE: Final = ("0.0.0.0/0", "::/0")
"""Every address, of IPv4 and of IPv6."""

PRIVATE_RANGES: Final = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10")
"""RFC 1918, and what IPv6 has in its place: a pod that may call the internet may still not call the home network, other
pods or the nodes. With public addresses of IPv6 at home, it is for the router to keep pods and machines apart."""

NOT_INTERNET: Final = (*PRIVATE_RANGES, "100.64.0.0/10", "169.254.0.0/16")
"""Also what Tailscale and providers use among themselves, and link-local addresses: at 169.254.169.254 a cloud gives
away the credentials of a machine, and some pods fetch whatever address they are told to."""


def internet(*ports: int, protocol: str = "TCP") -> Addresses:
    """Any public address at these ports."""
    return Addresses(cidrs=ANYWHERE, ports=ports, protocol=protocol, excluded=NOT_INTERNET)


def hosts(addresses: Sequence[str], *ports: int) -> Addresses:
    """Single machines, for example the nodes, or the API server as the pods see it."""
    return Addresses(cidrs=[str(ip_network(address)) for address in addresses], ports=ports)


@dataclass(frozen=True, kw_only=True)
class AllowTrafficArgs:
    """One allowed call; one side may lie outside the cluster."""

    source: Pods | Addresses
    target: Endpoint | Pods | PodPort | Addresses
    """Pods as a target are meant with all their ports: for controllers of one chart, which talk among themselves."""


class AllowTraffic(pulumi.ComponentResource):
    """A pair of NetworkPolicies: egress where the source's pods are, ingress where the target's are.

    Pods without such a pair cannot talk to each other, so these pairs are the internal part of the HTTP flow.
    """

    def __init__(self, name: str, args: AllowTrafficArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:kit:AllowTraffic", name, plain(args), opts)
        source, target = args.source, args.target
        ports = _ports(target)
        if isinstance(source, Pods):
            self._policy(
                f"{name}-egress",
                source.namespace,
                source.labels,
                "Egress",
                egress=[NetworkPolicyEgressRuleArgs(to=_peers(target), ports=ports)],
            )
        if not isinstance(target, Addresses) and isinstance(called := _pods(target), Pods):
            self._policy(
                f"{name}-ingress",
                called.namespace,
                called.labels,
                "Ingress",
                ingress=[NetworkPolicyIngressRuleArgs(from_=_peers(source), ports=ports)],
            )
        self.register_outputs({})

    def _policy(
        self,
        name: str,
        namespace: Namespace,
        labels: Mapping[str, str],
        policy_type: str,
        *,
        egress: list[NetworkPolicyEgressRuleArgs] | None = None,
        ingress: list[NetworkPolicyIngressRuleArgs] | None = None,
    ) -> None:
        NetworkPolicy(
            name,
            metadata=ObjectMetaArgs(name=name_of(name), namespace=namespace.name),
            spec=NetworkPolicySpecArgs(
                pod_selector=LabelSelectorArgs(match_labels=dict(labels)),
                policy_types=[policy_type],
                egress=egress,
                ingress=ingress,
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[namespace.resource]),
        )


def _pods(side: Endpoint | Pods | PodPort) -> Pods | OpenPods:
    """The pods that a side comes to."""
    match side:
        case Endpoint():
            return Pods(namespace=side.namespace, labels=side.pods)
        case PodPort():
            return side.pods
        case Pods():
            return side
        case _:
            assert_never(side)


def _ports(target: Endpoint | Pods | PodPort | Addresses) -> list[NetworkPolicyPortArgs] | None:
    if isinstance(target, Endpoint):
        return [NetworkPolicyPortArgs(port=target.pod_port, protocol=target.protocol)]
    if isinstance(target, PodPort):
        return [NetworkPolicyPortArgs(port=target.port, protocol="TCP")]
    if isinstance(target, Addresses) and target.ports:
        return [NetworkPolicyPortArgs(port=port, protocol=target.protocol) for port in target.ports]
    return None


def _peers(side: Endpoint | Pods | PodPort | Addresses) -> pulumi.Input[Sequence[NetworkPolicyPeerArgs]]:
    if isinstance(side, Addresses):
        return pulumi.Output.from_input(side.cidrs).apply(
            lambda cidrs: [
                NetworkPolicyPeerArgs(ip_block=IPBlockArgs(cidr=cidr, except_=_within(cidr, side.excluded)))
                for cidr in cidrs
            ]
        )
    pods = _pods(side)
    namespace = pods.namespace.name if isinstance(pods, Pods) else pods.namespace
    return [
        NetworkPolicyPeerArgs(
            namespace_selector=LabelSelectorArgs(match_labels={NAME_LABEL: namespace}),
            pod_selector=LabelSelectorArgs(match_labels=dict(pods.labels)),
        )
    ]


def _within(cidr: str, excluded: Sequence[str]) -> list[str] | None:
    """The excluded ranges of the family that is meant, if that is every address of it."""
    if cidr not in ANYWHERE:
        return None
    family = ip_network(cidr).version
    return [range_ for range_ in excluded if ip_network(range_).version == family] or None


def allow_traffic(
    name: str, calls: Mapping[str, AllowTrafficArgs], *, parent: pulumi.Resource
) -> list[pulumi.Resource]:
    """Allow several calls of one component, each named after what it is for."""
    opts = pulumi.ResourceOptions(parent=parent)
    return [AllowTraffic(f"{name}-{label}", call, opts=opts) for label, call in calls.items()]
