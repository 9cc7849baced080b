"""A key with nothing after it is as good as none: its default holds, or it is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel


def is_blank(value: object) -> bool:
    """Whether a stack file has nothing for a value: no text, or white space."""
    return value is None or (isinstance(value, str) and not value.strip())


def without_blanks(values: Mapping[Any, Any], model: type[BaseModel]) -> dict[str, Any]:
    """The values that a model is made of, without its blank keys; keys are texts, as they are in a stack file.

    A blank mapping becomes an empty one, so that what is missing in it is named. What is blank in a list, or is no
    default's place, is left to be refused. It goes as deep as the model does, whatever the values hold.
    """
    fields = {info.alias: info for info in model.model_fields.values()}
    kept: dict[str, Any] = {}
    for key, value in ((_text(key), value) for key, value in values.items()):
        info = fields.get(key)
        if info is None:
            kept[key] = value
        elif not is_blank(value):
            kept[key] = _inner(value, info.annotation)
        elif info.is_required():
            kept[key] = {} if _is_model(info.annotation) else value
    return kept


def _inner(value: Any, annotation: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    if _is_model(annotation):
        return without_blanks(value, annotation)
    if get_origin(annotation) is dict:
        each = get_args(annotation)[-1]
        named = {_text(key): item for key, item in value.items()}
        return {key: _inner({} if is_blank(item) and _is_model(each) else item, each) for key, item in named.items()}
    return value


def _text(key: object) -> str:
    """A key as text that can be written down: JSON may have half a character in it."""
    return str(key).encode(errors="backslashreplace").decode()


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
