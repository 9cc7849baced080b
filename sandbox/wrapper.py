"""The `pulumi` of a sandbox's shell: the real one, kept away from the committed stack file."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

WITH_CONFIG: Final = (
    "config",
    "destroy",
    "down",
    "dn",
    "import",
    "pre",
    "preview",
    "refresh",
    "up",
    "update",
    "watch",
)
"""Commands that read the stack file, with their other names, and so have to be given the sandbox's."""
OF_STACKS: Final = ("change-secrets-provider", "init", "new", "remove", "rename", "rm")
"""Commands below `pulumi stack` that write, move or delete the stack file of the folder they run in."""
WITH_VALUE: Final = (
    "-C",
    "--cwd",
    "--color",
    "--memprofilerate",
    "--otel-traces",
    "--profiling",
    "--tracing",
    "--verbose",
    "-v",
)
"""Flags of every command that are followed by a value, which is no command."""


def wrapper(pulumi: Path, stack_file: Path) -> str:
    """A shell script that runs `pulumi` on the sandbox's copy of the stack file."""
    return f"""\
# The committed stack file is left alone: the engine would write to it, and `stack rm` delete it.
command= below= value=
for word do
  shift
  set -- "$@" "$word"
  if [ -n "$value" ]; then value=; continue; fi
  case "$word" in
    {"|".join(WITH_VALUE)}) value=yes;;
    -*) ;;
    *)
      if [ -z "$command" ]; then
        command=$word
        case "$word" in {"|".join(WITH_CONFIG)}) set -- "$@" --config-file {shlex.quote(str(stack_file))};; esac
      elif [ "$command" = stack ] && [ -z "$below" ]; then
        below=$word
        case "$word" in {"|".join(OF_STACKS)}) set -- "$@" --cwd {shlex.quote(str(stack_file.parent))};; esac
      fi;;
  esac
done
exec {shlex.quote(str(pulumi))} "$@\""""
