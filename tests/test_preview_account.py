"""The preview account's manifest has rights for every kind that the platform makes, and none that would be too much.

What the API server makes of it is shown in tests/engine/test_preview_account.py.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.conftest import REPOSITORY
from tests.support.urns import FILE

OBJECTS: list[dict[str, Any]] = list(
    yaml.safe_load_all((REPOSITORY / "docs" / "preview-account.yaml").read_text(encoding="utf-8"))
)
RULES: list[dict[str, Any]] = next(item for item in OBJECTS if item["kind"] == "ClusterRole")["rules"]
KINDS = sorted(set(re.findall(r"kubernetes:([^:]+):(\w+)::", FILE.read_text(encoding="utf-8"))))
NOT_BY_KIND = {"Secret", "Release"}
"""Secrets are allowed one by one; the engine's plugin previews a release by itself."""


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
    assert {"get", "create", "patch"} <= allowed(group, plural), f"add {plural} to docs/preview-account.yaml"


def test_no_role_reaches_beyond_a_preview() -> None:
    roles = [item for item in OBJECTS if item["kind"] in {"Role", "ClusterRole"}]
    for rule in (rule for role in roles for rule in role["rules"]):
        assert set(rule["verbs"]) <= {"get", "list", "watch", "create", "patch"}
        assert not {"*", "rbac.authorization.k8s.io", "admissionregistration.k8s.io"} & set(rule["apiGroups"])
        if "" in rule["apiGroups"]:
            assert not {"*", "pods", "nodes"} & set(rule["resources"])
            if "secrets" in rule["resources"]:
                assert rule["resourceNames"]
                assert not {"list", "watch", "create"} & set(rule["verbs"])


def test_the_policy_comes_before_any_right() -> None:
    kinds = [item["kind"] for item in OBJECTS]
    assert kinds[:2] == ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"]
