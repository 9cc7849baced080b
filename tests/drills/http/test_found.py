"""What the routes say of a host: who asks first, what is open, what is closed."""

from __future__ import annotations

from pathlib import Path

from drills.http.found import hosts
from tests.support.live_objects import LiveObjects

OBJECTS = Path(__file__).parent / "objects.yaml"


def test_a_host_is_guarded_if_the_rule_for_all_of_it_asks_by_whatever_chain() -> None:
    music, photos = hosts(LiveObjects.of(OBJECTS))
    assert (music.name, music.guarded) == ("music.example.org", True)
    assert (photos.name, photos.guarded) == ("photos.example.org", False)
    assert music.main.service == ("music", "music")
    assert photos.main.closed


def test_open_paths_are_those_that_nobody_asks_at_but_for_the_outposts_own() -> None:
    music, photos = hosts(LiveObjects.of(OBJECTS))
    assert music.open == ("/rest/", "/share/")
    assert photos.open == ()
    assert [rule.service for rule in music.rules if rule.callback] == [("authentik", "ak-outpost-forward-auth")]


def test_closed_paths_are_read_as_they_are_meant() -> None:
    music, photos = hosts(LiveObjects.of(OBJECTS))
    assert photos.closed == ("/api/sign-up", "/debug")
    assert music.closed == ()
