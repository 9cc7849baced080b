"""The wiring check of any cluster: `pulumi stack export | python -m sandbox.doctor`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from sandbox.doctor import run, show
from sandbox.errors import SandboxError

UNREADABLE = 2
"""Exit code if there is nothing to judge: 1 says that references are broken."""


def main(arguments: list[str]) -> int:
    """Check, print, and say by the exit code whether all is well."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.doctor", description="Check that every reference resolves."
    )
    parser.add_argument("--kubeconfig", type=Path, help="default: $KUBECONFIG, or ~/.kube/config")
    parser.add_argument("--context", help="default: the current one")
    parser.add_argument("--export", type=Path, help="file with `pulumi stack export`; default: standard input")
    parser.add_argument("--json", action="store_true", help="for machines")
    options = parser.parse_args(arguments)
    try:
        report = run(options.kubeconfig or _kubeconfig(), options.context, _export(options.export))
    except SandboxError as error:
        Console(stderr=True).print(f"[red]error:[/] {error}", highlight=False, soft_wrap=True)
        return UNREADABLE
    if options.json:
        sys.stdout.write(json.dumps(report.data(), indent=2) + "\n")
    else:
        show(report, Console())
    return 0 if report.healthy else 1


def _kubeconfig() -> Path:
    first = os.environ.get("KUBECONFIG", "").split(os.pathsep)[0]
    return Path(first) if first else Path.home() / ".kube" / "config"


def _export(file: Path | None) -> Mapping[str, Any]:
    where = str(file) if file else "standard input"
    try:
        read = json.loads(file.read_text() if file else sys.stdin.read())
    except (OSError, ValueError) as error:
        message = f"{where}: expected the answer of `pulumi stack export`: {error}"
        raise SandboxError(message) from error
    if not isinstance(read, dict) or "deployment" not in read:
        message = f"{where}: expected the answer of `pulumi stack export`, an object with the key deployment"
        raise SandboxError(message)
    return read


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
