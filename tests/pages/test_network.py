"""The matrix: what policies permit, drawn once and written once."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from pages import svg
from pages.matrix import OUTSIDE, Party, matrix
from pages.network import network, picture
from tests.pages.conftest import Running

SVG = "{http://www.w3.org/2000/svg}"
PROMETHEUS = Party(namespace="temporis", name="prometheus-temporis")
TRAEFIK = Party(namespace="traefik", name="traefik")


def test_a_call_is_there_while_both_sides_permit_it(running: Running) -> None:
    pair = (TRAEFIK, Party(namespace="navidrome", name="navidrome"))
    assert matrix(running.healthy.snapshot()).calls[pair] == ["4533"]
    (policy,) = [
        item
        for item in running.healthy.all("NetworkPolicy")
        if item["metadata"]["name"] == "navidrome-from-traefik-ingress"
    ]
    running.healthy.objects.remove(policy)
    assert pair not in matrix(running.healthy.snapshot()).calls


def test_only_who_has_to_may_call_a_database(committed: Running) -> None:
    calls = matrix(committed.healthy.snapshot()).calls
    database = Party(namespace="n8n", name="n8n-db")
    callers = {caller.namespace for (caller, callee), ports in calls.items() if callee == database and "5432" in ports}
    assert callers == {"n8n", "cnpg-system"}


def test_what_lies_outside_has_a_name(committed: Running) -> None:
    calls = matrix(committed.healthy.snapshot()).calls
    outside = {party.name for pair in calls for party in pair if party.namespace == OUTSIDE}
    assert {"internet", "API server", "nodes"} <= outside
    assert (PROMETHEUS, Party(namespace=OUTSIDE, name="API server")) in calls


def test_everything_that_is_scraped_by_a_pods_port_may_be_called_by_prometheus(committed: Running) -> None:
    called = {callee.namespace for caller, callee in matrix(committed.healthy.snapshot()).calls if caller == PROMETHEUS}
    scraped = {item.namespace for item in committed.summary.targets}
    # The API server and the nodes are outside; DNS is left out of the matrix with its port.
    assert scraped - called <= {"default", "kube-system", "node-exporter"}


def test_the_picture_has_a_cell_for_each_call_and_nothing_outside_of_it(whole: Running) -> None:
    calls = matrix(whole.healthy.snapshot()).calls
    root = ET.fromstring(picture(whole.platform))  # noqa: S314 - it is our own
    width, height = (float(root.attrib[side]) for side in ("width", "height"))
    cells = [item for item in root.iter(f"{SVG}rect") if item.attrib["class"] == "call"]
    assert len(cells) == len(calls)
    places = {(cell.attrib["x"], cell.attrib["y"]) for cell in cells}
    assert len(places) == len(cells)
    for cell in cells:
        assert 0 < float(cell.attrib["x"]) < width - float(cell.attrib["width"])
        assert 0 < float(cell.attrib["y"]) < height - float(cell.attrib["height"])
    for text in root.iter(f"{SVG}text"):
        if text.attrib.get("text-anchor") == "end":
            assert len(text.text or "") * svg.CHARACTER < float(text.attrib["x"])
    titles = {item.text for item in root.iter(f"{SVG}title")}
    assert "traefik/traefik to navidrome/navidrome: 4533" in titles


def test_ports_fit_into_their_cells(whole: Running) -> None:
    root = ET.fromstring(picture(whole.platform))  # noqa: S314 - it is our own
    for group in root.iter(f"{SVG}g"):
        box, text = group.find(f"{SVG}rect"), group.find(f"{SVG}text")
        assert box is not None
        assert text is not None
        assert len(text.text or "") * svg.SMALL <= float(box.attrib["width"]) + 2


def test_the_words_say_what_the_picture_says(committed: Running) -> None:
    text, calls = network(committed.platform), matrix(committed.healthy.snapshot()).calls
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \|$", text, re.MULTILINE)
    said = {(caller, callee) for callee, cell in rows for caller in re.findall(r"`([^`]+)`", cell)}
    assert said == {(f"{a.namespace}/{a.name}", f"{b.namespace}/{b.name}") for a, b in calls}
