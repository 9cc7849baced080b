"""The preview account's manifest has rights for every kind that the platform makes, and none that would be too much.

What the API server makes of it is shown in tests/engine/test_preview_account.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from components.outputs import Outputs
from tests.conftest import REPOSITORY
from tests.support.recorder import Recording
from tests.support.urns import FILE

OBJECTS: list[dict[str, Any]] = list(
    yaml.safe_load_all((REPOSITORY / "docs" / "preview-account.yaml").read_text(encoding="utf-8"))
)
RULES: list[dict[str, Any]] = next(item for item in OBJECTS if item["kind"] == "ClusterRole")["rules"]
KINDS = sorted(set(re.findall(r"kubernetes:([^:]+):(\w+)::", FILE.read_text(encoding="utf-8"))))
RBAC = "rbac.authorization.k8s.io"
OF_ROLES = {"Role": "roles", "ClusterRole": "clusterroles"}
OF_RIGHTS = {**OF_ROLES, "RoleBinding": "rolebindings", "ClusterRoleBinding": "clusterrolebindings"}
"""Kinds that say who may do what, and what each is called in a role."""
NOT_BY_KIND = {"Secret", "Release", *OF_RIGHTS}
"""Secrets, roles and bindings are allowed one by one; the engine's plugin previews a release by itself."""
ASKED = {"get", "create", "patch"}
"""What a preview does with an object."""


def allowed(group: str, plural: str) -> set[str]:
    return {
        verb
        for rule in RULES
        if group in rule["apiGroups"] and (plural in rule["resources"] or "*" in rule["resources"])
        for verb in rule["verbs"]
    }


@pytest.mark.parametrize(("version", "kind"), [pair for pair in KINDS if pair[1] not in NOT_BY_KIND])
def test_every_kind_of_the_platform_can_be_previewed(version: str, kind: str) -> None:
    group = version.partition("/")[0] if version.partition("/")[0] != "core" else ""
    lower = kind.removesuffix("Patch").lower()  # a patch of an object that somebody else made is one of its kind
    plural = f"{lower[:-1]}ies" if lower.endswith("y") else f"{lower}es" if lower.endswith("s") else f"{lower}s"
    assert allowed(group, plural) >= ASKED, f"add {plural} to docs/preview-account.yaml"


def rights() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each rule of the account, and the namespace that it holds in; empty if it holds everywhere."""
    for item in OBJECTS:
        if item["kind"] in OF_ROLES:
            for rule in item["rules"]:
                yield item["metadata"].get("namespace", ""), rule


def about_rights() -> set[tuple[str, str, str, str]]:
    """Namespace, resource, name and verb of whatever it may do with roles and bindings."""
    return {
        (namespace, resource, name, verb)
        for namespace, rule in rights()
        if RBAC in rule["apiGroups"]
        for resource in rule["resources"]
        for name in rule["resourceNames"]
        for verb in rule["verbs"]
    }


def test_no_role_reaches_beyond_a_preview() -> None:
    for _, rule in rights():
        assert not {"*", "admissionregistration.k8s.io"} & set(rule["apiGroups"])
        if RBAC in rule["apiGroups"]:
            continue  # the next two tests are about these
        assert set(rule["verbs"]) <= ASKED | {"list", "watch"}
        if "" in rule["apiGroups"]:
            assert not {"*", "pods", "nodes"} & set(rule["resources"])
            if "secrets" in rule["resources"]:
                assert rule["resourceNames"]
                assert not {"list", "watch", "create"} & set(rule["verbs"])


def test_roles_and_bindings_are_previewed_by_name_and_only_those_of_the_program(extended: Recording[Outputs]) -> None:
    """A role holds more than the account does, so the server refuses it to whoever may not `escalate` and `bind` it."""
    own = {
        (item.inputs["metadata"].get("namespace", ""), OF_RIGHTS[kind], item.inputs["metadata"]["name"], verb)
        for kind in OF_RIGHTS
        for item in extended.of(f"{RBAC}/v1:{kind}")
        for verb in ASKED | ({"escalate", "bind"} if kind in OF_ROLES else set())
    }
    assert own
    assert about_rights() == own


def test_a_rule_about_roles_is_about_nothing_else_and_names_them() -> None:
    for _, rule in rights():
        if RBAC in rule["apiGroups"]:
            assert rule["apiGroups"] == [RBAC]
            assert rule["resourceNames"]
            assert set(rule["resources"]) <= set(OF_RIGHTS.values())


def test_the_policy_looks_at_every_request_of_the_account() -> None:
    """It is all that keeps what the roles allow from being done: of every group, kind and verb."""
    spec = next(item for item in OBJECTS if item["kind"] == "ValidatingAdmissionPolicy")["spec"]
    everything = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*/*"]}
    assert spec["matchConstraints"] == {"resourceRules": [everything]}
    assert spec["failurePolicy"] == "Fail"
    (account,) = [item for item in OBJECTS if item["kind"] == "ServiceAccount"]
    user = f"system:serviceaccount:{account['metadata']['namespace']}:{account['metadata']['name']}"
    assert [item["expression"] for item in spec["matchConditions"]] == [f'request.userInfo.username == "{user}"']
    assert [item["expression"] for item in spec["validations"]] == ["has(request.dryRun) && request.dryRun"]
    subjects = [item["subjects"] for item in OBJECTS if item["kind"].endswith("RoleBinding")]
    assert all(subject == [{"kind": "ServiceAccount", **named(account)}] for subject in subjects)


def named(obj: dict[str, Any]) -> dict[str, str]:
    return {key: obj["metadata"][key] for key in ("name", "namespace")}


def test_the_policy_comes_before_any_right() -> None:
    kinds = [item["kind"] for item in OBJECTS]
    assert kinds[:2] == ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"]
