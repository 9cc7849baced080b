from __future__ import annotations

from typing import Any

from tests.support.breaking import Break
from tests.support.healthy import Healthy

VAULT = "vaults/hm3lq7wzt5kd2rvxn4ybc6jagu/items"


def item_path(live: Healthy) -> dict[str, Any]:
    found: dict[str, Any] = live.get("OnePasswordItem", "secret-authentik", "authentik")["spec"]
    return found


BREAKS = (
    Break(
        check="OnePasswordItem -> vault item",
        subject="OnePasswordItem authentik/secret-authentik",
        target=f"{VAULT}/gone",
        problem="no such item in 1Password",
        change=lambda live: item_path(live).update(itemPath=f"{VAULT}/gone"),
    ),
    Break(
        check="OnePasswordItem -> Secret",
        subject="OnePasswordItem argocd/secret-unused",
        target="Secret argocd/secret-unused",
        problem="the operator has not made it",
        change=lambda live: live.get("OnePasswordItem", "secret-argocd-oidc", "argocd")["metadata"].update(
            name="secret-unused"
        ),
    ),
)
