"""A preview as Markdown: first what is replaced or deleted, and what of that holds data; then the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from telling.model import SIGNS, Change, Preview, Step

LIMIT: Final = 60_000
"""Characters; GitHub takes 65,536 in a comment or an issue."""


def comment(preview: Preview, *, stack: str) -> str:
    """What a reviewer has to know before the change is merged."""
    lines = [f"## `pulumi preview` of `{stack}`", ""]
    lines += _errors(preview)
    if not preview.changed and not preview.errors:
        return "\n".join([*lines, f"Nothing changes: {preview.unchanged} resources stay as they are.", ""])
    lines += _dangers(preview)
    lines += [preview.counts, ""]
    return _with_diff("\n".join(lines), preview.steps)


def drift(preview: Preview, *, stack: str) -> str:
    """What in the homelab is not as it is declared; an update would put it right, in the way that is shown."""
    lines = [
        (
            f"The nightly check found that the homelab `{stack}` is not what is declared: somebody, or something, has "
            "changed it behind the program. This is what an update would do to put it right. Declare what is to stay, "
            "and let `pulumi up` undo the rest; docs/pull-requests.md says more. This issue is closed when nothing "
            "differs any more."
        ),
        "",
        *_dangers(preview),
        preview.counts,
        "",
    ]
    return _with_diff("\n".join(lines), preview.steps)


def _errors(preview: Preview) -> Iterator[str]:
    if preview.errors:
        yield "**It failed, so what is below is not everything.**"
        yield ""
        yield from (f"- {_code(error)}" for error in preview.errors)
        yield ""


def _dangers(preview: Preview) -> Iterator[str]:
    with_data, others = preview.gone()
    if not with_data and not others:
        yield "Nothing is replaced or deleted."
        yield ""
        return
    if with_data:
        yield f"### Holds data, or is missed: {len(with_data)} replaced or deleted"
        yield ""
        yield from (f"- {_gone(step)}: {step.data}" for step in with_data)
        yield ""
    if others:
        yield f"### Also replaced or deleted: {len(others)}"
        yield ""
        yield from (f"- {_gone(step)}" for step in others)
        yield ""


def _gone(step: Step) -> str:
    why = f" because of {', '.join(_code(reason) for reason in step.reasons)}" if step.reasons else ""
    protected = ", protected" if step.protected else ""
    return f"{_code(step.title)} **{step.outcome}**{why}{protected}"


def _with_diff(head: str, steps: Sequence[Step]) -> str:
    """The head, and below it the differences, folded, as far as there is room for them."""
    opening, closing = "<details><summary>Every change</summary>\n\n```diff\n", "```\n\n</details>\n"
    lines = [line for step in steps if not step.is_component for line in _diff(step)]
    room = LIMIT - len(head) - len(opening) - len(closing) - 100
    if room < 0:
        return f"{head[:LIMIT]}\n\nThere is more than fits here: see the log.\n"
    shown: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            shown.append(f"  and {len(lines) - len(shown)} more lines: see the log")
            break
        shown.append(line)
    if not shown:
        return head
    diff = "\n".join(shown)
    return f"{head}\n{opening}{diff}\n{closing}"


def _diff(step: Step) -> Iterator[str]:
    sign = SIGNS[step.change]
    # Of a `diff` block: a line's first sign gives it its colour.
    first = "-" if step.change in {Change.REPLACED, Change.DELETED} else "+" if step.change is Change.CREATED else "!"
    yield f"{first} {sign} {_plain(step.title)}"
    yield from (f"      {_plain(line)}" for line in step.lines)


def _code(text: str) -> str:
    """As code, in which nothing is a mention, a link or a mark."""
    return f"`{_plain(text)}`"


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("`", "'")
