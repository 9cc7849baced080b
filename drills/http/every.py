"""What holds for every one of several: one word if it does, and the first for which it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from drills.course import FAILURES

T = TypeVar("T")
AT_ONCE: Final = 4


def every(things: Iterable[T], look: Callable[[T], str], *, all_well: str, name: Callable[[T], str] = str) -> str:
    """`all_well` if looking at each one comes to nothing; otherwise whom something was seen of, and what.

    `look` says in a few words what is not as it should be. Without a single thing to look at, it is not well.
    """
    given = list(things)
    if not given:
        return "there was nothing to look at"

    def looked(thing: T) -> str:
        try:
            return look(thing)
        except FAILURES as error:
            return " ".join(str(error).split()) or type(error).__name__

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = [(name(thing), said) for thing, said in zip(given, pool.map(looked, given), strict=True) if said]
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return f"{found[0][0]}: {found[0][1]}{more}" if found else all_well


def unless(said: str, wanted: str) -> str:
    """Nothing if what was said is what was wanted."""
    return "" if said == wanted else said
