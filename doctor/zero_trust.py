"""Checks of whom Cloudflare Access lets through to the hosts of a tunnel: it is asked, by its documented rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from doctor.access import NOBODY, Access, Answer, Properties, UnjudgedError, Visitor, groups_of, oidc_rules, uris_of
from doctor.check import FINE, Context, Problem, Reference, check, unless
from doctor.cloudflare import tunnel_hosts
from doctor.snapshot import Snapshot

PATHS: Final = ("/", "/a/b", "//", "/%2e%2e/", "/;/..")
ANOTHER: Final = "another"
"""An identity provider that no application has."""
MEND: Final = "`pulumi up --refresh` gives its application the policies of the stack again; remove what is not its own"


@dataclass(frozen=True, kw_only=True)
class _Case:
    """Somebody who asks, and what has to come of it."""

    who: str
    visitor: Visitor
    answers: tuple[Answer, ...]


@check("tunnel host -> Access policy -> group")
def let_in(context: Context) -> Iterator[Reference]:
    """Members of the policy's group are let in, by the application's identity provider; nobody else, at any path."""
    access = _access(context.snapshot)
    for rule_host, config in tunnel_hosts(context.snapshot).items():
        subject = f"tunnel rule of {config.name}"
        for host in _hosts(rule_host):
            application = access.covering(host, "/")
            if application is None:
                fault = "no Access application guards it, so the tunnel is open to everybody"
                advice = "remove the rule, or add the host to `access`, and run `pulumi up`"
                yield Reference(subject, f"Access application of {host}", fault, advice)
            elif not _dangles(context.snapshot, access, application):
                groups = _groups(access, application)
                names = ", ".join(policy["name"] for policy in access.policies_of(application))
                target = f"{host} -> policy {names or '(none)'} -> group {', '.join(sorted(groups)) or '(none)'}"
                yield Reference(subject, target, *_problem(context.snapshot, access, host, application))


@check("tunnel rule -> audience of its Access application")
def audiences(context: Context) -> Iterator[Reference]:
    """The connector asks for what Access has signed for the host: whoever comes past Access is turned away."""
    access = _access(context.snapshot)
    for config in context.snapshot.of_type("ZeroTrustTunnelCloudflaredConfig"):
        for rule in config.properties["config"]["ingresses"]:
            host = rule.get("hostname")
            application = access.covering(_hosts(host)[0], "/") if host else None
            if application is None:
                continue
            asked = (rule.get("originRequest") or {}).get("access") or {}
            problem = unless(
                asked.get("required") and asked.get("audTags") == [application.get("aud")],
                "cloudflared does not ask for the token of this application alone",
                "`pulumi up --refresh` writes the application's audience into the rule",
            )
            yield Reference(f"tunnel rule of {config.name}", f"audience of {host}", *problem)


def _access(snapshot: Snapshot) -> Access:
    return Access(
        applications=[item.properties for item in snapshot.of_type("ZeroTrustAccessApplication")],
        policies={item.id: item.properties for item in snapshot.of_type("ZeroTrustAccessPolicy")},
    )


def _hosts(pattern: str) -> list[str]:
    """Hosts that a rule is for: a wildcard is any number of labels to cloudflared."""
    return [pattern.replace("*", name) for name in ("any", "any.other")] if "*" in pattern else [pattern]


def _dangles(snapshot: Snapshot, access: Access, application: Properties) -> bool:
    """Whether something that it refers to is not there, which checks of their own say."""
    chosen = [access.policies.get(item.get("id")) for item in application.get("policies") or []]
    named = {
        *(application.get("allowedIdps") or []),
        *(rule["identityProviderId"] for policy in chosen for rule in oidc_rules(policy or {})),
    }
    return None in chosen or not named <= _providers(snapshot)


def _providers(snapshot: Snapshot) -> set[str]:
    return {item.id for item in snapshot.of_type("ZeroTrustAccessIdentityProvider")}


def _groups(access: Access, application: Properties) -> set[str]:
    return groups_of(access.policies_of(application), application.get("allowedIdps") or [])


def _problem(snapshot: Snapshot, access: Access, host: str, application: Properties) -> Problem:
    if not _groups(access, application):
        return "it names no group of an identity provider that its application allows, so nobody can be let in", MEND
    guards = [(path, access.covering(host, path)) for path in _paths(access)]
    try:
        for case in _cases(snapshot, access, application):
            for path, guard in guards:
                answer = access.judged(guard, case.visitor)
                if answer not in case.answers:
                    return f"{case.who} is {answer} at {path}", MEND
    except UnjudgedError as error:
        return f"a policy chooses by {error}, which cannot be judged here", "name groups in its place"
    return FINE


def _paths(access: Access) -> Sequence[str]:
    """Paths to ask for: any, and those that an application treats apart."""
    apart = [
        "/" + uri.partition("/")[2].replace("*", "any").strip("/")
        for application in access.applications
        for uri in uris_of(application)
        if "/" in uri.removeprefix("https://")
    ]
    return list(dict.fromkeys([*PATHS, *(path for own in apart for path in (own, f"{own}/below"))]))


def _cases(snapshot: Snapshot, access: Access, application: Properties) -> Iterator[_Case]:
    allowed, policies = application.get("allowedIdps") or [], access.policies_of(application)
    groups = groups_of(policies, allowed)
    every = {item.properties["name"] for item in snapshot.of_type("Group")} | groups
    kept_out = (Answer.REFUSED, Answer.SIGN_IN)
    yield _Case(who="who has not signed in", visitor=NOBODY, answers=(Answer.SIGN_IN,))
    yield _Case(who="a service's token", visitor=Visitor(service_token=True), answers=kept_out)
    for provider in allowed:
        own = groups_of(policies, [provider])
        for group in sorted(own):
            visitor = Visitor(provider=provider, claims={"groups": [group]}, email="member@example.org")
            yield _Case(who=f"a member of {group}", visitor=visitor, answers=(Answer.LET_IN,))
        stranger = Visitor(provider=provider, claims={"groups": sorted(every - own)}, email="stranger@example.org")
        yield _Case(who="a member of other groups", visitor=stranger, answers=(Answer.REFUSED,))
    for provider in sorted({*_providers(snapshot), ANOTHER} - set(allowed)):
        forger = Visitor(provider=provider, claims={"groups": sorted(every)}, email="stranger@example.org")
        yield _Case(who="who has signed in elsewhere", visitor=forger, answers=kept_out)
