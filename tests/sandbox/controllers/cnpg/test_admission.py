"""Policies in the place of the webhook: that they are there as long as the operator is.

What they refuse is shown by an API server, in `tests/engine/test_cnpg.py`.
"""

from __future__ import annotations

from sandbox.controllers.cnpg import admission
from sandbox.controllers.cnpg.operator import POLICIES, CloudNativePg
from tests.sandbox.controllers.world import World


def test_each_rule_says_of_which_field_it_is() -> None:
    for policy in admission.policies():
        for rule in policy["spec"].get("validations", []):
            assert rule["message"].partition(":")[0].split(".")[0] in ("metadata", "spec"), rule
            assert "object" in rule["expression"]


def test_each_policy_is_bound_and_denies() -> None:
    found = list(admission.policies())
    policies = {item["metadata"]["name"] for item in found if item["kind"] == admission.POLICY[1]}
    bound = {item["spec"]["policyName"] for item in found if item["kind"] == admission.BINDING[1]}
    assert policies == bound
    assert all(item["spec"]["validationActions"] == ["Deny"] for item in found if item["kind"] == admission.BINDING[1])


def test_they_come_and_go_with_the_operator(operator: CloudNativePg, world: World) -> None:
    operator.reconcile(POLICIES)
    kinds = [kind for kind, _, _ in world.objects if kind.startswith("ValidatingAdmissionPolicy")]
    assert kinds
    world.delete("apps/v1", "Deployment", "cloudnative-pg", "cnpg-system")
    operator.reconcile(POLICIES)
    assert not [kind for kind, _, _ in world.objects if kind.startswith("ValidatingAdmissionPolicy")]
