"""What Access makes of the live objects of the account: the step that only its documented rules can answer.

Access itself is not to be had: `doctor/access.py` reads its rules as the documents have them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from doctor.access import NOBODY, Access, Answer, Visitor
from drills.course import Course
from sandbox.plugins.accounts.account import Data, objects
from sandbox.plugins.accounts.cloudflare.access import APPLICATION, POLICY
from sandbox.plugins.accounts.cloudflare.tunnels import CONFIG

WHAT: Final = "Access: who is let in to each of its hosts"
EXPECTED: Final = "members of the group alone"
PATHS: Final = ("/", "/a/b", "//", "/%2e%2e/")
ELSEWHERE: Final = "another identity provider"


def step(course: Course, data: Data, groups: Mapping[str, str]) -> None:
    """Ask for each host, with the group that the stack file has for it."""
    with course.step(WHAT, expected=EXPECTED, within=60) as asked:
        asked.note = f"{len(groups)} hosts"
        asked.seen = next(wrong(data, groups), EXPECTED)


def wrong(data: Data, groups: Mapping[str, str]) -> Iterator[str]:
    """Whatever is not as it should be, a host with an Access tunnel's rule that nobody has asked about included."""
    access = Access(applications=list(objects(data, APPLICATION).values()), policies=objects(data, POLICY))
    ruled = {
        rule["hostname"]
        for config in objects(data, CONFIG).values()
        for rule in config["config"]["ingresses"]
        if (rule.get("originRequest") or {}).get("access")
    }
    if not groups or ruled != set(groups):
        yield f"the tunnel has {', '.join(sorted(ruled)) or 'no host'} behind Access"
    every = set(groups.values()) | {group["name"] for group in objects(data, "Group").values()} | {"somebody's"}
    for host, group in groups.items():
        application = access.covering(host, "/")
        if application is None:
            yield f"{host} is open to everybody"
            continue
        (provider,) = application["allowedIdps"]
        for path in PATHS:
            for visitor, answer in cases(provider, group, every):
                found = access.answer(host, path, visitor)
                if found != answer:
                    yield f"{host}{path}: {visitor} is {found}"


def cases(provider: str, group: str, every: set[str]) -> Iterator[tuple[Visitor, Answer]]:
    """Somebody who asks, and what has to come of it."""

    def visitor(*groups: str, by: str = provider) -> Visitor:
        return Visitor(provider=by, claims=dict[str, Any](groups=groups), email="somebody@example.org")

    yield NOBODY, Answer.SIGN_IN
    yield visitor(group), Answer.LET_IN
    yield visitor(*(every - {group})), Answer.REFUSED
    yield visitor(*every, by=ELSEWHERE), Answer.SIGN_IN
