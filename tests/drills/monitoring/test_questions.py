"""Everything that is asked of metrics is found, and what yields nothing is a problem unless it has a reason."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from drills.errors import DrillError
from drills.monitoring import questions
from drills.monitoring.asked import NAME, Api, Selector, selectors
from drills.monitoring.questions import Asked, Question
from tests.support.live_objects import LiveObjects

OBJECTS = Path(__file__).parent / "objects.yaml"


class Answers(Api):
    """An API that has some series."""

    def __init__(self, *names: str) -> None:
        super().__init__(url="")
        object.__setattr__(self, "known", names)

    def query(self, expression: str, **_: Any) -> list[dict[str, Any]]:
        known: tuple[str, ...] = self.known  # type: ignore[attr-defined]
        return [{}] if "nothing" not in expression and any(name in expression for name in known) else []

    def selectors(self, expression: str) -> Iterator[Selector]:
        for name in re.findall(r"[a-z_]+", expression.replace("nothing", "")):
            yield Selector(matchers=((NAME, "=", name),))

    def get(self, path: str, query: Any = ()) -> Any:
        assert (path, list(query)) == ("/api/v1/label/name/values", [("match[]", "remo_temperature")])
        return ["Living room", "Bed+room"]


def rows(query: str) -> Sequence[Mapping[str, str]]:
    return [] if "nothing" in query else [{"_value": "1"}]


def asked(*names: str) -> Asked:
    return Asked(parser=Answers(*names), asked=Answers(*names), rows=rows)


def test_queries_of_panels_have_all_values_of_their_variables() -> None:
    (dashboard,) = questions.dashboards(LiveObjects.of(OBJECTS), "temporis")
    values = dashboard.values(Answers(), rows)
    assert list(dashboard.questions(values)) == [
        Question(place="Rooms: Inner", text="rate(up[60s])"),
        Question(place="Rooms: Warm", text=r'remo_temperature{name=~"(Living\\ room|Bed\\+room)"}'),
        Question(place="Rooms: Long", text=r"range(start: -1800s) r.host =~ /^(Living\\ room|Bed\\+room)$/", flux=True),
    ]


def test_a_variable_that_there_is_not_is_named() -> None:
    with pytest.raises(DrillError, match="no variable room"):
        questions.filled("$room", {})


def test_expressions_of_alerts_and_of_records_are_found() -> None:
    assert [question.place for question in questions.rules(LiveObjects.of(OBJECTS))] == [
        "alert NodeDown",
        "record longterm:up",
    ]


def test_a_rule_may_yield_nothing_as_long_as_its_series_are_there() -> None:
    found = asked("up")
    found.rule(Question(place="alert A", text="up"))
    assert (found.problems, found.answered) == ([], 1)
    found.rule(Question(place="alert B", text="gone"))
    assert found.problems == ['alert B: nobody exports {__name__="gone"}']


def test_a_metric_that_is_empty_on_purpose_is_said_with_its_reason() -> None:
    metric = next(iter(questions.EMPTY))
    found = asked("up")
    found.rule(Question(place="alert A", text=metric))
    assert found.problems == []
    assert found.excused == {metric: questions.EMPTY[metric]}


def test_a_panel_has_to_yield_something() -> None:
    found = asked("up")
    found.panel(Question(place="D: a", text="up"))
    found.panel(Question(place="D: b", text="from()", flux=True))
    assert (found.problems, found.answered) == ([], 2)
    found.panel(Question(place="D: c", text="nothing(up)"))
    found.panel(Question(place="D: d", text="nothing", flux=True))
    assert found.problems == ["D: c: yields nothing: nothing(up)", "D: d: yields nothing: nothing"]


def test_selectors_are_those_of_the_syntax_tree() -> None:
    tree = {
        "type": "call",
        "args": [
            {
                "type": "matrixSelector",
                "matchers": [
                    {"name": "__name__", "type": "=", "value": "a"},
                    {"name": "b", "type": "=~", "value": '"'},
                ],
            }
        ],
    }
    (selector,) = selectors(tree)
    assert f"{selector}" == '{__name__="a",b=~"\\""}'
    assert selector.metric == "a"
    assert f"{selector.whatever_they_say()}" == '{__name__="a",b!=""}'


def test_which_job_a_series_is_of_is_never_left_open() -> None:
    selector = Selector(matchers=((NAME, "=", "up"), ("job", "=", "cadvisor")))
    assert selector.whatever_they_say() == selector
