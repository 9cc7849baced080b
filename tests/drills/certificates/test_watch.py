"""Whoever reads a Secret all the time, and what is a gap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from drills.certificates.found import Pair
from drills.certificates.watch import Seen, Watch, note
from drills.errors import DrillError
from sandbox.controllers import issuing


def pair() -> Pair:
    made = issuing.make(["*.example.net"], common_name="x", days=1, algorithm="ECDSA")
    return Pair(certificate=made.certificate, key=made.key)


def now() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=2)


def test_a_good_pair_is_no_gap_and_another_one_renews_it() -> None:
    seen, first, second = Seen(), pair(), pair()
    for each in (first, first):
        note(seen, each, now())
    assert not seen.renewed
    note(seen, second, now())
    assert (seen.looks, seen.gaps, seen.renewed) == (3, [], True)
    assert timedelta(seconds=seen.to_spare) > timedelta(hours=23)


def test_what_is_missing_or_does_not_fit_or_has_ended_is_a_gap() -> None:
    seen, good = Seen(), pair()
    note(seen, None, now())
    note(seen, Pair(certificate=good.certificate, key=pair().key), now())
    note(seen, good, now() + timedelta(days=2))
    missing, mixed, ended = seen.gaps
    assert missing.endswith("no certificate")
    assert mixed.endswith("a key that is not the certificate's")
    assert "a certificate from" in ended


def test_a_reader_that_has_ended_has_not_seen_that_all_is_well() -> None:
    watch = Watch(kubeconfig=Path("/nowhere"), wildcards=[])
    with watch.watching():
        while watch.failure is None:
            pass
    with pytest.raises(DrillError, match="the reader of Secrets has ended"):
        _ = watch.gaps
