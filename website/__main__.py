"""The commands behind the Makefile's targets: `python -m website build`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from typing import Final

from rich.console import Console

from sandbox.errors import SandboxError
from sandbox.steps import Steps
from telling import terminal
from website import pictures
from website.build import build
from website.errors import WebsiteError


def _build(console: Console) -> None:
    first = build(Steps(console))
    console.print(f"The site is in {first.parent}: open {first.as_uri()}", highlight=False, soft_wrap=True)


COMMANDS: Final[Mapping[str, tuple[str, Callable[[Console], None]]]] = {
    "build": ("build the site of the documents", _build),
    "pictures": ("photograph the site for the README", pictures.of_the_site),
    "record": ("record the first command that the README names", pictures.of_the_terminal),
}


def main(arguments: list[str]) -> int:
    """Run one command; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m website", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (what, _) in COMMANDS.items():
        commands.add_parser(name, help=what)
    try:
        COMMANDS[parser.parse_args(arguments).command][1](terminal.console())
    except (WebsiteError, SandboxError) as error:
        terminal.complain(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
