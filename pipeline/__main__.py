"""The commands behind the Makefile's targets: `python -m pipeline renovate`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from typing import Final

from pipeline import renovate, tasks, workflows
from pipeline.errors import PipelineError
from sandbox.errors import SandboxError
from telling import terminal
from telling.errors import UnreadableError

WIDTH: Final = 160
"""Columns of the table of pins where nobody looks at it through a window."""


def _renovate() -> int:
    return 0 if renovate.check(terminal.console(width=WIDTH)) else 1


COMMANDS: Final[Mapping[str, tuple[str, Callable[[], int]]]] = {
    "renovate": ("let Renovate look, and hold what it finds against the pins", _renovate),
    "workflows": ("check the workflows by actionlint and zizmor", workflows.check),
    "preview-comment": ("preview the real stack, as a comment on the pull request", tasks.preview_comment),
    "drift-issue": ("look for drift of the real stack, as an issue", tasks.drift_issue),
    "deploy": ("update the real stack", tasks.deploy),
}


def main(arguments: list[str]) -> int:
    """Run one command; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m pipeline", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (what, _) in COMMANDS.items():
        commands.add_parser(name, help=what)
    try:
        return COMMANDS[parser.parse_args(arguments).command][1]()
    except (PipelineError, SandboxError, UnreadableError) as error:
        terminal.complain(error)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
