"""What went wrong, among all that pulumi printed: each error in one line that names the resource it is about."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from telling.model import STACK_TYPE

HEADING: Final = re.compile(r"  (?P<type>[\w.-]+:[\w./-]*:[\w-]+) \(.+\):")
"""What pulumi prints above what it has to say of a resource."""


def reason(stdout: str, stderr: str) -> str:
    """The errors among what pulumi printed, in one line; its last line if there is none."""
    try:
        diagnostics = json.loads(stdout).get("diagnostics", [])
    except ValueError:
        text = f"{stdout}\n{stderr}"
        return "; ".join(dict.fromkeys(errors(text))) or text.strip().rpartition("\n")[2].strip()
    found = (item for item in diagnostics if item.get("severity") == "error")
    return "; ".join(f"{_of(item.get('urn', ''))}{item['message'].strip()}" for item in found)


def _of(urn: str) -> str:
    """Which resource an error is about, as pulumi heads it; nothing for one of the program's own."""
    kind, _, name = urn.partition("::")[2].partition("::")[2].rpartition("$")[2].partition("::")
    return f"{kind} ({name}): " if name and kind != STACK_TYPE else ""


def errors(text: str) -> Iterator[str]:
    """Every error, each on one line behind the resource that it is about, if it is about one.

    What stands below its first line, indented as far or farther, belongs to it.
    """
    error, depth, subject = "", 0, ""
    for line in [*text.splitlines(), ""]:
        words = line.strip()
        indent = len(line) - len(line.lstrip())
        begins = words.startswith("error:")
        if error and (begins or not words or not indent or indent < depth):
            yield error
            error = ""
        if heading := HEADING.fullmatch(line):
            subject = "" if heading["type"] == STACK_TYPE else f"{words} "
        elif begins:
            error, depth = f"{subject if indent else ''}{words}", indent
        elif error:
            error += f" {words}"
