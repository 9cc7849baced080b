"""The one kind of error that the sandbox shows its user."""

from __future__ import annotations


class SandboxError(Exception):
    """Something the user can act on: one line that names the step or resource, what was expected and what to do."""

    def __init__(self, message: str, *, then: str = "") -> None:
        """With `then`, a second line says how to go on, for what a whole command may end with."""
        super().__init__(message)
        self.then = then
