"""The checks that sections make of themselves: values that are each good and still do not go together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel

from components.configuration.problems import Path, line
from components.settings.base import Checked


def sections_that_fit(values: Mapping[str, Any], broken: set[Path], model: type[BaseModel]) -> Iterator[str]:
    """The lines about what cannot be had together; of a section with a broken value nothing more is said.

    `values` are those that are good by themselves, `model` is their tree. A section that is not given is as it is by
    default, and fits.
    """
    for path, section in _given((), values, broken, model):
        for inner, message in section.problems():
            yield line((*path, *inner), message)


def _given(path: Path, values: Any, broken: set[Path], model: type[BaseModel]) -> Iterator[tuple[Path, Checked]]:
    """Every section below a path that can be asked, by its own path."""
    if not isinstance(values, Mapping):
        return
    if issubclass(model, Checked) and not _broken(path, broken):
        yield path, model.model_validate(values)
    for info in model.model_fields.values():
        alias, inner = info.alias or "", _section(info.annotation)
        if inner and alias in values:
            yield from _given((*path, alias), values[alias], broken, inner)


def _section(annotation: Any) -> type[BaseModel] | None:
    """The model of a field that is a section, which may be one that can be left out."""
    models = (part for part in (annotation, *get_args(annotation)) if isinstance(part, type))
    return next((part for part in models if issubclass(part, BaseModel)), None)


def _broken(path: Path, broken: set[Path]) -> bool:
    return any(other[: len(path)] == path or path[: len(other)] == other for other in broken)
