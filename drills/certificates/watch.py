"""A reader of Secrets who looks all the time: whoever shows a certificate must never be without a good one."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from drills.certificates import found
from drills.certificates.found import Pair, Wildcard
from drills.errors import DrillError
from sandbox import kube

PAUSE_SECONDS: Final = 0.1


@dataclass(kw_only=True)
class Seen:
    """What was seen in one Secret."""

    looks: int = 0
    pairs: list[tuple[datetime, found.Read]] = field(default_factory=list)
    """Each that was another than the one before it, with the moment it was first seen."""
    gaps: list[str] = field(default_factory=list)
    """What was wrong, with its moment."""

    @property
    def renewed(self) -> bool:
        """Whether a second certificate took the place of the first."""
        return len(self.pairs) > 1

    @property
    def to_spare(self) -> float:
        """Seconds that the first certificate still had when the second was there."""
        return (self.pairs[0][1].ends - self.pairs[1][0]).total_seconds()


@dataclass(kw_only=True)
class Watch:
    """Looks at the Secrets of Certificates, from one thread."""

    kubeconfig: Path
    wildcards: Sequence[Wildcard]
    seen: dict[str, Seen] = field(default_factory=dict)
    """By zone."""
    failure: BaseException | None = None
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def watching(self) -> Iterator[Watch]:
        """Look until the block ends."""
        self.seen = {each.zone: Seen() for each in self.wildcards}
        thread = threading.Thread(target=self._look, name="watch", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()

    @property
    def gaps(self) -> list[str]:
        """What was wrong at any time.

        Raises:
            DrillError: nobody looks any more.
        """
        if self.failure:
            message = f"the reader of Secrets has ended: {self.failure}"
            raise DrillError(message)
        return [f"{zone}: {gap}" for zone, seen in self.seen.items() for gap in seen.gaps]

    def _look(self) -> None:
        try:
            cluster = kube.Client.from_kubeconfig(self.kubeconfig)
            while not self._over.wait(PAUSE_SECONDS):
                for wildcard in self.wildcards:
                    note(self.seen[wildcard.zone], found.pair(cluster, wildcard), datetime.now(UTC))
        except Exception as error:  # noqa: BLE001 - told to whoever asks for what was seen
            self.failure = error


def note(seen: Seen, pair: Pair | None, moment: datetime) -> None:
    """Write down what was seen at a moment."""
    seen.looks += 1
    wrong = "no certificate"
    if pair is not None:
        read = found.read(pair)
        if not seen.pairs or seen.pairs[-1][1].serial != read.serial:
            seen.pairs.append((moment, read))
        wrong = "" if read.matches else "a key that is not the certificate's"
        if not read.begins <= moment <= read.ends:
            wrong = f"a certificate from {read.begins:%H:%M:%S} to {read.ends:%H:%M:%S}"
    if wrong:
        seen.gaps.append(f"{moment:%H:%M:%S} {wrong}")
