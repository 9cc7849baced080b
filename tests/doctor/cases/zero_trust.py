from __future__ import annotations

from typing import Any

from tests.support.breaking import Break
from tests.support.healthy import Healthy

CHECK = "tunnel host -> Access policy -> group"
SUBJECT = "tunnel rule of access-tunnel"
HOST = "ssh.harvestasya.org"
POLICY = "zero-trust-homelab-admins"
TARGET = f"{HOST} -> policy homelab-admins -> group homelab-admins"


def policy(live: Healthy) -> dict[str, Any]:
    return live.resource("ZeroTrustAccessPolicy", POLICY)


def application(live: Healthy) -> dict[str, Any]:
    return live.resource("ZeroTrustAccessApplication", HOST)


def provider(live: Healthy) -> str:
    found: str = application(live)["allowedIdps"][0]
    return found


def add(live: Healthy, kind: str, own: str, **properties: Any) -> None:
    token = f"cloudflare:index/{kind[0].lower()}{kind[1:]}:{kind}"
    live.resources.append({"urn": f"x::{own}", "type": token, "custom": True, "id": own, "outputs": properties})


def add_application(live: Healthy, uri: str, decision: str, *include: dict[str, Any]) -> None:
    """One more application, with one policy."""
    add(live, "ZeroTrustAccessPolicy", "more", name="more", decision=decision, includes=list(include))
    add(
        live,
        "ZeroTrustAccessApplication",
        "more-application",
        name="more",
        domain=uri,
        allowedIdps=[provider(live)],
        policies=[{"id": "more", "precedence": 1}],
    )


def add_policy(live: Healthy, decision: str, *include: dict[str, Any], precedence: int = 2) -> None:
    """One more policy of the application."""
    add(live, "ZeroTrustAccessPolicy", "more", name="more", decision=decision, includes=list(include))
    application(live)["policies"].append({"id": "more", "precedence": precedence})


def allow_pins(live: Healthy) -> None:
    add(live, "ZeroTrustAccessIdentityProvider", "pin", name="pin", type="onetimepin", config={})
    application(live)["allowedIdps"].append("pin")
    add_policy(live, "allow", {"loginMethod": {"id": "pin"}})


def case(problem: str, change: Any, target: str = TARGET) -> Break:
    return Break(check=CHECK, subject=SUBJECT, target=target, problem=problem, change=change)


MORE = f"{HOST} -> policy homelab-admins, more -> group homelab-admins"
FIRST = f"{HOST} -> policy more, homelab-admins -> group homelab-admins"

BREAKS = (
    case(
        "open to everybody",
        lambda live: live.drop_resource("ZeroTrustAccessApplication", HOST),
        target=f"Access application of {HOST}",
    ),
    case(
        "names no group",
        lambda live: policy(live).update(decision="bypass"),
        target=f"{HOST} -> policy homelab-admins -> group (none)",
    ),
    case(
        "who has not signed in is open to everybody at /",
        lambda live: add_policy(live, "bypass", {"everyone": {}}),
        target=FIRST,
    ),
    case("a member of other groups is let in at /", lambda live: add_policy(live, "allow", {"everyone": {}}), MORE),
    case(
        "a service's token is let in",
        lambda live: add_policy(live, "non_identity", {"anyValidServiceToken": {}}),
        FIRST,
    ),
    case(
        "a member of homelab-admins is refused",
        lambda live: add_policy(live, "deny", {"everyone": {}}, precedence=0),
        target=FIRST,
    ),
    case(
        "a member of homelab-admins is refused",
        lambda live: policy(live).update(requires=[{"emailDomain": {"domain": "elsewhere.example"}}]),
    ),
    case("is let in at /", allow_pins, MORE),
    case(
        "at /open",
        lambda live: add_application(live, f"{HOST}/open", "bypass", {"everyone": {}}),
    ),
    case("chooses by geo", lambda live: add_policy(live, "allow", {"geo": {"countryCode": "JP"}}), MORE),
    case(
        "names no group",
        lambda live: application(live).update(policies=[]),
        target=f"{HOST} -> policy (none) -> group (none)",
    ),
    Break(
        check="tunnel rule -> audience of its Access application",
        subject=SUBJECT,
        target=f"audience of {HOST}",
        problem="does not ask for the token",
        change=lambda live: live.resource("ZeroTrustTunnelCloudflaredConfig", "access-tunnel")["config"]["ingresses"][
            0
        ]["originRequest"]["access"].update(audTags=["of another"]),
    ),
)
