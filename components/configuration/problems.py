"""Turns what pydantic finds into lines for the person who writes the stack file."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import pulumi
from annotated_types import Ge, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from components.settings.secrets import SECRET_KEYS
from components.settings.text import LONGEST_SHOWN, Expected

NAMESPACE = "homelab"
"""Namespace of the program's keys in the stack file."""

Path = tuple[str | int, ...]
"""Where a value is: keys as the stack file spells them, and indexes of lists."""

_LONGEST_KEY = 64
"""Characters of a key that does not exist and is compared with those that do."""


class SettingsError(pulumi.RunError):
    """The stack configuration cannot be used; the engine prints the message, a line a problem, without a traceback."""

    def __init__(self, problems: Sequence[str], *, source: str) -> None:
        """Puts a header that names `source`, the file at fault, above the problems."""
        self.problems = tuple(problems)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__("\n".join((f"{source}: {count}", *self.problems)))


def line(path: Path, message: str) -> str:
    """One problem, by the key that has it."""
    return f"{_spelled(path)}: {message}"


def shown(value: object, *, hidden: bool = False) -> str:
    """How a message shows a value that was refused: short, on one line, without credentials."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, str):
        if hidden or len(value) > LONGEST_SHOWN:
            return f"a text of {len(value)} characters"
        # somebody's password in front of a host, with or without a scheme
        return repr(re.sub(r"(?<=//)[^/\s]+@|^[^/@\s]+:[^/\s]+@", "***@", value))
    if isinstance(value, dict | list | tuple):
        kind = "mapping" if isinstance(value, dict) else "list"
        return f"a {kind}" if value else f"an empty {kind}"
    # Python refuses to write a number of thousands of digits.
    if isinstance(value, int | float) and not 10**LONGEST_SHOWN < abs(value) < float("inf"):
        return json.dumps(value)
    return "a very large number" if isinstance(value, int | float) else f"a {type(value).__name__}"


def unknown(path: Path, known: Iterable[str]) -> str:
    """The line about a key that does not exist, with the one that may have been meant."""
    names = {name.lower(): name for name in sorted(known)}
    given = str(path[-1])[:_LONGEST_KEY].replace("_", "").replace("-", "").lower()
    close = difflib.get_close_matches(given, names, n=1)
    guess = f" (did you mean {names[close[0]]}?)" if close else ""
    return line(path, f"unknown key; known here: {', '.join(names.values())}{guess}")


def place(error: ErrorDetails) -> Path:
    """Where an error of pydantic is in the stack file."""
    path = error["loc"]
    return path[:-1] if path[-1] == "[key]" else path


def explain(error: ErrorDetails, model: type[BaseModel]) -> Iterator[str]:
    """The lines about one error of pydantic: one, or one for each value that a missing mapping should have had.

    `model` is the tree that the values were validated by.
    """
    path = place(error)
    if error["type"] == "extra_forbidden":
        yield unknown(path, _keys_at(path[:-1], model))
    elif error["type"] == "missing":
        yield from _missing(path, model)
    else:
        context = error.get("ctx", {})
        detail = f" ({context['detail']})" if context.get("detail") else ""
        if error["type"] == "too_long":
            detail = f" ({context['actual_length']} of them)"
        expected = context["expected"] if error["type"] == "text" else _expected(*_field(path, model))
        got = shown(error["input"], hidden=context.get("hidden", False))
        yield line(path, f"expected {expected}, got {got}{detail}")


def _spelled(path: Path) -> str:
    """A path as `pulumi config set --path` takes it."""
    first, *rest = (_key(step) for step in path)
    steps = (
        f"[{json.dumps(step)}]" if isinstance(step, int) or not re.fullmatch(r"\w+", step, re.ASCII) else f".{step}"
        for step in rest
    )
    plain = isinstance(first, str) and re.fullmatch(r"[\w-]+", first, re.ASCII)
    return f"{NAMESPACE}:{first if plain else json.dumps(first)}{''.join(steps)}"


def _key(step: str | int) -> str | int:
    """A key as a message repeats it: a long one that is no host may be a token, pasted in the wrong place."""
    if isinstance(step, int) or len(step) <= LONGEST_SHOWN:
        return step
    is_host = len(step) <= 253 and re.fullmatch(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+", step)
    return step if is_host else f"<a key of {len(step)} characters>"


def _missing(path: Path, model: type[BaseModel]) -> Iterator[str]:
    annotation, metadata = _field(path, model)
    if _is_model(annotation):
        for info in _required(annotation):
            yield from _missing((*path, info.alias or ""), model)
        return
    key = _spelled(path)
    if get_origin(annotation) is dict:
        key = _spelled((*path, "<domain>", *(info.alias or "" for info in _required(get_args(annotation)[-1]))))
    elif get_origin(annotation) is tuple:
        key = _spelled((*path, 0))
    shell_word = key if re.fullmatch(r"[\w:.]+", key) else f"'{key}'"
    command = f"pulumi config set --path {shell_word} <value>"
    yield line(path, f"missing; expected {_expected(annotation, metadata)}; set it with: {command}")


def _expected(annotation: Any, metadata: Sequence[object]) -> str:
    """What a field should be, in words."""
    for mark in metadata:
        if isinstance(mark, Expected):
            return mark.expected
    if get_origin(annotation) is Literal:
        return " or ".join(get_args(annotation))
    if _is_model(annotation):
        return f"a mapping with the keys {', '.join(sorted(_aliases(annotation)))}"
    if annotation is bool:
        return "true or false"
    if annotation is not int:
        return _by_kind(annotation)
    bounds = [
        f"from {mark.ge}" if isinstance(mark, Ge) else f"to {mark.le}" for mark in metadata if isinstance(mark, Ge | Le)
    ]
    return " ".join(("a whole number", *bounds))


def _by_kind(annotation: Any) -> str:
    """What a mapping or a list is made of, where its field says nothing better."""
    for mark in (mark for part in get_args(annotation) for mark in getattr(part, "__metadata__", ())):
        if isinstance(mark, Expected):
            return f"{'a mapping by' if get_origin(annotation) is dict else 'a list, each of them'} {mark.expected}"
    return "a mapping" if get_origin(annotation) is dict else "a list"


def _keys_at(path: Path, model: type[BaseModel]) -> set[str]:
    """The keys that the stack file may have at a path."""
    return _aliases(_field(path, model)[0]) | (set() if path else set(SECRET_KEYS))


def _field(path: Path, model: type[BaseModel]) -> tuple[Any, Sequence[object]]:
    """Annotation and metadata of the field that a path leads to."""
    annotation: Any = model
    metadata: Sequence[object] = ()
    for step in path:
        if _is_model(annotation):
            info = next(info for info in annotation.model_fields.values() if info.alias == step)
            annotation, metadata = _bare(info.annotation), info.metadata
        else:  # an entry of a mapping or of a list
            annotation, metadata = _each(annotation)
    return annotation, metadata


def _each(annotation: Any) -> tuple[Any, Sequence[object]]:
    """Annotation and metadata of what a mapping or a list is made of."""
    inner = [part for part in get_args(annotation) if part is not ...][-1]
    metadata = getattr(inner, "__metadata__", ())
    return (inner.__origin__ if metadata else inner), metadata


def _bare(annotation: Any) -> Any:
    """The model of a section that may be left out."""
    models = [part for part in get_args(annotation) if _is_model(part)]
    return models[0] if NoneType in get_args(annotation) and models else annotation


def _required(model: type[BaseModel]) -> list[FieldInfo]:
    return [info for info in model.model_fields.values() if info.is_required()]


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _aliases(model: type[BaseModel]) -> set[str]:
    return {info.alias or "" for info in model.model_fields.values()}
