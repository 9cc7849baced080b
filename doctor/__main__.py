"""The wiring check of any cluster: `pulumi stack export | python -m doctor`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Final

from doctor.check import CHECKS
from doctor.errors import DoctorError
from doctor.examination import run
from doctor.kubeconfig import default_path
from doctor.report import show
from doctor.snapshot import KINDS
from policy.stack import ExportError, read_export
from telling import terminal

UNREADABLE: Final = 2
"""Exit code if there is nothing to judge: 1 says that references are broken."""


def main(arguments: list[str]) -> int:
    """Check, print, and say by the exit code whether all is well."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        report = run(options.kubeconfig or default_path(), options.context, read_export(options.export))
    except (DoctorError, ExportError) as error:
        terminal.complain(error)
        return UNREADABLE
    except KeyboardInterrupt:
        terminal.console(stderr=True).print("interrupted: nothing was changed")
        return UNREADABLE
    if options.json:
        sys.stdout.write(json.dumps(report.data(), indent=2) + "\n")
    else:
        show(report, terminal.console())
    return 0 if report.healthy else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m doctor",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="""\
Checks that every reference between the parts of a homelab resolves: from DNS records over routes, sign-in,
certificates and secrets to pods, volumes, network policies, and metrics with their alerts and dashboards; and that
every object keeps the rules of `policy`.
It reads the objects of a cluster and the state of the stack, sends nothing else, and changes nothing.""",
        epilog=_epilog(),
    )
    parser.add_argument("--kubeconfig", type=Path, help="default: the first file of $KUBECONFIG, or ~/.kube/config")
    parser.add_argument("--context", help="context of the kubeconfig; default: the current one")
    parser.add_argument("--export", type=Path, help="file with `pulumi stack export`; default: standard input")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    return parser


def _epilog() -> str:
    checks = "\n".join(f"  {item.name}" for item in CHECKS)
    groups: dict[str, list[str]] = {}
    for api_version, kind in KINDS:
        groups.setdefault(api_version.rpartition("/")[0] or "core", []).append(kind)
    kinds = "\n".join(f"  {group}: {', '.join(found)}" for group, found in groups.items())
    return f"""\
examples:
  pulumi stack export --stack homelab | python -m doctor --context homelab
  pulumi stack export --file state.json && python -m doctor --export state.json --json

A check that found nothing to look at is shown with 0 and proves nothing.

checks:
{checks}

What it has to be allowed to `list`, in all namespaces; a kind that the cluster does not know is left out:
{kinds}
Of a Secret it uses the names of its keys and, of a TLS Secret, the certificate. The state may stay encrypted.

It needs `openssl` on PATH, to read certificates, and the packages of requirements.txt. A kubeconfig may identify you by
token, by client certificate or by a command (`exec`).

exit codes: 0 everything resolves; 1 something is broken, or there was nothing to check; 2 the cluster, the kubeconfig
or the export cannot be read
"""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
