"""`python -m policy`: the rules over the state of a stack."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from policy.rules import RULES
from policy.stack import ExportError, declared, read_export
from policy.verdict import judge, show
from telling import terminal

UNREADABLE: Final = 2
"""Exit code if there is nothing to judge: 1 says that a rule is broken."""


def main(arguments: list[str]) -> int:
    """Judge, print, and say by the exit code whether every rule is kept."""
    parser = argparse.ArgumentParser(
        prog="python -m policy",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Judges every Kubernetes object of a stack by the rules below, and lists what is excepted and why.",
        epilog=_epilog(),
    )
    parser.add_argument("--export", type=Path, help="file with `pulumi stack export`; default: standard input")
    options = parser.parse_args(arguments)
    try:
        verdict = judge(declared(read_export(options.export)))
    except ExportError as error:
        terminal.complain(error)
        return UNREADABLE
    show(verdict, terminal.console())
    return 0 if verdict.good else 1


def _epilog() -> str:
    rules = "\n".join(f"  {rule.name:<26} {rule.description}" for rule in RULES)
    return f"""\
rules:
{rules}

An object is excepted by an annotation `homelab/exempt-<rule>: <reason>` of its own or of its pod template.

example:
  pulumi stack export | python -m policy

exit codes: 0 every rule is kept, 1 a rule is broken or there was nothing to judge, 2 no export
"""
