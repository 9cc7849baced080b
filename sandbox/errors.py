"""The one kind of error that the sandbox shows its user."""


class SandboxError(Exception):
    """Something the user can act on: one line that names the step or resource, what was expected and what to do."""
