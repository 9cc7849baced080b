"""What is not in the house: the platform calls it, or is called by it."""

from __future__ import annotations

from dataclasses import dataclass

from drills.gitops.github import GitHub
from drills.gitops.homelab import Channel
from drills.web import Web


@dataclass(frozen=True, kw_only=True)
class Outside:
    """One course's internet, and who in it is told what."""

    web: Web
    channel: Channel
    github: GitHub
