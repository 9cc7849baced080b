"""Users whom a controller makes for itself."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.kit.namespace import Namespace


@dataclass(frozen=True, kw_only=True)
class ControllerLogin:
    """A user whose password a controller makes up at its first start and leaves in a Secret of its own."""

    username: str
    namespace: Namespace
    secret: str
    """Name of the Secret; the password is under its key `password`."""
    installed: pulumi.Output[object]
    """Known when the controller runs, and not before: a first preview has nothing to read."""
