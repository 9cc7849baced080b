"""The real cloudflared as a judge of rules: whether it takes them, and which of them takes a request."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from drills.errors import DrillError

Rule = Mapping[str, Any]
"""As the account has it, by the property names of the provider."""

SECONDS: Final = 20.0
NAMES: Final[Mapping[str, str]] = {"noTlsVerify": "noTLSVerify", "audTags": "audTag"}
"""Where cloudflared's own name is another than the provider's."""
DURATIONS: Final = ("connectTimeout", "tlsTimeout", "tcpKeepAlive", "keepAliveTimeout")
"""Seconds at the provider, durations of Go's in a file."""


@dataclass(frozen=True, kw_only=True)
class Cloudflared:
    """The program, and a folder for its configuration files."""

    program: Path
    folder: Path

    def problem(self, rules: Sequence[Rule]) -> str:
        """What it finds wrong with rules, an unknown key included; empty if nothing is."""
        code, said = self._run(rules, "validate")
        if code == 0 and said.endswith("OK"):
            return ""
        return said.splitlines()[-1] if said else f"it ended with {code}"

    def rule_for(self, rules: Sequence[Rule], host: str, path: str) -> int:
        """The place of the rule that takes a request.

        Raises:
            DrillError: it names none; with what it says.
        """
        code, said = self._run(rules, "rule", f"https://{host}{path}")
        found = re.search(r"^Matched rule #(\d+)$", said, re.MULTILINE)
        if code != 0 or found is None:
            message = f"cloudflared tunnel ingress rule https://{host}{path}: {said[-300:]}"
            raise DrillError(message)
        return int(found[1])

    def _run(self, rules: Sequence[Rule], *words: str) -> tuple[int, str]:
        file = self.folder / "config.yml"
        # JSON is YAML.
        file.write_text(json.dumps({"tunnel": "drill", "ingress": [written(rule) for rule in rules]}))
        command = [str(self.program), "tunnel", "--config", str(file), "ingress", *words]
        # It would look for its own configuration below the home of whoever runs it.
        environment = {"HOME": str(self.folder), "NO_AUTOUPDATE": "true"}
        done = subprocess.run(
            command, env=environment, check=False, capture_output=True, text=True, timeout=SECONDS, cwd=self.folder
        )
        return done.returncode, f"{done.stdout}\n{done.stderr}".strip()


def written(rule: Rule) -> dict[str, Any]:
    """A rule as a configuration file has it."""
    return {key: _origin(value) if key == "originRequest" else value for key, value in rule.items()}


def _origin(given: Rule) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in given.items():
        held = f"{value}s" if key in DURATIONS else _origin(value) if isinstance(value, Mapping) else value
        found[NAMES.get(key, key)] = held
    return found
