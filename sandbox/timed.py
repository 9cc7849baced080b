"""A command of the Makefile as a step with its time: `python -m sandbox.timed "Check the types" mypy`.

What it prints is shown if it fails; where it succeeds, that and its time say enough.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from sandbox.steps import Steps
from telling import terminal


class FailedError(Exception):
    """The command ended with another code than 0."""


def main(arguments: Sequence[str]) -> int:
    """Run it; its exit code."""
    title, *command = arguments
    done = None
    try:
        with Steps(terminal.console()).step(title):
            done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode:
                raise FailedError
    except FailedError:
        sys.stdout.write(done.stdout if done else "")
    except FileNotFoundError:
        print(f"{command[0]}: not found; `make .venv/.ready` installs what is needed", file=sys.stderr)
        return 127
    except KeyboardInterrupt:
        return 130
    return done.returncode if done else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
