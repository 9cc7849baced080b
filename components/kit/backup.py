"""What is asked for when a volume is to be backed up."""

from __future__ import annotations

from dataclasses import dataclass

from components.kit.storage import Claim, ClaimArgs
from components.settings import FileSettings


@dataclass(frozen=True, kw_only=True)
class VolumeBackup:
    """A volume of an application, as whoever backs it up has to know it."""

    app: str
    """The application's name, which its namespace has too."""
    volume: str
    """What the volume holds."""
    claim: Claim
    """The claim that everything began with."""
    args: ClaimArgs
    """What the claim was made of: restored ones are made of the same."""
    user: int
    """User and group id that its files belong to."""
    files: FileSettings
    """What was restored of it, and what of that is used."""
