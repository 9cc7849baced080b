"""Helm as the repo-server runs it: the real one, and in what it prints the rest of what the sandbox's charts only name.

CRDs get their definitions, and what would call a pod before anything is accepted is left out, as in the sandbox.
Everything else goes through as it is.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import yaml

from sandbox.paths import REPOSITORY, Sandbox
from sandbox.rendering import crds, kinds

PROGRAM: Final = "HOMELAB_DRILL_HELM"
"""Environment variable that names the real Helm."""
SEPARATOR: Final = re.compile(r"^---\s*$", re.MULTILINE)
KIND: Final = re.compile(r"^kind:\s*[\"']?(\w+)", re.MULTILINE)


def install(folder: Path, helm: Path) -> dict[str, str]:
    """Put it into a folder; the environment that it needs there."""
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "helm"
    script.write_text(
        f"""#!/bin/sh
[ "$1" = template ] || exec "${PROGRAM}" "$@"
PYTHONPATH="{REPOSITORY}" exec "{sys.executable}" -m {__name__} "$@"
"""
    )
    script.chmod(0o755)
    return {PROGRAM: str(helm)}


def completed(printed: str, definitions: crds.Definitions) -> str:
    """What Helm has rendered, as a cluster without containers can take it."""
    return "".join(f"---\n{document.strip()}\n" for document in _completed(printed, definitions))


def _completed(printed: str, definitions: crds.Definitions) -> Iterator[str]:
    for document in SEPARATOR.split(printed):
        found = KIND.search(document)
        kind = found[1] if found else ""
        if kind in kinds.NOT_WITHOUT_CONTAINERS or not document.strip():
            continue
        if kind == crds.KIND:
            yield from map(json.dumps, definitions.fill([yaml.safe_load(document)]))
        else:
            yield document


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run `helm template`; its exit code."""
    done = subprocess.run([environment[PROGRAM], *arguments], check=False, stdout=subprocess.PIPE, text=True)
    definitions = crds.Definitions.below(Sandbox.of_clone().crds)
    sys.stdout.write(completed(done.stdout, definitions) if done.returncode == 0 else done.stdout)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
