"""What holds for every one of several."""

from __future__ import annotations

from drills.errors import DrillError
from drills.http.every import every, unless


def test_it_is_well_if_nothing_is_seen_of_anybody() -> None:
    assert every("abc", lambda _: "", all_well="all") == "all"


def test_the_first_of_whom_something_is_seen_is_named() -> None:
    assert every("abc", lambda one: unless(one, "a"), all_well="all") == "b: b (and 1 more)"


def test_what_fails_is_seen_too() -> None:
    def look(_: str) -> str:
        message = "no answer"
        raise DrillError(message)

    assert every("a", look, all_well="all") == "a: no answer"


def test_nothing_to_look_at_is_not_well() -> None:
    assert every([], lambda _: "", all_well="all") != "all"
