"""Access as its documents have it: which application judges, in which order policies are asked, for whom they hold."""

from __future__ import annotations

from typing import Any

import pytest

from doctor.access import NOBODY, Access, Answer, UnjudgedError, Visitor

EVERYONE: dict[str, Any] = {"everyone": {}}
IDP = "authentik"


def oidc(group: str, provider: str = IDP) -> dict[str, Any]:
    return {"oidc": {"claimName": "groups", "claimValue": group, "identityProviderId": provider}}


def member(*groups: str, provider: str = IDP, email: str = "a@example.org") -> Visitor:
    return Visitor(provider=provider, claims={"groups": groups}, email=email)


def application(uri: str, *policies: str, idps: tuple[str, ...] = (IDP,)) -> dict[str, Any]:
    chosen = [{"id": own, "precedence": place} for place, own in enumerate(policies, 1)]
    return {"domain": uri, "name": uri, "policies": chosen, "allowedIdps": list(idps)}


def policy(decision: str = "allow", *includes: Any, **parts: Any) -> dict[str, Any]:
    return {"name": decision, "decision": decision, "includes": list(includes), **parts}


def asked(policies: dict[str, Any], visitor: Visitor, idps: tuple[str, ...] = (IDP,)) -> Answer:
    access = Access(applications=[application("a.example.org", *policies, idps=idps)], policies=policies)
    return access.answer("a.example.org", "/", visitor)


@pytest.mark.parametrize(
    ("host", "path", "uri"),
    [
        ("a.example.org", "/", "a.example.org"),
        ("A.Example.org.", "/", "a.example.org"),
        ("a.example.org:8443", "/x", "a.example.org"),
        ("a.example.org", "/eng", "a.example.org/eng"),
        ("a.example.org", "/eng/x", "a.example.org/eng"),
        ("a.example.org", "/eng/exec/x", "a.example.org/eng/exec"),
        ("a.example.org", "/engine", "a.example.org"),
        ("a.example.org", "/ENG", "a.example.org"),
        ("b.example.org", "/", "*.example.org"),
        ("a.b.example.org", "/", None),
        ("example.org", "/", None),
        ("evila.example.org.example", "/", None),
        ("x-dev.example.net", "/", "*-dev.example.net"),
        ("dev.example.net", "/", None),
    ],
)
def test_the_most_specific_application_judges(host: str, path: str, uri: str | None) -> None:
    uris = ("*.example.org", "a.example.org", "a.example.org/eng", "a.example.org/eng/exec", "*-dev.example.net")
    access = Access(applications=[application(each) for each in uris], policies={})
    found = access.covering(host, path)
    assert (found["domain"] if found else None) == uri


def test_what_no_application_covers_is_open() -> None:
    assert Access(applications=[], policies={}).answer("a.example.org", "/", NOBODY) is Answer.OPEN


def test_an_application_without_a_policy_lets_nobody_in() -> None:
    assert asked({}, NOBODY) is Answer.SIGN_IN
    assert asked({}, member("admins")) is Answer.REFUSED


@pytest.mark.parametrize(
    ("visitor", "answer"),
    [
        (NOBODY, Answer.SIGN_IN),
        (member("admins"), Answer.LET_IN),
        (member("users", "admins"), Answer.LET_IN),
        (member("users"), Answer.REFUSED),
        (member("Admins"), Answer.REFUSED),
        (member("admins", provider="pin"), Answer.SIGN_IN),
        (Visitor(provider=IDP, claims={"roles": ["admins"]}), Answer.REFUSED),
        (Visitor(claims={"groups": ["admins"]}), Answer.SIGN_IN),
    ],
)
def test_a_group_is_let_in_by_its_own_provider(visitor: Visitor, answer: Answer) -> None:
    assert asked({"p": policy("allow", oidc("admins"))}, visitor) is answer


def test_without_a_choice_of_providers_every_one_will_do() -> None:
    policies = {"p": policy("allow", EVERYONE)}
    assert asked(policies, member(provider="pin"), idps=()) is Answer.LET_IN
    assert asked({"p": policy("allow", oidc("admins"))}, member("admins", provider="pin"), idps=()) is Answer.REFUSED


def test_who_bypasses_is_asked_first_and_then_the_order_counts() -> None:
    allow, deny = policy("allow", oidc("admins")), policy("deny", oidc("guests"))
    both = member("admins", "guests")
    assert asked({"1": allow, "2": deny}, both) is Answer.LET_IN
    assert asked({"1": deny, "2": allow}, both) is Answer.REFUSED
    assert asked({"1": deny, "2": policy("bypass", EVERYONE)}, both) is Answer.OPEN
    assert asked({"1": allow, "2": policy("bypass", EVERYONE)}, NOBODY) is Answer.OPEN


def test_a_service_needs_a_policy_of_its_own() -> None:
    token = Visitor(service_token=True)
    assert asked({"1": policy("allow", {"anyValidServiceToken": {}})}, token) is Answer.SIGN_IN
    assert asked({"1": policy("non_identity", {"anyValidServiceToken": {}})}, token) is Answer.LET_IN


def test_includes_are_or_requires_and_excludes_not() -> None:
    either = policy("allow", oidc("admins"), {"email": {"email": "B@example.org"}})
    assert asked({"p": either}, member(email="b@example.org")) is Answer.LET_IN
    required = [{"emailDomain": {"domain": "example.org"}}, oidc("staff")]
    both = policy("allow", EVERYONE, requires=required)
    assert asked({"p": both}, member("staff")) is Answer.LET_IN
    assert asked({"p": both}, member("staff", email="a@evilexample.org")) is Answer.REFUSED
    assert asked({"p": both}, member()) is Answer.REFUSED
    but = policy("allow", {"loginMethod": {"id": IDP}}, excludes=[oidc("guests")])
    assert asked({"p": but}, member()) is Answer.LET_IN
    assert asked({"p": but}, member("guests")) is Answer.REFUSED


def test_what_cannot_be_judged_is_said() -> None:
    with pytest.raises(UnjudgedError, match="geo"):
        asked({"p": policy("allow", {"geo": {"countryCode": "JP"}})}, member())
    assert asked({"p": policy("allow", {"everyone": {}, "geo": None})}, member()) is Answer.LET_IN
