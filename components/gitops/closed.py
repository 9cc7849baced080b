"""What the API server asks of namespaces whose workloads come from Git: they are closed, and no others are touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.admissionregistration.v1 import (
    MatchConditionArgs,
    MatchResourcesArgs,
    NamedRuleWithOperationsArgs,
    ParamKindArgs,
    ParamRefArgs,
    ValidatingAdmissionPolicy,
    ValidatingAdmissionPolicyBinding,
    ValidatingAdmissionPolicyBindingSpecArgs,
    ValidatingAdmissionPolicySpecArgs,
    ValidationArgs,
)
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs

from components.kit import plain
from components.vocabulary import ENFORCE, WORKLOADS

DEFAULT_DENY: Final = "default-deny"
"""Name of the network policy that each namespace of a workload from Git has to have."""

SELECTOR: Final = "params.spec.podSelector"
CLOSED: Final = (
    "has(params.spec.policyTypes) && 'Ingress' in params.spec.policyTypes && 'Egress' in params.spec.policyTypes"
    f" && (!has({SELECTOR}.matchLabels) || size({SELECTOR}.matchLabels) == 0)"
    f" && (!has({SELECTOR}.matchExpressions) || size({SELECTOR}.matchExpressions) == 0)"
)
"""CEL: it selects every pod, in both directions."""

SUBJECT: Final = "(request.operation == 'DELETE' ? oldObject : object)"
"""CEL: what a request is about."""

ACTED_ON: Final = (
    *("acme.cert-manager.io", "argoproj.io", "barmancloud.cnpg.io", "cert-manager.io", "monitoring.coreos.com"),
    *("onepassword.com", "postgresql.cnpg.io", "snapshot.storage.k8s.io", "traefik.io", "volsync.backube"),
)
"""Groups of the kinds that this platform's controllers act on, in whatever namespace an object is."""

VAULT: Final = "operator.1password.io/"
"""How the annotations begin by which a Deployment asks 1Password's operator for any item of the vault."""

ASKS_THE_VAULT: Final = (
    "[object, object.spec.template].exists(it, has(it.metadata) && has(it.metadata.annotations)"
    f" && it.metadata.annotations.exists(key, key.startsWith('{VAULT}')))"
)
"""CEL: the operator looks at a Deployment's own annotations and at those of its pods."""

INSIDE: Final = (
    "(!has(object.spec.type) || object.spec.type in ['ClusterIP', 'ExternalName'])"
    " && (!has(object.spec.externalIPs) || size(object.spec.externalIPs) == 0)"
)
"""CEL: a Service opens nothing outside of the cluster, and takes no address from anybody."""


@dataclass(frozen=True, kw_only=True)
class ClosedNamespacesArgs:
    """Which namespaces are meant, and whose hands are watched."""

    prefix: str
    controller: str
    """Argo CD's application controller: its user name, as the API server knows it."""


