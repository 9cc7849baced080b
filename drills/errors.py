"""What ends a drill's step."""

from __future__ import annotations

from sandbox.errors import SandboxError


class DrillError(SandboxError):
    """A step did not come to what was expected of it: one line that says what came instead."""
