"""The commands behind the Makefile's targets: `python -m pipeline renovate`."""

from __future__ import annotations

import sys

from rich.console import Console

from pipeline import renovate
from pipeline.errors import PipelineError
from sandbox.errors import SandboxError


def main(arguments: list[str]) -> int:
    if arguments == ["renovate"]:
        try: return 0 if renovate.check(Console(width=150)) else 1
        except (PipelineError, SandboxError) as error: print(error); return 1
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
