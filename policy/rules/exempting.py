"""The rule of exemptions themselves."""

from __future__ import annotations

from collections.abc import Iterator

from components.vocabulary import EXEMPT
from policy.objects import Object
from policy.rule import EVERY_KIND, Context, Rule, exemptions

NAME = "exemptions"


def rule(others: frozenset[str]) -> Rule:
    """The rule that an exemption names a rule and gives a reason; nothing is exempt from it."""

    def judge(obj: Object, _context: Context) -> Iterator[str]:
        for name, reason in exemptions(obj).items():
            if name not in others:
                yield f"annotation {EXEMPT}{name}: there is no such rule; there are {', '.join(sorted(others))}"
            elif not reason:
                yield f"annotation {EXEMPT}{name}: expected the reason, got nothing"

    return Rule(
        name=NAME,
        description="Every exemption names a rule that there is, and gives a reason.",
        kinds=EVERY_KIND,
        judge=judge,
        exemptable=False,
    )
