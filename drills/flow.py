"""What a drill of one flow is, and what it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from drills import packages
from drills.course import Course
from sandbox.errors import SandboxError
from sandbox.steps import Steps
from sandbox.tools import Program


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What a drill works with."""

    folder: Path
    """Its own: gone afterwards, with all that is in it."""
    tools: Mapping[str, Path]
    """The real programs by name."""
    console: Console
    steps: Steps
    pictures: Path | None = None
    """Where pictures of what people would see are kept; None if nobody wants any."""
    whole: bool = False
    """Whether nothing is left out of what a drill takes samples of otherwise."""
    courses: list[Course] = field(default_factory=list)
    """What was run through so far."""

    def course(self, name: str) -> Course:
        """A new run through the drill's steps, which becomes a column of the table."""
        made = Course(name, self.steps)
        self.courses.append(made)
        return made


@dataclass(frozen=True, kw_only=True)
class Flow:
    """The drill of one flow."""

    name: str
    title: str
    programs: Sequence[Program]
    """Built from Go modules."""
    packages: Mapping[str, str]
    """Programs of the system's, and the Debian package that each is in."""
    minutes: int
    """How long it takes at most on two cores, with its programs built: with less time left it is not begun."""
    run: Callable[[Bench], None]
    own_network: bool = False
    """Whether it needs a network of its own: on the machine's loopback it is not begun."""

    def ensure(self, steps: Steps) -> dict[str, Path]:
        """Its programs, built or installed if they are missing.

        Raises:
            SandboxError: a package is missing and cannot be installed.
        """
        try:
            found = packages.ensure(self.packages, steps)
        except SandboxError as error:
            raise SandboxError(f"drill {self.name}: {error}") from error
        built = {program.name: program.ensure(steps) for program in self.programs}
        return {**built, **found}
