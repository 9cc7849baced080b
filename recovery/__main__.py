"""`python -m recovery`, and `make recover`: in the folder of the program, with the shell's pulumi."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from recovery import accounts
from recovery.engine import Command
from recovery.errors import RecoveryError
from recovery.way import recover
from telling import terminal


def main(arguments: list[str]) -> int:
    """Bring an interrupted update back; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m recovery", description="Bring an interrupted update back.")
    parser.add_argument("--adopt", action="store_true", help="take over what is there without a note, too")
    parser.add_argument("--force", action="store_true", help="take away locks of other machines")
    given = parser.parse_args(arguments)
    console = terminal.console()
    try:
        command = Command(folder=Path.cwd())
        folders = list(command.folders())
        report = recover(command, accounts.of_state, folders=folders, adopt=given.adopt, force=given.force)
    except RecoveryError as error:
        return _failed(str(error))
    report.show(console)
    if report.trouble:
        return _failed(report.trouble)
    console.print("Next: `pulumi up`.", highlight=False)
    return 0


def _failed(why: str) -> int:
    terminal.complain(why)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
