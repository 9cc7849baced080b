"""A Deployment with everything around it that a careful operator would write each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment, DeploymentSpecArgs, DeploymentStrategyArgs
from pulumi_kubernetes.core.v1 import (
    ContainerArgs,
    ContainerPortArgs,
    HTTPGetActionArgs,
    PodSpecArgs,
    PodTemplateSpecArgs,
    ProbeArgs,
    SecurityContextArgs,
    Service,
    ServiceAccount,
    ServicePortArgs,
    ServiceSpecArgs,
    TCPSocketActionArgs,
    TopologySpreadConstraintArgs,
)
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.policy.v1 import PodDisruptionBudget, PodDisruptionBudgetSpecArgs

from components.kit.containers import Resources, confined, confined_pod, mounted, secrets_of, variables
from components.kit.inputs import plain
from components.kit.mounts import Mount, provided, volume
from components.kit.namespace import Namespace
from components.kit.network import Addresses, AllowTraffic, AllowTrafficArgs, Endpoint, Pods
from components.kit.secret import SecretKey
from components.kit.storage import Claim
from components.vocabulary import EXEMPT

NAME_LABEL: Final = "app.kubernetes.io/name"
"""Label by which a workload's pods are selected."""

HTTP: Final = "http"
"""Name of the port of a workload that speaks HTTP, at its pods and at its Service."""


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """Something that the workload is excused from, and why."""

    rule: Literal["read-only-root-filesystem"]
    reason: str


@dataclass(frozen=True, kw_only=True)
class WorkloadArgs:
    """One container image run as a service."""

    namespace: Namespace
    image: str
    """As it is pulled: `site.image(pin)`."""
    port: int
    """Port number that the container listens on; its Service has the same."""
    health_path: str | None
    """HTTP path that answers 200 when it can serve, asked by the readiness and the liveness probe; None for what speaks
    no HTTP: it is well while it takes connections."""
    more_ports: Mapping[str, int] = field(default_factory=dict)
    """Further port numbers that the container listens on, by names of their own; its Service has the same."""
    arguments: Sequence[str] = ()
    environment: Mapping[str, pulumi.Input[str] | SecretKey] = field(default_factory=dict)
    mounts: Sequence[Mount] = ()
    resources: Resources = field(default_factory=Resources)
    replicas: int = 1
    """Number of pods."""
    one_at_a_time: bool = False
    """Whether an update ends the old pod before it starts the new one, also without a volume that asks for it."""
    user: int = 1000
    """User and group id of the process, and group of its volumes."""
    connects_to: Mapping[str, Endpoint | Addresses] = field(default_factory=dict)
    """Calls that it makes, each by a name of its own."""
    startup: int = 0
    """Number of seconds that its first start may take, for example with migrations of a database; with 0 it has as
    long as at any other time."""
    exemptions: Sequence[Exemption] = ()
    prepare: Sequence[str] = ()
    """Command that each pod runs to its end before it starts, by the same image on the same volumes."""
    wait_for: Sequence[pulumi.Resource] = ()
    """What has to be there before its pods start, beside its volumes and the Secrets that it reads."""


def workload_endpoint(name: str, namespace: Namespace, port: int) -> Endpoint:
    """Where the workload of that name is called at a port, by its Service, also before there is one."""
    return Endpoint(namespace=namespace, service=name, port=port, pods={NAME_LABEL: name}, pod_port=port)


