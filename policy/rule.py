"""What a rule is: a function of one Kubernetes object, wherever it comes from.

The policy pack asks it about what is to be deployed, `python -m policy` about the state of a stack, the wiring check
about a cluster, and the tests about what the program registers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from components.vocabulary import EXEMPT
from policy.objects import Object, annotations_of, pod_template

EVERY_KIND: Final[frozenset[str]] = frozenset()
"""The kinds of a rule that is about every object."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """What may be known of an object besides itself. A rule that would need what is not known stays silent."""

    protect: bool | None = None
    """Whether the stack keeps it from being deleted; None for an object of a cluster, which has no options."""
    zones: frozenset[str] | None = None
    """The zones that the stack has wildcard certificates for; None if the rest of the stack is not known."""


NOTHING_KNOWN: Final = Context()


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule: which kinds it is about, and what it finds wrong with an object of them."""

    name: str
    """Of the rule in annotations and in the policy pack: lower case with dashes."""
    description: str
    kinds: frozenset[str]
    judge: Callable[[Object, Context], Iterator[str]]
    needs_stack: bool = False
    """Whether it asks for what only the whole stack tells: the zones."""
    exemptable: bool = True
    """Whether an object may declare that it does not keep it."""

    def is_about(self, obj: Object) -> bool:
        """Whether it has anything to say about objects of that kind."""
        return "kind" in obj and (not self.kinds or obj["kind"] in self.kinds)

    def violations(self, obj: Object, context: Context = NOTHING_KNOWN) -> list[str]:
        """What is wrong with an object; nothing if the rule is not about its kind, or does not apply to it."""
        if not self.is_about(obj) or (self.exemptable and exemptions(obj).get(self.name)):
            return []
        return list(self.judge(obj, context))


def exemptions(obj: Object) -> Mapping[str, str]:
    """The rules that an object declares not to keep, and its reasons: its own, and those of its pod template."""
    template = pod_template(obj)
    places = [obj] if template is None else [template, obj]
    return {
        key.removeprefix(EXEMPT): reason.strip() if isinstance(reason, str) else ""
        for place in places
        for key, reason in annotations_of(place).items()
        if key.startswith(EXEMPT)
    }
