"""What keeps the wiring check from judging anything."""


class DoctorError(Exception):
    """Something the user can act on: one line that says what was expected and what to do."""
