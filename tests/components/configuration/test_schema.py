"""The JSON Schema of the stack file is in step with the models, and the committed stack file keeps to it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.configuration import Settings
from components.configuration.schema import SCHEMA_FILE, json_schema, text
from components.settings import SECRET_KEYS

STACK_FILE = Path(__file__).parents[3] / "Pulumi.homelab.yaml"
STACK_FILES = sorted(STACK_FILE.parent.glob("Pulumi.*.yaml"))
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "array": (list,),
    "null": (type(None),),
}


def violations(value: Any, schema: dict[str, Any], *, root: dict[str, Any], path: str = "") -> list[str]:
    """Where a value breaks the part of JSON Schema that ours is written in."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    if "anyOf" in schema:
        return [] if any(not violations(value, one, root=root) for one in schema["anyOf"]) else [f"{path}: anyOf"]
    if "type" in schema and not isinstance(value, TYPES[schema["type"]]):
        return [f"{path}: type"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{path}: enum"]
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return [f"{path}: pattern"]
    inner: list[tuple[Any, Any, dict[str, Any]]] = []
    found = []
    if isinstance(value, list):
        inner = [(index, item, schema.get("items", {})) for index, item in enumerate(value)]
    if isinstance(value, dict):
        found = [f"{path}/{key}: required" for key in schema.get("required", []) if key not in value]
        inner = [(key, item, one) for key, item in value.items() for one in schemas_of(key, schema)]
        found += [f"{path}/{key}: unknown" for key in value if not schemas_of(key, schema)]
    return found + [line for key, item, one in inner for line in violations(item, one, root=root, path=f"{path}/{key}")]


def schemas_of(key: str, schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The schemas that a mapping's schema has for the value of a key; every one of ours closes its mapping."""
    named = [one for name, one in schema.get("properties", {}).items() if name == key]
    return named + [one for pattern, one in schema.get("patternProperties", {}).items() if re.search(pattern, key)]


def stack_violations(content: object) -> list[str]:
    schema = json_schema()
    return violations(content, schema, root=schema)


def stack_content() -> Any:
    return yaml.safe_load(STACK_FILE.read_text(encoding="utf-8"))


def test_the_committed_schema_is_in_step() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == text(), "run: make generated"


@pytest.mark.parametrize("file", STACK_FILES, ids=lambda file: file.name)
def test_a_stack_file_names_the_schema(file: Path) -> None:
    first, *_ = file.read_text(encoding="utf-8").splitlines()
    assert first == f"# yaml-language-server: $schema={SCHEMA_FILE.name}"
    assert SCHEMA_FILE.parent == file.parent


@pytest.mark.parametrize("file", STACK_FILES, ids=lambda file: file.name)
def test_a_committed_stack_file_keeps_to_the_schema(file: Path) -> None:
    assert stack_violations(yaml.safe_load(file.read_text(encoding="utf-8"))) == []


def test_the_schema_takes_what_the_engine_writes() -> None:
    content = stack_content() | {"encryptionsalt": "v1:salt", "secretsprovider": "passphrase"}
    content["config"] |= {f"homelab:{key}": {"secure": "v1:ciphertext"} for key in SECRET_KEYS}
    content["config"]["kubernetes:burst"] = 200
    assert stack_violations(content) == []


def test_the_schema_refuses_what_the_program_refuses() -> None:
    content = stack_content() | {"configs": {}}
    config = content["config"]
    config["homelab:hostss"] = {}
    config["homelab:authentikToken"] = "in plain text"
    config["homelab:zones"]["Suzutan.jp"] = {"id": "0" * 32}
    config["homelab:cluster"]["nfs"] = {"serber": "192.168.1.10", "export": "export"}
    config["homelab:cluster"]["nodeAddresses"] = ["node-1"]
    config["homelab:acme"]["issuer"] = "prod"
    config["homelab:apps"]["navidrome"]["enabled"] = "yes"
    config["homelab:registryMirror"] = "https://mirror.lan"
    assert sorted(stack_violations(content)) == [
        "/config/homelab:acme/issuer: enum",
        "/config/homelab:apps/navidrome/enabled: type",
        "/config/homelab:authentikToken: type",
        "/config/homelab:cluster/nfs/export: pattern",
        "/config/homelab:cluster/nfs/serber: unknown",
        "/config/homelab:cluster/nfs/server: required",
        "/config/homelab:cluster/nodeAddresses/0: pattern",
        "/config/homelab:hostss: unknown",
        "/config/homelab:registryMirror: anyOf",
        "/config/homelab:zones/Suzutan.jp: unknown",
        "/configs: unknown",
    ]


def test_every_key_is_described_every_mapping_closed_and_every_pattern_compiles() -> None:
    schema = json_schema()
    keys = schema["properties"]["config"]["properties"]
    assert set(keys) == {f"homelab:{info.alias}" for info in Settings.model_fields.values()} | {
        f"homelab:{key}" for key in SECRET_KEYS
    }
    described = dict(keys)
    for name, definition in schema["$defs"].items():
        described[name] = definition
        if name != "Secret":
            described |= {f"{name}.{key}": value for key, value in definition["properties"].items()}
    assert [name for name, value in described.items() if not value.get("description", "").endswith(".")] == []
    assert text().count('"type": "object"') == text().count('"additionalProperties": false')
    for pattern in re.findall(r'"pattern": ("(?:[^"\\]|\\.)*")', text()):
        re.compile(json.loads(pattern))


def test_an_editor_is_offered_no_blank_default() -> None:
    def defaults(value: Any) -> list[Any]:
        if isinstance(value, list):
            return [found for item in value for found in defaults(item)]
        if not isinstance(value, dict):
            return []
        own = [value["default"]] if "default" in value else []
        return own + [found for item in value.values() for found in defaults(item)]

    found = defaults(json_schema())
    assert found
    assert "" not in found
    assert None not in found
