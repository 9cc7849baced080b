"""The JSON Schema of a stack file, by which editors complete and check it while it is written.

`python -m components.configuration.schema` writes it to where the first line of `Pulumi.homelab.yaml` says it is.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from components.configuration.problems import NAMESPACE
from components.configuration.tree import settings_model
from components.settings.secrets import SECRET_KEYS

SCHEMA_FILE = Path(__file__).resolve().parents[2] / "Pulumi.homelab.schema.json"
"""Where the schema is kept, beside the stack files."""


class _Generator(GenerateJsonSchema):
    """Leaves out titles that repeat the keys and blank defaults, and refuses a mapping's keys of the wrong kind.

    An editor offers a default to be written down; a blank one would be a key with nothing after it.
    """

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - the base class passes it
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        described = super().default_schema(schema)
        if described.get("default", ...) in ("", None):
            del described["default"]
        return described

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        mapping = super().dict_schema(schema)
        del mapping["propertyNames"]  # the pattern has become one of patternProperties
        return {**mapping, "additionalProperties": False}


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a whole stack file; other namespaces' keys and the engine's own entries are left alone."""
    own = _described(settings_model())
    definitions, keys, required = own["$defs"], own["properties"], own["required"]
    definitions["Secret"] = {
        "type": "object",
        "description": "An encrypted value, which `pulumi config set --secret` writes.",
        "properties": {"secure": {"type": "string"}},
        "required": ["secure"],
        "additionalProperties": False,
    }
    keys |= {
        key: {"$ref": "#/$defs/Secret", "description": f"{what[0].upper()}{what[1:]}."}
        for key, what in SECRET_KEYS.items()
    }
    config = {
        "type": "object",
        "description": own["description"],
        "properties": {f"{NAMESPACE}:{key}": schema for key, schema in keys.items()},
        "patternProperties": {f"^(?!{NAMESPACE}:)": {}},
        "required": [f"{NAMESPACE}:{key}" for key in required],
        "additionalProperties": False,
    }
    engine = {
        "secretsprovider": "What encrypts the secrets.",
        "encryptedkey": "The key that they are encrypted with, itself encrypted by the secrets provider.",
        "encryptionsalt": "Salt and check value of the passphrase.",
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Stack file of the homelab",
        "type": "object",
        "properties": {
            **{key: {"type": "string", "description": what} for key, what in engine.items()},
            "environment": {"description": "Pulumi ESC environments that the stack imports."},
            "config": config,
        },
        "required": ["config"],
        "additionalProperties": False,
        "$defs": definitions,
    }


def _described(model: type[BaseModel]) -> dict[str, Any]:
    """A model's schema with the fields' docstrings, read here from the source so that the program need not do it."""
    schema = model.model_json_schema(schema_generator=_Generator)
    for each in (model, *_models_in(model)):
        definition = schema if each is model else schema["$defs"][each.__name__]
        documents = _field_docstrings(each)
        for key, field in each.model_fields.items():
            described = documents.get(key) or (inspect.getdoc(field.annotation) or "").partition("\n")[0]
            definition["properties"][field.alias]["description"] = described
    return schema


def _models_in(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Every model that a model's fields hold, at any depth."""
    for field in model.model_fields.values():
        for candidate in (field.annotation, *get_args(field.annotation)):
            if isinstance(candidate, type) and issubclass(candidate, BaseModel):
                yield candidate
                yield from _models_in(candidate)


def _field_docstrings(model: type[BaseModel]) -> dict[str, str]:
    """The string that follows each field of a model, its base classes' included; models made at run time have none."""
    found: dict[str, str] = {}
    for owner in reversed(model.__mro__):
        if owner is BaseModel or not issubclass(owner, BaseModel):
            continue
        try:
            source = inspect.getsource(owner)
        except (OSError, TypeError):
            continue
        (statement,) = ast.parse(textwrap.dedent(source)).body
        body = statement.body if isinstance(statement, ast.ClassDef) else []
        for field, text in itertools.pairwise(body):
            match field, text:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(document))):
                    found[name] = inspect.cleandoc(document)
    return found


def text() -> str:
    """What the schema's file holds."""
    return json.dumps(json_schema(), indent=2) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(text(), encoding="utf-8")
