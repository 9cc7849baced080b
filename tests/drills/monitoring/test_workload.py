"""A container runs with its own words, environment and files; only addresses and folders are others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from drills.errors import DrillError
from drills.monitoring.network import Network
from drills.monitoring.workload import Part
from drills.pods import expanded
from sandbox.paths import Sandbox
from tests.support.live_objects import LiveObjects

OBJECTS = Path(__file__).parent / "objects.yaml"


@pytest.fixture
def part(tmp_path: Path) -> Part:
    live = LiveObjects.of(OBJECTS)
    made = Part(
        sandbox=Sandbox(root=tmp_path / ".sandbox"),
        network=Network(cluster=live),
        place=tmp_path / "bridge",
        workload=next(obj for obj in live.objects if obj["kind"] == "Deployment"),
        program=tmp_path / "telegraf",
        name="bridge",
        listens={8080: "--listen"},
    )
    made.join()
    return made


def test_it_listens_on_loopback_and_reads_its_files_here(part: Part) -> None:
    port = part.ports[8080]
    words = [expanded(word, {"WHO": "somebody"}) for word in part.found().words]
    assert part.changed(words) == [
        f"--config={part.place}/configuration/a.conf",
        f"--to=http://127.0.0.1:{port}/x",
        "--as=somebody",
        f"--listen=127.0.0.1:{port}",
    ]


def test_its_files_are_those_of_the_objects_with_addresses_of_this_machine(part: Part) -> None:
    part.fill()
    assert (part.place / "configuration" / "a.conf").read_text() == f"url = {part.url(8080)}"
    assert (part.place / "key" / "deep" / "token").read_text() == "secret"
    assert not (part.place / "key" / "other").exists()
    assert (part.place / "scratch").is_dir()


def test_a_secret_that_is_not_there_is_named(part: Part) -> None:
    live: Any = part.network.cluster
    live.objects = [obj for obj in live.objects if obj["kind"] != "Secret"]
    with pytest.raises(DrillError, match="Secret temporis/bridge: not found"):
        part.fill()


def test_a_container_that_there_is_not_is_named(part: Part) -> None:
    part.container = "other"
    with pytest.raises(DrillError, match="temporis/bridge: has no container other"):
        part.found()
