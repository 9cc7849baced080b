"""What a destroy has left, by the state: `pulumi stack export | python -m doctor.kept`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from policy.stack import ExportError, read_export
from telling import terminal

UNREADABLE: Final = 2
"""Exit code if the export cannot be read."""

KINDS: Final = {
    "kubernetes:core/v1:Namespace": "namespaces",
    "kubernetes:core/v1:PersistentVolume": "folders on NFS, by their volume",
    "kubernetes:core/v1:PersistentVolumeClaim": "claims",
    "kubernetes:postgresql.cnpg.io/v1:Cluster": "database clusters, each with its claims and its Secret",
    "onepassword:index/item:Item": "passwords in 1Password, without which something of it could not be read",
}
"""What data is in, or is read by, by the type token."""

ADOPTION: Final = (
    "The next `pulumi up` adopts all of it, as the stack's state still has it. Without the state, "
    "docs/runbooks/state-lost.md says how; without the cluster, docs/runbooks/move-to-a-new-cluster.md."
)


def kept(export: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is protected and in the stack, by what it is; a kind that nothing is left of is not named."""
    resources = [item for item in (export.get("deployment") or {}).get("resources") or [] if item.get("protect")]
    found = {what: sorted(_named(resources, token)) for token, what in KINDS.items()}
    return {what: names for what, names in found.items() if names}


def _named(resources: Iterable[Mapping[str, Any]], token: str) -> Iterator[str]:
    for item in resources:
        if item["type"] != token or not item.get("custom") or item.get("delete"):
            continue
        nfs = ((item.get("inputs") or {}).get("spec") or {}).get("nfs")
        # An item's id says nothing to anybody; an object's is its namespace and name.
        name = item["urn"].rpartition("::")[2] if token.startswith("onepassword:") else item["id"]
        yield f"{name}: {nfs['server']}:{nfs['path']}" if nfs else name


def show(export: Mapping[str, Any], console: Console) -> None:
    """Print everything that is kept, and how it is adopted."""
    found = kept(export)
    for what, names in found.items():
        console.print(f"Kept: {what}", soft_wrap=True, highlight=False, markup=False)
        for name in names:
            console.print(f"  {name}", soft_wrap=True, highlight=False, markup=False)
    said = ADOPTION if found else "Nothing is kept: the stack has nothing that holds data."
    console.print(said, soft_wrap=True, highlight=False, markup=False)


def main(arguments: list[str]) -> int:
    """Print what the state says is kept."""
    parser = argparse.ArgumentParser(
        prog="python -m doctor.kept",
        description="Lists what holds data and is protected, and so outlives `pulumi destroy --exclude-protected`.",
    )
    parser.add_argument("--export", type=Path, help="file with `pulumi stack export`; default: standard input")
    options = parser.parse_args(arguments)
    try:
        show(read_export(options.export), terminal.console())
    except ExportError as error:
        terminal.complain(error)
        return UNREADABLE
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
