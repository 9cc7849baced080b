"""The one kind of error that is shown to whoever runs a target of this package."""

from __future__ import annotations


class PipelineError(Exception):
    """One line: what is wrong, what was expected, what to do."""
