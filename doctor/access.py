"""What Cloudflare Access does with a request, by its documented rules.

The application with the most specific host, and then path, judges a request; what no application covers is open. Its
policies of the decisions `bypass` and `non_identity` come first, then `allow` and `deny`, each by precedence; the first
that holds decides, and nobody is let in by none. A policy holds for somebody who fits one of `includes`, all of
`requires` and none of `excludes`. Who has not signed in by one of the application's identity providers is asked to.

In a host a `*` stands for a part of one label, in a path for anything; ports do not count, nor does a host's case. Not
covered: selectors beyond those in `_FITS` (`UnjudgedError`), what an older session may still do after a change, and
what Cloudflare makes of a path before Access sees it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

Properties = Mapping[str, Any]


class UnjudgedError(Exception):
    """A policy chooses people in a way that is not known here; says which."""


class Answer(StrEnum):
    """What becomes of a request."""

    OPEN = "open to everybody"
    SIGN_IN = "asked to sign in"
    LET_IN = "let in"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Who asks; somebody without a provider has not signed in."""

    provider: str = ""
    """Id of the identity provider."""
    claims: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What it says of them, by the claim's name."""
    email: str = ""
    service_token: bool = False


NOBODY: Final = Visitor()


@dataclass(frozen=True, kw_only=True)
class Access:
    """The account's applications, and its policies by id; properties as in the state."""

    applications: Sequence[Properties]
    policies: Mapping[str, Properties]

    @cached_property
    def _places(self) -> list[tuple[_Place, Properties]]:
        """What each application covers, the most specific first."""
        found = [(_Place.of(uri), application) for application in self.applications for uri in uris_of(application)]
        return sorted(found, key=lambda pair: pair[0].rank, reverse=True)

    def covering(self, host: str, path: str) -> Properties | None:
        """The application that judges a request; None if none covers it."""
        name = host.partition(":")[0].rstrip(".").lower()
        return next((application for place, application in self._places if place.covers(name, path)), None)

    def policies_of(self, application: Properties) -> list[Properties]:
        """An application's policies in the order in which they are asked; those that do not exist are left out."""
        chosen = sorted(application.get("policies") or [], key=lambda item: item.get("precedence") or 0)
        found = [self.policies[item["id"]] for item in chosen if item["id"] in self.policies]
        return sorted(found, key=lambda policy: policy["decision"] not in _FIRST)

    def answer(self, host: str, path: str, visitor: Visitor) -> Answer:
        """What becomes of a request.

        Raises:
            UnjudgedError: a policy has a selector that is not known here.
        """
        return self.judged(self.covering(host, path), visitor)

    def judged(self, application: Properties | None, visitor: Visitor) -> Answer:
        """What becomes of somebody at an application, or where there is none.

        Raises:
            UnjudgedError: a policy has a selector that is not known here.
        """
        if application is None:
            return Answer.OPEN
        allowed = application.get("allowedIdps") or []
        known = bool(visitor.provider) and (not allowed or visitor.provider in allowed)
        # What somebody else says of them counts for nothing here.
        person = visitor if known else Visitor(service_token=visitor.service_token)
        for policy in self.policies_of(application):
            decision = policy["decision"]
            if (known or decision in _FIRST) and _holds(policy, person):
                return _OUTCOMES[decision]
        return Answer.REFUSED if known else Answer.SIGN_IN


_FIRST: Final = ("bypass", "non_identity")
_OUTCOMES: Final[Mapping[str, Answer]] = {
    "bypass": Answer.OPEN,
    "non_identity": Answer.LET_IN,
    "allow": Answer.LET_IN,
    "deny": Answer.REFUSED,
}


def _oidc(rule: Properties, visitor: Visitor) -> bool:
    claims = visitor.claims.get(rule["claimName"], ())
    return visitor.provider == rule["identityProviderId"] and rule["claimValue"] in claims


_FITS: Final[Mapping[str, Callable[[Properties, Visitor], bool]]] = {
    "everyone": lambda _rule, _visitor: True,
    "anyValidServiceToken": lambda _rule, visitor: visitor.service_token,
    "email": lambda rule, visitor: visitor.email.lower() == rule["email"].lower(),
    "emailDomain": lambda rule, visitor: visitor.email.lower().endswith(f"@{rule['domain'].lower()}"),
    "loginMethod": lambda rule, visitor: visitor.provider == rule["id"],
    "oidc": _oidc,
}


def _holds(policy: Properties, visitor: Visitor) -> bool:
    fits = {part: [_fits(rule, visitor) for rule in policy.get(part) or []] for part in _PARTS}
    return any(fits["includes"]) and all(fits["requires"]) and not any(fits["excludes"])


_PARTS: Final = ("includes", "requires", "excludes")


def _fits(rule: Properties, visitor: Visitor) -> bool:
    # The provider gives every selector that there is, most of them empty.
    given = {key: value for key, value in rule.items() if value is not None}
    unknown = sorted(given.keys() - _FITS.keys())
    if unknown or not given:
        raise UnjudgedError(", ".join(unknown) or "nothing")
    return all(_FITS[key](value, visitor) for key, value in given.items())


def uris_of(application: Properties) -> list[str]:
    """The hosts, with or without a path, that an application covers; destinations win over the domain."""
    found = [item["uri"] for item in application.get("destinations") or [] if item.get("uri")]
    return found or [application["domain"]]


@dataclass(frozen=True, kw_only=True)
class _Place:
    """A host, with or without a path, that an application covers."""

    host: re.Pattern[str]
    path: re.Pattern[str]
    rank: tuple[bool, int, bool, int]
    """How specific it is: without a star before with one, longer before shorter, the host before the path."""

    @classmethod
    def of(cls, uri: str) -> _Place:
        host, slash, rest = uri.removeprefix("https://").partition("/")
        host, path = host.lower(), (slash + rest).rstrip("/")
        return cls(
            host=_pattern(host, "[^.]*"),
            # A path covers what is below it.
            path=_pattern(path, ".*", "(/.*)?"),
            rank=("*" not in host, len(host), "*" not in path, len(path)),
        )

    def covers(self, name: str, path: str) -> bool:
        """Whether it covers a path of a host, by its plain name."""
        return bool(self.host.fullmatch(name) and self.path.fullmatch(path))


def _pattern(text: str, star: str, more: str = "") -> re.Pattern[str]:
    return re.compile(star.join(map(re.escape, text.split("*"))) + more)


def groups_of(policies: Iterable[Properties], providers: Iterable[str]) -> set[str]:
    """The groups that policies let in, of those that identity providers (their ids) say somebody is in."""
    known = set(providers)
    return {
        rule["claimValue"]
        for policy in policies
        if policy["decision"] == "allow"
        for rule in oidc_rules(policy)
        if rule["identityProviderId"] in known
    }


def oidc_rules(policy: Properties) -> list[Properties]:
    """The includes of a policy that are about what an identity provider says."""
    return [rule["oidc"] for rule in policy.get("includes") or [] if rule.get("oidc")]
