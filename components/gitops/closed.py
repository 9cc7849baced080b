"""What the API server asks of namespaces whose workloads come from Git: they are closed, and no others are touched."""

from __future__ import annotations

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
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.kit import plain

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


@dataclass(frozen=True, kw_only=True)
class ClosedNamespacesArgs:
    """Which namespaces are meant, and whose hands are watched."""

    prefix: str
    controller: str
    """Argo CD's application controller: its user name, as the API server knows it."""


class ClosedNamespaces(pulumi.ComponentResource):
    """Two rules of the API server itself, which no manifest can get around.

    A pod starts in such a namespace only beside a network policy that denies everything. Argo CD makes, changes and
    deletes only such namespaces, and each of them enforces the `restricted` pod security standard: its project cannot
    tell one Namespace from another, and it needs the kind to make them.
    """

    ready: pulumi.Resource

    def __init__(self, name: str, args: ClosedNamespacesArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:gitops:ClosedNamespaces", name, plain(args), opts)
        self._rule(
            f"{name}-pods",
            # Whoever is refused because there is no such policy hears this name, and no message.
            called=f"{args.prefix}pods-need-{DEFAULT_DENY}",
            resources=["pods"],
            operations=["CREATE"],
            only=f"request.namespace.startsWith('{args.prefix}')",
            expression=CLOSED,
            message=f"NetworkPolicy {DEFAULT_DENY} has to select all pods, for Ingress and Egress",
            params=True,
        )
        self.ready = self._rule(
            f"{name}-namespaces",
            called=f"{args.prefix}namespaces-of-argo-cd",
            resources=["namespaces"],
            operations=["CREATE", "UPDATE", "DELETE"],
            only=f"request.userInfo.username == '{args.controller}'",
            expression=(
                f"{SUBJECT}.metadata.name.startsWith('{args.prefix}') && (request.operation == 'DELETE' || "
                "(has(object.metadata.labels) && 'pod-security.kubernetes.io/enforce' in object.metadata.labels && "
                "object.metadata.labels['pod-security.kubernetes.io/enforce'] == 'restricted'))"
            ),
            message=f"Argo CD may make namespaces {args.prefix}* alone, which enforce pod security restricted",
        )
        self.register_outputs({})

    def _rule(
        self,
        name: str,
        *,
        called: str,
        resources: list[str],
        operations: list[str],
        only: str,
        expression: str,
        message: str,
        params: bool = False,
    ) -> pulumi.Resource:
        policy = ValidatingAdmissionPolicy(
            name,
            metadata=ObjectMetaArgs(name=called),
            spec=ValidatingAdmissionPolicySpecArgs(
                failure_policy="Fail",
                param_kind=ParamKindArgs(api_version="networking.k8s.io/v1", kind="NetworkPolicy") if params else None,
                match_constraints=MatchResourcesArgs(
                    resource_rules=[
                        NamedRuleWithOperationsArgs(
                            api_groups=[""], api_versions=["v1"], operations=operations, resources=resources
                        )
                    ]
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
