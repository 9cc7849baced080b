"""The sandbox's commands: `python -m sandbox up`, and what the Makefile calls."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial

from rich.console import Console

from sandbox.errors import SandboxError
from sandbox.lifecycle import Lifecycle

COMMANDS: dict[str, tuple[str, Callable[[Lifecycle], int]]] = {
    "build": ("build the tools that are missing", Lifecycle.build),
    "up": ("bring the platform up, from nothing or from where it stands", Lifecycle.up),
    "preview": ("show what `up` would change", Lifecycle.preview),
    "doctor": ("check that every reference resolves", Lifecycle.doctor),
    "policy": ("judge what the stack declares by the policy's rules", Lifecycle.policy),
    "down": ("destroy all but what is protected, and stop", Lifecycle.down),
    "clean": ("stop, and forget the sandbox with all its data", Lifecycle.clean),
    "bench": ("measure the figures that the README shows", Lifecycle.bench),
    "stop": ("stop, and keep everything for the next `up`", Lifecycle.stop),
}


def main(arguments: list[str]) -> int:
    """Run one command; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="The homelab on this machine alone.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (what, _) in COMMANDS.items():
        commands.add_parser(name, help=what)
    rotate = commands.add_parser("rotate", help="generate a client's secret anew, everywhere it is used")
    rotate.add_argument("secret", help="name of its item, for example argocd-oidc-client-secret")
    given = parser.parse_args(arguments)
    command = partial(Lifecycle.rotate, secret=given.secret) if "secret" in given else COMMANDS[given.command][1]
    console = Console(stderr=True)
    try:
        return command(Lifecycle.of_clone())
    except SandboxError as error:
        console.print(f"[red]error:[/] {error}", highlight=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        console.print("interrupted: what this command had started is stopped; `make up` goes on from here")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
