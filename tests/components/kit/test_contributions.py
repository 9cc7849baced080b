"""What the layers hand in is complete when something is made of it."""

from __future__ import annotations

import pytest

from components.kit import Contributions
from components.kit.contributions import Collection, LateContributionError


def test_all_are_handed_out_in_the_order_in_which_they_were_handed_in() -> None:
    collection: Collection[str] = Collection()
    for item in ("c", "a", "b", "a"):
        collection.add(item)
    assert list(collection.close()) == ["c", "a", "b", "a"]


def test_nothing_may_follow_after_the_end_and_the_message_says_what_came_too_late() -> None:
    collection: Collection[str] = Collection()
    collection.close()
    with pytest.raises(LateContributionError, match="'late' handed in after the end"):
        collection.add("late")


def test_several_may_be_handed_in_at_once() -> None:
    collection: Collection[str] = Collection()
    collection.add("first", "second")
    collection.add()
    assert list(collection.close()) == ["first", "second"]


def test_what_was_handed_out_stays_as_it_is() -> None:
    collection: Collection[str] = Collection()
    collection.add("first")
    found = collection.close()
    assert list(collection.close()) == list(found) == ["first"]


def test_the_collections_of_one_stack_are_apart_from_each_other_and_from_other_stacks() -> None:
    first, second = Contributions(), Contributions()
    first.catalog.close()
    assert list(first.secrets.close()) == []
    assert second.catalog is not first.catalog
