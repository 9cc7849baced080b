"""Each rule is broken by what it is against, and by nothing else."""

from __future__ import annotations

import copy

import pytest

from components.vocabulary import EXEMPT
from policy.objects import pod_template
from policy.rule import Context, Rule, exemptions
from policy.rules import RULES, exempting
from tests.policy.cases import data, databases, namespaces, network, pods, routes, secrets
from tests.policy.cases import exempting as exempting_cases
from tests.support.judging import Case, contained, thing, workload

GROUPS = (pods, secrets, namespaces, network, routes, data, databases, exempting_cases)
CASES = [case for group in GROUPS for case in group.CASES]
BREAKING = [case for case in CASES if case.problem]


def rule_of(name: str) -> Rule:
    return next(rule for rule in RULES if rule.name == name)


@pytest.mark.parametrize("case", BREAKING, ids=str)
def test_what_breaks_a_rule_is_named(case: Case) -> None:
    violations = rule_of(case.rule).violations(case.obj, case.context)
    assert violations
    assert case.problem in violations[0]


@pytest.mark.parametrize("case", [case for case in CASES if not case.problem], ids=str)
def test_what_keeps_a_rule_is_not(case: Case) -> None:
    assert rule_of(case.rule).violations(case.obj, case.context) == []


def test_every_rule_is_broken_by_some_case_and_kept_by_another() -> None:
    names = {rule.name for rule in RULES}
    assert {case.rule for case in BREAKING} == names
    assert {case.rule for case in CASES if not case.problem} == names


def test_a_rule_is_only_about_its_kinds() -> None:
    for rule in RULES:
        assert rule.violations({"kind": "Unheard", "metadata": {"namespace": "a", "name": "a"}}) == []
        assert rule.violations({"metadata": {"namespace": "default"}}) == [], "a Helm release is no object"


def test_a_sparse_object_is_no_error() -> None:
    kinds = {kind for rule in RULES for kind in rule.kinds}
    known = Context(protect=False, zones=frozenset())
    for kind in kinds:
        for obj in ({"kind": kind}, {"kind": kind, "metadata": None, "spec": None}):
            assert all(isinstance(rule.violations(obj, known), list) for rule in RULES)


def test_names_fit_into_an_annotation() -> None:
    names = [rule.name for rule in RULES]
    assert len(names) == len(set(names))
    for name in names:
        assert len(f"{EXEMPT}{name}".rpartition("/")[2]) <= 63
        assert name == name.lower()
        assert name.replace("-", "").isalpha()


@pytest.mark.parametrize("case", [case for case in BREAKING if case.rule != exempting.NAME], ids=str)
def test_an_object_is_exempt_with_a_reason_and_only_with_one(case: Case) -> None:
    exempt, unfounded = copy.deepcopy(case.obj), copy.deepcopy(case.obj)
    exempt["metadata"]["annotations"] = {f"{EXEMPT}{case.rule}": "because"}
    unfounded["metadata"]["annotations"] = {**unfounded["metadata"].get("annotations", {}), f"{EXEMPT}{case.rule}": ""}
    rule = rule_of(case.rule)
    assert rule.violations(exempt, case.context) == []
    assert rule.violations(unfounded, case.context)


def test_an_exemption_may_stand_on_the_pod_template() -> None:
    for kind in ("Deployment", "CronJob"):
        obj = workload(kind, pod={"automountServiceAccountToken": True}, annotations={f"{EXEMPT}x": "because"})
        assert exemptions(obj) == {"x": "because"}
    exempt = workload(pod={"hostNetwork": True}, annotations={f"{EXEMPT}restricted-pods": "it is an exporter"})
    assert rule_of("restricted-pods").violations(exempt) == []
    assert rule_of("probes").violations(contained(livenessProbe=None)) != []


def test_what_another_workload_made_is_judged_there() -> None:
    for owner, judged in (("ReplicaSet", False), ("CronJob", False), ("Prometheus", True)):
        pod = contained("Pod", image="web")
        pod["metadata"]["ownerReferences"] = [{"kind": owner, "name": "owner"}]
        assert (pod_template(pod) is not None) is judged
        assert bool(rule_of("images-pinned").violations(pod)) is judged


def test_something_that_makes_no_pods_has_no_template() -> None:
    assert pod_template(thing("Service", spec={"template": {}})) is None
