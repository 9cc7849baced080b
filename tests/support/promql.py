"""Which series a PromQL expression asks for: enough of its grammar to tell names from everything else, and no more.

It refuses what it does not know, so that a name cannot hide in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

FUNCTIONS: Final = frozenset(
    {"absent", "avg_over_time", "histogram_quantile", "increase", "max_over_time", "min_over_time", "predict_linear"}
    | {"rate", "time", "vector"}
)
AGGREGATIONS: Final = frozenset({"avg", "count", "max", "min", "sum", "topk"})
GROUPINGS: Final = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
OPERATORS: Final = frozenset({"and", "or", "unless", "offset", "bool"})
TOKEN: Final = re.compile(
    r"""(?P<space>\s+)
    | (?P<string>"(?:[^"\\]|\\.)*")
    | (?P<range>\[(?:\d+[smhd](?::\d+[smhd])?|\$__rate_interval|\$__range)\])
    | (?P<number>\d+(?:\.\d+)?[smhd]?)
    | (?P<word>[a-zA-Z_:][a-zA-Z0-9_:]*)
    | (?P<match>=~|!~|(?<![<>=!])=(?!=)|!=(?=\s*"))
    | (?P<sign>==|!=|<=|>=|[-+*/%^<>(),{}])""",
    re.VERBOSE,
)


@dataclass(frozen=True, kw_only=True)
class Selector:
    """A name of series, and what is asked of their labels."""

    metric: str
    matchers: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By label: how (`=`, `!=`, `=~`, `!~`), and to what."""


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def selectors(expr: str) -> list[Selector]:
    """All selectors of an expression.

    Raises:
        ValueError: it has something that is not known here.
    """
    tokens = list(_tokens(expr))
    found: list[Selector] = []
    position = 0
    while position < len(tokens):
        token, following = tokens[position], tokens[position + 1 :]
        position += 1
        if token.kind != "word":
            if token.text == "{":
                message = f"series without a name in {expr!r}"
                raise ValueError(message)
            continue
        called = bool(following) and following[0].text == "("
        grouped = bool(following) and following[0].text in GROUPINGS
        known = FUNCTIONS | AGGREGATIONS if called else AGGREGATIONS if grouped else frozenset()
        if token.text in GROUPINGS:
            position += _list(following) if called else 0
        elif token.text in OPERATORS | known:
            pass
        elif called:
            message = f"not a known function: {token.text} in {expr!r}"
            raise ValueError(message)
        else:
            matchers, length = _matchers(following, expr)
            position += length
            found.append(Selector(metric=token.text, matchers=matchers))
    return found


def _tokens(expr: str) -> Iterator[_Token]:
    position = 0
    while position < len(expr):
        match = TOKEN.match(expr, position)
        if not match:
            message = f"not understood from {expr[position : position + 20]!r} on, in {expr!r}"
            raise ValueError(message)
        position = match.end()
        if match.lastgroup != "space":
            yield _Token(str(match.lastgroup), match[0])


def _list(tokens: list[_Token]) -> int:
    """How many tokens a list of labels in round brackets has."""
    return [token.text for token in tokens].index(")") + 1


def _matchers(tokens: list[_Token], expr: str) -> tuple[dict[str, tuple[str, str]], int]:
    """The matchers in curly brackets behind a name, if there are any, and how many tokens they have."""
    if not tokens or tokens[0].text != "{":
        return {}, 0
    end = [token.text for token in tokens].index("}")
    inside = [token for token in tokens[1:end] if token.text != ","]
    if len(inside) % 3 or [token.kind for token in inside] != ["word", "match", "string"] * (len(inside) // 3):
        message = f"not understood: {' '.join(token.text for token in tokens[: end + 1])} in {expr!r}"
        raise ValueError(message)
    triples = zip(inside[::3], inside[1::3], inside[2::3], strict=True)
    return {label.text: (how.text, value.text[1:-1]) for label, how, value in triples}, end + 1
