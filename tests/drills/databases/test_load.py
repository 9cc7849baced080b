"""Of every row it is known whether its commit was acknowledged, and when; what comes back is compared to that."""

from __future__ import annotations

from typing import cast

from drills.databases.load import Load, Written, differs, payload
from drills.databases.server import Server

ROWS = {
    1: Written(sent=1.0, acknowledged=2.0),
    2: Written(sent=3.0, acknowledged=5.0),
    3: Written(sent=6.0),
    4: Written(sent=7.0, acknowledged=8.0),
}


def load() -> Load:
    return Load(server=cast("Server", None), database="app", owner="app", rows=dict(ROWS))


def test_what_is_acknowledged_before_a_moment_has_to_be_there_and_what_is_sent_after_it_must_not() -> None:
    made = load()
    assert made.acknowledged() == {1, 2, 4}
    assert made.acknowledged(before=4.0) == {1}
    assert made.sent_after(4.0) == {3, 4}
    # The second was sent before the moment and acknowledged after it: nobody can say.
    assert 2 not in made.acknowledged(before=4.0) | made.sent_after(4.0)


def test_the_last_of_some_rows_is_the_one_that_was_acknowledged_last() -> None:
    assert load().last({1, 2, 3}) == 5.0
    assert load().last(set()) == 0.0


def test_a_row_says_what_its_number_says() -> None:
    assert payload(7) == payload(7) != payload(8)
    assert differs({7: payload(7), 8: payload(7)}) == [8]


def test_what_is_forgotten_is_asked_of_nobody() -> None:
    made = load()
    made.forget()
    made._acknowledge(3)
    assert made.acknowledged() == set()
    assert made._sent() != made._sent()
