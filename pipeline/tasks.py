"""What the workflows do with the real stack, each a target of the Makefile."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from pipeline import engine, markdown
from pipeline.errors import PipelineError
from pipeline.github import BOT, Repository
from telling import reading

MARKER: Final = "homelab-preview"
DRIFT_TITLE: Final = "The homelab is not as it is declared"
PROJECT: Final = "homelab"
"""As in Pulumi.yaml; a stack of that name is the first home of its repository, and needs no other."""
NOTHING_DIFFERS: Final = "Nothing differs any more."


def preview_comment() -> int:
    """Preview, and keep the pull request's comment up to date; without a pull request, print it (or in a summary)."""
    with engine.opened() as pulumi:
        found = reading.read(pulumi.preview())
        text = markdown.comment(found, stack=pulumi.stack)
    number = os.environ.get("PULL_REQUEST", "")
    if number:
        whole = _whole(number)
        _repository().keep_comment(whole, _of(pulumi.stack, MARKER), text)
    else:
        _write(text)
    return 1 if found.errors else 0


def drift_issue() -> int:
    """Look for drift, and keep the issue up to date; without a repository to write to, print it.

    Where the check itself fails nothing is known, so the issue is left as it is.
    """
    with engine.opened() as pulumi:
        found = reading.read(pulumi.preview("--refresh", "--expect-no-changes"))
        text = markdown.drift(found, stack=pulumi.stack)
    # With --expect-no-changes the engine tells of the changes as of an error too.
    errors = [error for error in found.errors if "no changes were expected" not in error]
    if errors:
        raise PipelineError(f"the check for drift failed: {'; '.join(errors)}")
    if not os.environ.get("GITHUB_REPOSITORY"):
        _write(text if found.changed else f"{NOTHING_DIFFERS}\n")
        return 1 if found.changed else 0
    if found.changed:
        _repository().keep_issue(_of(pulumi.stack, DRIFT_TITLE), text)
    else:
        _repository().close_issue(_of(pulumi.stack, DRIFT_TITLE), NOTHING_DIFFERS)
    return 0


def deploy() -> int:
    """Update the real stack; the engine's exit code."""
    with engine.opened() as pulumi:
        return pulumi.up()


def _of(stack: str, text: str) -> str:
    """A comment's marker or an issue's title: each home of a repository has its own."""
    name = stack.rpartition("/")[2]
    return text if name == PROJECT else f"{text}: {name}"


def _repository() -> Repository:
    values = {key: os.environ.get(key, "") for key in ("GITHUB_REPOSITORY", "GITHUB_TOKEN")}
    for key, value in values.items():
        if not value:
            message = f"{key}: not set; expected what a workflow on GitHub has there"
            raise PipelineError(message)
    return Repository(
        name=values["GITHUB_REPOSITORY"],
        token=values["GITHUB_TOKEN"],
        api=os.environ.get("GITHUB_API_URL", "https://api.github.com"),
        author=os.environ.get("GITHUB_AUTHOR", BOT),
    )


def _whole(number: str) -> int:
    if not number.isdecimal():
        message = f"PULL_REQUEST: {number[:40]!r} is no number; expected that of the pull request, as in 12"
        raise PipelineError(message)
    return int(number)


def _write(text: str) -> None:
    """Where the workflow's page shows it, or else on the terminal."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(text)
    else:
        print(text)
