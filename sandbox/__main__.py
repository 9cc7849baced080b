"""The sandbox's commands: `python -m sandbox up`, and what the Makefile calls."""

from __future__ import annotations

import argparse
import errno
import signal
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from sandbox import interrupts, kube
from sandbox.errors import SandboxError
from sandbox.lifecycle import Lifecycle
from sandbox.paths import CACHE_ENV, ENV
from telling import terminal

COMMANDS: dict[str, tuple[str, Callable[[Lifecycle], int]]] = {
    "build": ("build the tools that are missing", Lifecycle.build),
    "up": ("bring the platform up, from nothing or from where it stands", Lifecycle.up),
    "preview": ("show what `up` would change", Lifecycle.preview),
    "doctor": ("check that every reference resolves", Lifecycle.doctor),
    "policy": ("judge what the stack declares by the policy's rules", Lifecycle.policy),
    "down": ("destroy all but what is protected, and stop", Lifecycle.down),
    "clean": ("stop, and forget the sandbox with all its data", Lifecycle.clean),
    "stop": ("stop, and keep everything for the next `up`", Lifecycle.stop),
}


CHECK_FOLDERS: Final = (
    f"see that it can be read and written; {ENV} names another folder for the sandbox, {CACHE_ENV} another one for "
    "what is built"
)
ADVICE: Final[Mapping[int, str]] = {
    errno.ENOSPC: "make room on that disk; what was written before is whole",
    errno.EDQUOT: "make room below your quota; what was written before is whole",
    errno.E2BIG: "the stack file is too long to be handed to the engine: shorten it",
    errno.EMFILE: "raise the number of files that may be open (`ulimit -n`)",
    errno.ENOMEM: "there is too little memory: end something else",
}
"""What helps against an error of the system, where it is not the folder's affair."""

ERRORS: Final = (SandboxError, OSError, kube.ApiError, kube.NoSuchKindError, kube.NotReachableError)
"""What may go wrong without a mistake in this program: anything else deserves its traceback."""


def main(arguments: list[str]) -> int:
    """Run one command; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="The homelab on this machine alone.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (what, _) in COMMANDS.items():
        commands.add_parser(name, help=what)
    rotate = commands.add_parser("rotate", help="generate a client's secret anew, everywhere it is used")
    rotate.add_argument("secret", help="name of its item, for example argocd-oidc-client-secret")
    bench = commands.add_parser("bench", help="measure the figures that the README shows")
    bench.add_argument("--quick", action="store_true", help="a few runs of each, and no thousand applications")
    recover = commands.add_parser("recover", help="bring back what an interrupted update left")
    recover.add_argument("--adopt", action="store_true", help="take over what is there without a note, too")
    recover.add_argument("--force", action="store_true", help="take away locks of other machines")
    docs = commands.add_parser("docs", help="write the pages of docs/platform and docs/data-flow.md")
    docs.add_argument("--check", action="store_true", help="write nothing, and say which pages differ")
    command = _command(parser.parse_args(arguments))
    console = terminal.console(stderr=True)
    interrupts.answer(signal.default_int_handler)
    try:
        return command(Lifecycle.of_clone())
    except KeyboardInterrupt:
        console.print("interrupted: what this command had started is stopped; `make up` goes on from here")
        return 130
    except ERRORS as error:
        told = told_by(error)
    terminal.complain(told, more=told.then)
    return 1


def _command(given: argparse.Namespace) -> Callable[[Lifecycle], int]:
    """What was asked for, with its arguments."""
    if given.command == "rotate":
        return partial(Lifecycle.rotate, secret=given.secret)
    if given.command == "bench":
        return partial(Lifecycle.bench, quick=given.quick)
    if given.command == "recover":
        return partial(Lifecycle.recover, adopt=given.adopt, force=given.force)
    if given.command == "docs":
        return partial(Lifecycle.docs, check=given.check)
    return COMMANDS[given.command][1]


def told_by(error: Exception) -> SandboxError:
    """What the user is told of an error: one line, and what to do."""
    if isinstance(error, SandboxError):
        return error
    if isinstance(error, OSError):
        what = error.strerror or type(error).__name__
        where = f"{error.filename}: " if error.filename else ""
        return SandboxError(f"{where}{what}: {ADVICE.get(error.errno or 0, CHECK_FOLDERS)}")
    line = " ".join(str(error).split())
    return SandboxError(f"the sandbox's API server: {line}: `make stop` and `make up` start it anew")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
