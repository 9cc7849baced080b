"""The JSON Schema of a stack file, by which editors complete and check it while it is written.

`python -m components.settings.schema` writes it to where the first line of `Pulumi.homelab.yaml` says it is.
"""

from __future__ import annotations

import ast
import inspect
import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from components.settings import models
from components.settings.problems import NAMESPACE
from components.settings.secrets import SECRET_KEYS

SCHEMA_FILE = Path(__file__).resolve().parents[2] / "Pulumi.homelab.schema.json"
"""Where the schema is kept, beside the stack files."""


class _Generator(GenerateJsonSchema):
    """Leaves out titles that repeat the keys, and refuses a mapping's keys that are of the wrong kind."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - the base class passes it
        return False

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        mapping = super().dict_schema(schema)
        del mapping["propertyNames"]  # the pattern has become one of patternProperties
        return {**mapping, "additionalProperties": False}


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a whole stack file; other namespaces' keys and the engine's own entries are left alone."""
    own = _described(models.Settings.model_json_schema(schema_generator=_Generator))
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


def _described(schema: dict[str, Any]) -> dict[str, Any]:
    """Adds the fields' docstrings, read here from the source so that the program itself need not at every start."""
    documents = _field_docstrings()
    for name, definition in [*schema["$defs"].items(), ("Settings", schema)]:
        for key, field in getattr(models, name).model_fields.items():
            definition["properties"][field.alias]["description"] = documents[name, key]
    return schema


def _field_docstrings() -> dict[tuple[str, str], str]:
    """The string that follows each field of each model, by model and field."""
    found = {}
    for statement in ast.parse(inspect.getsource(models)).body:
        if isinstance(statement, ast.ClassDef):
            for field, text in zip(statement.body, statement.body[1:], strict=False):
                match field, text:
                    case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(document))):
                        found[statement.name, name] = inspect.cleandoc(document)
    return found


def text() -> str:
    """What the schema's file holds."""
    return json.dumps(json_schema(), indent=2) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(text(), encoding="utf-8")
