"""Each rule holds for the whole platform, and names what breaks it."""

from __future__ import annotations

from typing import Any

import pytest

from components.outputs import Outputs
from policy.rules import RULES
from tests.support.recorder import Recording

RULE = next(rule for rule in RULES if rule.name == "no-route-is-public-by-accident")


def route(annotations: dict[str, str], *, middlewares: bool = True) -> dict[str, Any]:
    rule = {"match": "Host(`a.org`)", **({"middlewares": [{"name": "chain"}]} if middlewares else {})}
    return {"kind": "IngressRoute", "metadata": {"name": "a", "annotations": annotations}, "spec": {"routes": [rule]}}


def test_the_whole_platform_keeps_every_rule(homelab: Recording[Outputs]) -> None:
    judged = [
        (rule, item.inputs) for rule in RULES for item in homelab.objects() if item.inputs.get("kind") in rule.kinds
    ]
    assert len(judged) == 6
    assert [violation for rule, obj in judged for violation in rule.violations(obj)] == []


@pytest.mark.parametrize(
    "obj",
    [
        route({"homelab/sign-in": "oidc"}),
        route({"homelab/sign-in": "forward-auth"}),
        route({"homelab/sign-in": "public", "homelab/public-reason": "a page for everybody"}),
        {"kind": "Service", "metadata": {"name": "a"}},
    ],
)
def test_a_good_object_has_no_violation(obj: dict[str, Any]) -> None:
    assert RULE.violations(obj) == []


@pytest.mark.parametrize(
    ("obj", "violation"),
    [
        (
            route({}),
            "annotation homelab/sign-in: expected one of oidc, forward-auth, access, public, got nothing",
        ),
        (
            route({"homelab/sign-in": "password"}),
            "annotation homelab/sign-in: expected one of oidc, forward-auth, access, public, got password",
        ),
        (
            route({"homelab/sign-in": "public"}),
            "annotation homelab/public-reason: expected the reason why nobody has to sign in, got nothing",
        ),
        (
            route({"homelab/sign-in": "forward-auth"}, middlewares=False),
            "no rule of the route has a middleware: nobody asks Authentik",
        ),
        (
            {"kind": "Ingress", "metadata": {"name": "a"}, "spec": {}},
            "annotation homelab/sign-in: expected one of oidc, forward-auth, access, public, got nothing",
        ),
    ],
)
def test_a_bad_one_is_named(obj: dict[str, Any], violation: str) -> None:
    assert RULE.violations(obj) == [violation]