class Workload(pulumi.ComponentResource):
    """A Deployment and its Service, ServiceAccount, disruption budget and permitted calls.

    Its pods run as an ordinary user, without capabilities, with a read-only root filesystem and without a token of the
    API server. A volume that one node mounts at a time makes updates stop the old pod first.
    """

    endpoint: Endpoint
    more_endpoints: Mapping[str, Endpoint]
    """Where its further ports are called, by their names."""
    pods: Pods

    def __init__(self, name: str, args: WorkloadArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:kit:Workload", name, plain(args), opts)
        self._name = name
        labels = {NAME_LABEL: name}
        self.pods = Pods(namespace=args.namespace, labels=labels)
        self.endpoint = workload_endpoint(name, args.namespace, args.port)
        self.more_endpoints = {
            label: workload_endpoint(name, args.namespace, port) for label, port in args.more_ports.items()
        }
        account = ServiceAccount(
            name,
            metadata=self._metadata(args, labels),
            automount_service_account_token=False,
            opts=self._opts(args),
        )
        # Before the Deployment: a pod that cannot make its calls would not become ready.
        calls: list[pulumi.Resource] = [
            AllowTraffic(
                f"{name}-to-{target_name}",
                AllowTrafficArgs(source=self.pods, target=target),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for target_name, target in args.connects_to.items()
        ]
        self._deployment(args, labels, [account, *calls, *args.wait_for])
        Service(
            name,
            metadata=self._metadata(args, labels),
            spec=ServiceSpecArgs(
                selector=labels,
                ports=[
                    ServicePortArgs(name=label, port=port, target_port=label) for label, port in _ports(args).items()
                ],
            ),
            opts=self._opts(args),
        )
        if args.replicas > 1:
            PodDisruptionBudget(
                name,
                metadata=self._metadata(args, labels),
                spec=PodDisruptionBudgetSpecArgs(max_unavailable=1, selector=LabelSelectorArgs(match_labels=labels)),
                opts=self._opts(args),
            )
        self.register_outputs({})

    def _metadata(self, args: WorkloadArgs, labels: Mapping[str, str]) -> ObjectMetaArgs:
        return ObjectMetaArgs(name=self._name, namespace=args.namespace.name, labels=labels)

    def _opts(self, args: WorkloadArgs, depends_on: Sequence[pulumi.Resource] = ()) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=[args.namespace.resource, *depends_on])

    def _deployment(self, args: WorkloadArgs, labels: Mapping[str, str], depends_on: Sequence[pulumi.Resource]) -> None:
        claims = [provided(mount.claim) for mount in args.mounts if mount.claim]
        alone = args.one_at_a_time or any(
            isinstance(mount.claim, Claim) and mount.claim.of_one_node for mount in args.mounts
        )
        Deployment(
            self._name,
            metadata=self._metadata(args, labels),
            spec=DeploymentSpecArgs(
                replicas=args.replicas,
                selector=LabelSelectorArgs(match_labels=labels),
                strategy=DeploymentStrategyArgs(type="Recreate" if alone else "RollingUpdate"),
                template=PodTemplateSpecArgs(
                    metadata=ObjectMetaArgs(labels=labels, annotations=_exemption_notes(args.exemptions)),
                    spec=_pod(self._name, args, labels),
                ),
            ),
            opts=self._opts(args, [*depends_on, *secrets_of(args.environment), *claims]),
        )


def _exemption_notes(exemptions: Sequence[Exemption]) -> dict[str, str] | None:
    return {f"{EXEMPT}{item.rule}": item.reason for item in exemptions} or None


def _pod(name: str, args: WorkloadArgs, labels: Mapping[str, str]) -> PodSpecArgs:
    spread = TopologySpreadConstraintArgs(
        max_skew=1,
        topology_key="kubernetes.io/hostname",
        when_unsatisfiable="ScheduleAnyway",
        label_selector=LabelSelectorArgs(match_labels=labels),
    )
    return PodSpecArgs(
        service_account_name=name,
        automount_service_account_token=False,
        enable_service_links=False,
        security_context=confined_pod(args.user),
        init_containers=[_preparation(args)] if args.prepare else None,
        containers=[_container(name, args)],
        volumes=[volume(mount) for mount in args.mounts] or None,
        topology_spread_constraints=[spread] if args.replicas > 1 else None,
    )


def _container(name: str, args: WorkloadArgs) -> ContainerArgs:
    return ContainerArgs(
        name=name,
        image=args.image,
        args=list(args.arguments) or None,
        ports=[ContainerPortArgs(name=label, container_port=port) for label, port in _ports(args).items()],
        env=variables(args.environment),
        resources=args.resources.requirements,
        readiness_probe=_probe(args, period_seconds=10),
        liveness_probe=_probe(args, period_seconds=30, failure_threshold=6),
        startup_probe=_probe(args, period_seconds=10, failure_threshold=args.startup // 10) if args.startup else None,
        security_context=_security(args),
        volume_mounts=mounted(args.mounts),
    )


def _preparation(args: WorkloadArgs) -> ContainerArgs:
    return ContainerArgs(
        name="prepare",
        image=args.image,
        command=list(args.prepare),
        resources=args.resources.requirements,
        security_context=_security(args),
        volume_mounts=mounted(args.mounts),
    )


def _security(args: WorkloadArgs) -> SecurityContextArgs:
    exempt = {exemption.rule for exemption in args.exemptions}
    return confined(read_only="read-only-root-filesystem" not in exempt)


def _ports(args: WorkloadArgs) -> dict[str, int]:
    """Every port number by its name; the first is the one that answers whether it is well."""
    return {_port_name(args): args.port, **args.more_ports}


def _port_name(args: WorkloadArgs) -> str:
    return HTTP if args.health_path else "tcp"


def _probe(args: WorkloadArgs, *, period_seconds: int, failure_threshold: int | None = None) -> ProbeArgs:
    port = _port_name(args)
    return ProbeArgs(
        http_get=HTTPGetActionArgs(path=args.health_path, port=port) if args.health_path else None,
        tcp_socket=None if args.health_path else TCPSocketActionArgs(port=port),
        period_seconds=period_seconds,
        failure_threshold=failure_threshold,
    )
