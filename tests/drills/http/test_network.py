"""Where a Service leads to, and under which names and addresses it is called."""

from __future__ import annotations

from pathlib import Path

from drills.http import network
from tests.support.live_objects import LiveObjects

OBJECTS = Path(__file__).parent / "objects.yaml"


def test_a_service_leads_to_the_pods_that_are_ready() -> None:
    (place,) = network.behind(LiveObjects.of(OBJECTS), "music", "music")
    assert (place.address, place.port, place.name) == ("10.42.0.9", 4533, "music/music-5f-abc")


def test_it_is_called_at_its_own_address_too_and_that_is_its_pod() -> None:
    places = network.called(LiveObjects.of(OBJECTS), "music", "music")
    assert [(place.address, place.port) for place in places] == [("10.42.0.9", 4533), ("10.43.0.9", 80)]
    assert {place.name for place in places} == {"music/music-5f-abc"}
