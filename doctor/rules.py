"""The check of what single objects have to keep: the rules of `policy`, asked about everything that a cluster has.

What the program declares is held to them before it is deployed; this finds what charts, controllers and hands have
brought. What the platform's charts may break is in `policy/charts.py`; for whatever else is in the cluster, an
exemption on its namespace holds for everything in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from components.vocabulary import EXEMPT
from doctor import kube
from doctor.check import Context, Reference, check
from doctor.snapshot import GIVEN_NAMESPACES, Snapshot
from policy import charts
from policy.objects import label, namespace_of
from policy.rule import Rule, exemptions
from policy.rules import RULES

UNJUDGED_NAMESPACES = frozenset(GIVEN_NAMESPACES) - {"default"}
"""The cluster's own namespaces are its distribution's affair; but what is in `default` is somebody's oversight."""


def judged(snapshot: Snapshot) -> Iterator[kube.Object]:
    """What the cluster's owner has a say in."""
    for kind, objects in snapshot.objects.items():
        for (namespace, name), obj in objects.items():
            own = name in GIVEN_NAMESPACES if kind == "Namespace" else namespace in UNJUDGED_NAMESPACES
            if not own:
                yield obj


@check("object -> policy rules")
def policy_rules(context: Context) -> Iterator[Reference]:
    """Every object keeps every rule, or says why not."""
    for obj in judged(context.snapshot):
        broken = [
            Reference(label(obj), f"rule {rule.name}", problem, _advice(rule))
            for rule in RULES
            if not charts.is_excused(rule.name, obj) and rule.name not in _exempt_by_namespace(context.snapshot, obj)
            for problem in rule.violations(obj)
        ]
        yield from broken or [Reference(label(obj), "every rule")]


def _advice(rule: Rule) -> str:
    if not rule.exemptable:
        return "correct the annotation, or take it away"
    return f"correct it, or say why not in the annotation {EXEMPT}{rule.name} of the object or of its namespace"


def _exempt_by_namespace(snapshot: Snapshot, obj: kube.Object) -> set[str]:
    namespace = snapshot.get("Namespace", namespace_of(obj))
    return {rule for rule, reason in exemptions(namespace).items() if reason} if namespace else set()
