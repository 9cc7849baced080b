"""What every sign-in shares."""

from __future__ import annotations

from typing import Any

import pytest

from components.identity.shared import SharedObjects
from components.vocabulary import GROUPS
from sandbox.plugins.accounts.authentik.directory import Group
from tests.support.parts import shared
from tests.support.recorder import Recording, record


@pytest.fixture(scope="module")
def recording() -> Recording[SharedObjects]:
    return record(shared)


def inputs(recording: Recording[Any], kind: str) -> dict[str, Any]:
    return {item.name: item.inputs for item in recording.of(kind)}


def test_the_groups_are_these(recording: Recording[SharedObjects]) -> None:
    assert inputs(recording, ":Group") == {name: {"name": name} for name in GROUPS}
    assert list(recording.result.group_ids) == list(GROUPS)


def test_only_a_changed_name_updates_a_group(recording: Recording[SharedObjects]) -> None:
    everything_else = set(Group.schema.inputs) - {"name"}
    assert {item.ignored for item in recording.of(":Group")} == {frozenset(everything_else)}


def test_one_has_to_be_signed_in_to_be_let_through_and_not_to_sign_out(recording: Recording[SharedObjects]) -> None:
    found = {flow["designation"]: flow["authentication"] for flow in inputs(recording, ":Flow").values()}
    assert found == {"authorization": "require_authenticated", "invalidation": "none"}


def test_each_scope_says_its_claims(recording: Recording[SharedObjects]) -> None:
    scopes = inputs(recording, ":PropertyMappingProviderScope")
    expressions = {item["scopeName"]: item["expression"] for item in scopes.values()}
    assert set(expressions) == {"openid", "email", "profile"}
    assert '"groups": [group.name for group in request.user.ak_groups.all()]' in expressions["profile"]
    assert '"email_verified": True' in expressions["email"]
    for scope, expression in expressions.items():
        # Authentik runs it as the body of a function.
        compile("def claims(request):\n    " + expression, scope, "exec")


def test_the_key_pair_is_looked_up_without_its_private_key(recording: Recording[SharedObjects]) -> None:
    assert set(recording.lookups) == {"authentik:index/getCertificateKeyPair:getCertificateKeyPair"}


def test_the_brand_is_shown_on_authentiks_own_host(recording: Recording[SharedObjects]) -> None:
    (brand,) = inputs(recording, ":Brand").values()
    assert (brand["domain"], brand["default"]) == ("auth.example.org", False)
    assert brand["brandingLogo"].startswith("/static/dist/")
    assert brand["brandingFavicon"].startswith("/static/dist/")
