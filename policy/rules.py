"""The rules themselves: functions of one Kubernetes object, wherever it comes from.

The policy pack asks them about what is to be deployed, the tests about what the program registers and about what a
cluster has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

SIGN_IN: Final = "homelab/sign-in"
PUBLIC_REASON: Final = "homelab/public-reason"
SIGN_INS: Final = ("oidc", "forward-auth", "access", "public")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule: which kinds it is about, and what it finds wrong with an object of them."""

    name: str
    """In the policy pack's output; lower case with dashes."""
    description: str
    kinds: frozenset[str]
    judge: Callable[[Mapping[str, Any]], Iterator[str]]

    def violations(self, obj: Mapping[str, Any]) -> list[str]:
        """What is wrong with an object; nothing if the rule is not about its kind."""
        return list(self.judge(obj)) if obj.get("kind") in self.kinds else []


def _no_route_is_public_by_accident(obj: Mapping[str, Any]) -> Iterator[str]:
    notes: Mapping[str, str] = obj["metadata"].get("annotations") or {}
    sign_in = notes.get(SIGN_IN)
    if sign_in not in SIGN_INS:
        yield f"annotation {SIGN_IN}: expected one of {', '.join(SIGN_INS)}, got {sign_in or 'nothing'}"
    elif sign_in == "public" and not notes.get(PUBLIC_REASON):
        yield f"annotation {PUBLIC_REASON}: expected the reason why nobody has to sign in, got nothing"
    elif sign_in == "forward-auth" and not any(rule.get("middlewares") for rule in obj["spec"].get("routes", [])):
        yield "no rule of the route has a middleware: nobody asks Authentik"


RULES: Final = (
    Rule(
        name="no-route-is-public-by-accident",
        description="Every route asks for a sign-in, or says why it is public.",
        kinds=frozenset({"IngressRoute", "Ingress"}),
        judge=_no_route_is_public_by_accident,
    ),
)
"""Every rule."""
