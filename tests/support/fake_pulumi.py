"""A pulumi that only knows stack files: enough of it to show who reads and writes them, and with what arguments."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

SCRIPT: Final = """
import json, sys, yaml
from pathlib import Path

arguments = sys.argv[1:]
with (Path(__file__).parent / "calls").open("a") as log:
    log.write(json.dumps(arguments) + "\\n")

def option(name):
    found = [arguments[i + 1] for i, word in enumerate(arguments) if word == name]
    return found[-1] if found else None

def refuse(why):
    print(f"error: {why}", file=sys.stderr)
    sys.exit(255)

def read(file):
    try:
        content = yaml.safe_load(file.read_bytes()) if file.exists() else {}
    except yaml.MarkedYAMLError as error:
        refuse(f"invalid YAML file: yaml: unmarshal errors:\\n  line {error.problem_mark.line + 1}: {error.problem}")
    return content or {}

if arguments[:2] == ["stack", "init"]:
    file = Path(option("--cwd")) / "Pulumi.homelab.yaml"
    file.write_text("encryptionsalt: v1:ours\\n")
elif arguments[0] == "config" and "set-all" in arguments:
    file = Path(option("--config-file"))
    content = read(file)
    for key, entry in json.loads(option("--json")).items():
        hidden = {"secure": "v1:" + str(hash(entry["value"]))}
        plain = json.loads(entry["value"]) if "objectValue" in entry else entry["value"]
        value = hidden if entry.get("secret") else plain
        content.setdefault("config", {})[key] = value
    file.write_text(yaml.safe_dump(content))
elif arguments[0] == "config" and "rm-all" in arguments:
    file = Path(option("--config-file"))
    content = read(file)
    for key in arguments[arguments.index("rm-all") + 1:]:
        content["config"].pop(key, None)
    file.write_text(yaml.safe_dump(content))
elif arguments[0] == "config":
    found = {}
    for key, value in (read(Path(option("--config-file"))).get("config") or {}).items():
        if isinstance(value, dict) and set(value) == {"secure"}:
            found[key] = {"secret": True}
        elif isinstance(value, (dict, list)):
            found[key] = {"value": json.dumps(value), "objectValue": value, "secret": False}
        else:
            found[key] = {"value": str(value), "secret": False}
    print(json.dumps(found))
else:
    print(*arguments)
"""


def write(path: Path) -> Path:
    """Put it where an engine's executable is expected."""
    path.write_text(f"#!{sys.executable}\n{SCRIPT}")
    path.chmod(0o755)
    return path
