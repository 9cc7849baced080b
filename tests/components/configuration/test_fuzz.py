"""Whatever a stack file holds, it is read or refused in lines of a reasonable length; nothing ends in a traceback."""

from __future__ import annotations

import asyncio
import contextvars
import copy
import json
import random
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from components.configuration import SettingsError, load, parse
from components.settings import SECRET_KEYS

STACK_FILE = Path(__file__).parents[3] / "Pulumi.homelab.yaml"
SEEDS = range(16)
EACH = 60
LONGEST_LINE = 1500
DEEPEST = 6


def nested(depth: int, *, as_list: bool) -> Any:
    value: Any = "hunter2"
    for _ in range(depth):
        value = [value] if as_list else {"a": value}
    return value


TEXTS = [
    *("", " ", "\n", "\x00", "\ufeff", "\u200b", "\ud800", "\u202e", "a" * 1_000_000, "." * 100_000, "a." * 50_000),
    *("-" * 300, "[" * 5000, "{" * 5000, "9" * 5000, "1e999", "NaN", "null", "~", "[]", "{}", '""', "0x7f.1"),
    *("1.2.3", "1.2.3.4", "192.168.1.300", "10.0.0.0/33", "::", "::ffff:10.0.0.1", "fe80::1%eth0", "[::1]:0"),
    *("https://[", "http://[::1", "ssh://[1::2::3]:22", "b\u00fccher.org", "\u00df.org", "A.ORG", "xn--.org", "a..org"),
    *("999999999h", "9" * 200 + "E", "0.1Gi", "* * * * *", "*/0 * * * *", "\u0663 * * * *", "\u0661.2.3.4", "\uff11.2"),
]
OTHERS: list[Any] = [
    *(None, True, False, 0, -1, 10**5000, -(10**40), 1.5, 4.2, float("nan"), float("inf"), -0.0),
    *(b"bytes", {1}, object(), [], {}, [None], {"": ""}, {1: 2}, {None: None}, {"a": [{}]}, [[[]]], (), range(3)),
    *(
        nested(5000, as_list=True),
        nested(5000, as_list=False),
        {"k" * 1_000_000: 1},
        {str(key): {} for key in range(600)},
    ),
]
KEYS: list[Any] = ["a", "", " ", "\n", "\ud800", "__class__", "A.org", "x" * 5000, 1, None, True, "0", "\u00e9"]


COMMITTED = json.dumps(
    {
        key.removeprefix("homelab:"): value
        for key, value in yaml.safe_load(STACK_FILE.read_text(encoding="utf-8"))["config"].items()
        if key.startswith("homelab:")
    }
)


def settings() -> dict[str, Any]:
    values: dict[str, Any] = json.loads(COMMITTED)
    return values


def any_value(chance: random.Random, depth: int = 0) -> Any:
    kind = chance.randrange(6 if depth < 3 else 4)
    if kind < 2:
        return chance.choice(TEXTS)
    if kind == 2:
        return chance.choice(OTHERS)
    if kind == 3:
        return "".join(chance.choice("ab.-:/@[]0159 \u00e9\u200b\n") for _ in range(chance.randrange(30)))
    if kind == 4:
        return [any_value(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {chance.choice(KEYS): any_value(chance, depth + 1) for _ in range(chance.randrange(4))}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if len(path) > DEEPEST:
        return found
    for key, inner in items:
        found += places(inner, (*path, key))
    return found


def spoilt(chance: random.Random) -> dict[str, Any]:
    """The committed keys with a few of them changed, renamed, added to or taken away."""
    values = settings()
    for _ in range(chance.randrange(1, 4)):
        *parents, last = chance.choice(places(values))
        holder: Any = values
        for key in parents:
            holder = holder[key]
        match chance.randrange(4):
            case 0 if isinstance(holder, dict):
                holder[chance.choice(KEYS)] = any_value(chance)
            case 1 if isinstance(holder, dict):
                holder[chance.choice(KEYS)] = holder.pop(last)
            case _:
                holder[last] = any_value(chance)
    return values


def check_message(message: str) -> None:
    message.encode()  # the engine takes no half characters
    header, *lines = message.splitlines()
    assert "problem" in header
    assert lines
    assert all(line.startswith("homelab:") for line in lines), message
    assert max(map(len, lines)) < LONGEST_LINE


def read(values: dict[Any, Any]) -> None:
    try:
        parse(values)
    except SettingsError as refused:
        check_message(str(refused))


@pytest.mark.parametrize("seed", SEEDS)
def test_values_in_hand_are_read_or_refused(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    for _ in range(EACH):
        read(spoilt(chance))


@pytest.mark.parametrize("value", [*TEXTS, *OTHERS], ids=lambda value: f"{type(value).__name__}-{str(type(value))[:9]}")
def test_a_value_is_read_or_refused_wherever_it_stands(value: Any) -> None:
    for path in places(settings()):
        values = settings()
        holder: Any = values
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = copy.copy(value)
        read(values)


def test_a_whole_configuration_of_anything_is_refused() -> None:
    for value in OTHERS:
        read(dict.fromkeys(settings(), value))
    read(dict.fromkeys(KEYS, "x"))


def as_engine_says(value: Any) -> str:
    try:
        return value if isinstance(value, str) else json.dumps(value, default=str, skipkeys=True)
    except (RecursionError, ValueError):
        return "[" * 5000 + "]" * 5000


@pytest.mark.parametrize("seed", SEEDS)
def test_what_the_engine_hands_over_is_read_or_refused(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    for _ in range(EACH // 4):
        config = {f"homelab:{key}": as_engine_says(value) for key, value in spoilt(chance).items()}
        config |= {f"homelab:{key}": f"token-{chance.random()}" for key in SECRET_KEYS}
        config[f"homelab:{chance.choice(list(SECRET_KEYS))}"] = as_engine_says(any_value(chance))

        async def run(given: dict[str, str] = config) -> None:
            pulumi.runtime.set_all_config(given, [f"homelab:{key}" for key in SECRET_KEYS])
            try:
                load()
            except SettingsError as refused:
                check_message(str(refused))

        contextvars.copy_context().run(asyncio.run, run())
