"""What keeps an interrupted update from being brought back."""


class RecoveryError(Exception):
    """Something the user can act on: one line that says what was expected and what to do."""


class LockedError(RecoveryError):
    """The backend refuses to write: it has a lock. The message is its own."""