class ClosedNamespaces(pulumi.ComponentResource):
    """Rules of the API server itself, which no manifest can get around.

    A pod starts in such a namespace only beside a network policy that denies everything, and each of them enforces the
    `restricted` pod security standard. Argo CD makes, changes and deletes only such namespaces: its project cannot tell
    one Namespace from another, and it needs the kind to make them.

    The project permits Roles and bindings, so that a pod can be given all rights in its namespace. What they would be
    worth are the objects that the platform's controllers act on, which could take another one's host or read the vault:
    nobody makes them there, nor asks for an item by annotation, nor has a Service take addresses of the house.
    """

    ready: list[pulumi.Resource]
    """Done when all of it is asked."""

    def __init__(self, name: str, args: ClosedNamespacesArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:gitops:ClosedNamespaces", name, plain(args), opts)
        within = f"request.namespace.startsWith('{args.prefix}')"
        self.ready = [
            self._rule(
                f"{name}-pods",
                # Whoever is refused because there is no such policy hears this name, and no message.
                called=f"{args.prefix}pods-need-{DEFAULT_DENY}",
                resources={"": ["pods"]},
                operations=["CREATE"],
                only=within,
                expression=CLOSED,
                message=f"NetworkPolicy {DEFAULT_DENY} has to select all pods, for Ingress and Egress",
                params=True,
            ),
            self._rule(
                f"{name}-namespaces",
                called=f"{args.prefix}namespaces-of-argo-cd",
                resources={"": ["namespaces"]},
                operations=["CREATE", "UPDATE", "DELETE"],
                only=f"request.userInfo.username == '{args.controller}'",
                expression=f"{SUBJECT}.metadata.name.startsWith('{args.prefix}')",
                message=f"Argo CD may make namespaces {args.prefix}* alone",
                scope="Cluster",
            ),
            self._rule(
                f"{name}-labels",
                called=f"{args.prefix}namespaces-are-restricted",
                resources={"": ["namespaces"]},
                operations=["CREATE", "UPDATE"],
                # Whoever asks: a Role in a namespace can be for the Namespace itself.
                only=f"object.metadata.name.startsWith('{args.prefix}')",
                expression=" && ".join(
                    ["has(object.metadata.labels)", _labelled(ENFORCE, "restricted"), _labelled(WORKLOADS, "true")]
                ),
                message=f"namespaces {args.prefix}* have the labels {ENFORCE}=restricted and {WORKLOADS}=true",
                scope="Cluster",
            ),
            self._rule(
                f"{name}-kinds",
                called=f"{args.prefix}have-workloads-alone",
                resources={**{group: ["*"] for group in ACTED_ON}, "networking.k8s.io": ["ingresses"]},
                operations=["CREATE", "UPDATE"],
                only=within,
                expression="false",
                message=f"namespaces {args.prefix}* have workloads alone: no routes, certificates, items of the vault",
            ),
            self._rule(
                f"{name}-items",
                called=f"{args.prefix}read-no-items",
                resources={"apps": ["daemonsets", "deployments", "statefulsets"]},
                operations=["CREATE", "UPDATE"],
                only=within,
                expression=f"!{ASKS_THE_VAULT}",
                message=f"no annotation {VAULT}* in namespaces {args.prefix}*: the operator reads the whole vault",
            ),
            self._rule(
                f"{name}-services",
                called=f"{args.prefix}services-stay-inside",
                resources={"": ["services"]},
                operations=["CREATE", "UPDATE"],
                only=within,
                expression=INSIDE,
                message=f"a Service in namespaces {args.prefix}* is a ClusterIP, without externalIPs",
            ),
        ]
        self.register_outputs({})

    def _rule(
        self,
        name: str,
        *,
        called: str,
        resources: Mapping[str, list[str]],
        operations: list[str],
        only: str,
        expression: str,
        message: str,
        scope: str = "Namespaced",
        params: bool = False,
    ) -> pulumi.Resource:
        policy = ValidatingAdmissionPolicy(
            name,
            metadata=ObjectMetaArgs(name=called),
            spec=ValidatingAdmissionPolicySpecArgs(
                failure_policy="Fail",
                param_kind=ParamKindArgs(api_version="networking.k8s.io/v1", kind="NetworkPolicy") if params else None,
                match_constraints=MatchResourcesArgs(
                    # Where its parameter is not found a rule refuses before it asks its conditions: in any namespace
                    # of the cluster, unless it is for some only.
                    namespace_selector=LabelSelectorArgs(match_labels={WORKLOADS: "true"}) if params else None,
                    resource_rules=[
                        NamedRuleWithOperationsArgs(
                            api_groups=[group],
                            api_versions=["*"],
                            operations=operations,
                            resources=names,
                            scope=scope,
                        )
                        for group, names in resources.items()
                    ],
                ),
                match_conditions=[MatchConditionArgs(name="meant", expression=only)],
                validations=[ValidationArgs(expression=expression, message=message, reason="Forbidden")],
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        # A namespaced parameter is looked up in the namespace of the request.
        reference = ParamRefArgs(name=DEFAULT_DENY, parameter_not_found_action="Deny") if params else None
        return ValidatingAdmissionPolicyBinding(
            f"{name}-binding",
            metadata=ObjectMetaArgs(name=called),
            spec=ValidatingAdmissionPolicyBindingSpecArgs(
                policy_name=called, param_ref=reference, validation_actions=["Deny"]
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )


def _labelled(label: str, value: str) -> str:
    """CEL: an object, which has labels, has this one."""
    return f"'{label}' in object.metadata.labels && object.metadata.labels['{label}'] == '{value}'"
