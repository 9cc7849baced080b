"""The pages of any running platform: `pulumi stack export | python -m pages`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from doctor.errors import DoctorError
from doctor.kubeconfig import default_path
from pages.command import run
from pages.errors import PagesError
from policy.stack import ExportError, read_export
from telling import terminal

UNREADABLE: Final = 2
"""Exit code if pages cannot be made: 1 says that they differ."""
REPOSITORY: Final = Path(__file__).parent.parent


def main(arguments: list[str]) -> int:
    """Write, or compare, and say by the exit code whether all is well."""
    options = _parser().parse_args(arguments)
    try:
        good = run(
            options.kubeconfig or default_path(),
            options.context,
            read_export(options.export),
            root=options.folder,
            check=options.check,
            console=terminal.console(),
        )
    except (DoctorError, ExportError, PagesError, OSError) as error:
        terminal.complain(error)
        return UNREADABLE
    except KeyboardInterrupt:
        terminal.console(stderr=True).print("interrupted: run it again, and every page is whole")
        return UNREADABLE
    return 0 if good else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pages",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="""\
Writes docs/platform and docs/data-flow.md of a homelab that runs: its services, flows, databases, secrets by name,
network policies and versions. It reads the objects of a cluster and the state of the stack, as `python -m doctor` does
and with the same rights, and ReplicationSources and ApplicationSets. Values of secrets are not read.""",
        epilog="""\
examples:
  pulumi stack export --stack homelab | python -m pages --context homelab
  pulumi stack export --stack homelab | python -m pages --context homelab --check

exit codes: 0 written, or as the platform is; 1 with --check: they differ; 2 they cannot be made, and the line says why
""",
    )
    parser.add_argument("--kubeconfig", type=Path, help="default: the first file of $KUBECONFIG, or ~/.kube/config")
    parser.add_argument("--context", help="context of the kubeconfig; default: the current one")
    parser.add_argument("--export", type=Path, help="file with `pulumi stack export`; default: standard input")
    parser.add_argument("--folder", type=Path, default=REPOSITORY, help="default: this repository")
    parser.add_argument("--check", action="store_true", help="write nothing, and say which pages differ")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
