"""Every dashboard as Grafana reads it: each panel asks something that somebody can answer, and says in which unit.

That Grafana draws them is not shown here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from components.monitoring import names
from components.monitoring.dashboards import dashboards
from components.monitoring.rules import longterm
from tests.support.exported import unknown
from tests.support.ruling import RECORDS

DASHBOARDS: dict[str, dict[str, Any]] = {uid: json.loads(text) for uid, text in dashboards().items()}
PANELS = [(file, panel) for file, made in DASHBOARDS.items() for panel in made["panels"] if panel["type"] != "row"]
QUERIES = [(file, panel, target) for file, panel in PANELS for target in panel["targets"]]
RECORDED = {record.name for record in RECORDS}
BUCKETS = {names.LONG_TERM, names.PROXMOX}
FIELDS = {
    # What pvestatd sends, by measurement, of nodes, guests and storages.
    "system": {"uptime", "cpu", "mem", "netin", "netout", "diskread", "diskwrite", "used", "total", "avail"},
    "cpustat": {"cpu", "wait"},
    "memory": {"memused", "memtotal"},
    "blockstat": {"used", "total"},
    "nics": {"receive", "transmit"},
}

each_dashboard = pytest.mark.parametrize("file", DASHBOARDS)
each_panel = pytest.mark.parametrize(
    ("file", "panel"), PANELS, ids=lambda each: each if isinstance(each, str) else each["title"]
)


def texts(value: object) -> Iterator[str]:
    """All texts in a JSON value."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


def test_there_is_one_for_each_source_and_one_of_all() -> None:
    assert {made["title"] for made in DASHBOARDS.values()} == {"Overview", "Nodes", "Rooms", "Proxmox"}
    assert all(uid == made["uid"] for uid, made in DASHBOARDS.items())


@each_panel
def test_a_panel_asks_something_in_a_unit_and_has_room(file: str, panel: dict[str, Any]) -> None:
    assert panel["targets"], file
    assert panel["title"]
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["fieldConfig"]["defaults"]["thresholds"]["steps"][0]["value"] is None
    refs = [target["refId"] for target in panel["targets"]]
    assert len(set(refs)) == len(refs)
    place = panel["gridPos"]
    assert place["x"] + place["w"] <= 24


@each_dashboard
def test_every_panel_has_a_number_of_its_own(file: str) -> None:
    numbers = [panel["id"] for panel in DASHBOARDS[file]["panels"]]
    assert sorted(set(numbers)) == sorted(numbers)
    assert all(numbers)


@each_panel
def test_thresholds_rise(file: str, panel: dict[str, Any]) -> None:
    values = [step["value"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"][1:]]
    assert values == sorted(values), file


@each_panel
def test_a_panel_asks_a_source_that_exists(file: str, panel: dict[str, Any]) -> None:
    kinds = {names.THANOS_SOURCE: "prometheus", names.INFLUXDB_SOURCE: "influxdb"}
    for asked in (panel, *panel["targets"]):
        assert asked["datasource"]["type"] == kinds[asked["datasource"]["uid"]], file


@pytest.mark.parametrize("expr", [target["expr"] for _, _, target in QUERIES if "expr" in target])
def test_a_query_names_what_a_target_has(expr: str) -> None:
    assert unknown(expr, RECORDED) == []


@pytest.mark.parametrize("text", [target["query"] for _, _, target in QUERIES if "query" in target])
def test_a_flux_query_names_what_a_bucket_has(text: str) -> None:
    (bucket,) = re.findall(r'from\(bucket: "(.+?)"\)', text)
    (measurement,) = re.findall(r'r\._measurement == "(.+?)"', text)
    fields = re.findall(r'r\._field == "(.+?)"', text)
    if bucket == names.LONG_TERM:
        assert measurement in RECORDED
        assert re.fullmatch(longterm.PATTERN, measurement)
        assert fields == ["value"]
    else:
        assert bucket == names.PROXMOX
        assert fields
        assert set(fields) <= FIELDS[measurement]


def test_a_query_of_something_else_would_be_noticed() -> None:
    assert unknown("rate(node_cpu_second_total[$__rate_interval])", RECORDED)
    assert unknown("longterm:node_cpu:ratio", RECORDED)


@each_dashboard
def test_links_lead_to_the_other_dashboards(file: str) -> None:
    links = [link["url"] for link in DASHBOARDS[file]["links"]]
    assert sorted(links) == sorted(f"/d/{made['uid']}" for other, made in DASHBOARDS.items() if other != file)


@each_dashboard
def test_every_variable_is_used_and_none_is_missing(file: str) -> None:
    made = DASHBOARDS[file]
    declared = {variable["name"] for variable in made.get("templating", {}).get("list", [])}
    used = {
        name
        for text in texts(made["panels"])
        for name in re.findall(r"\$\{?(\w+)", text)
        if not name.startswith("__") and text != "${__all}"
    }
    assert used == declared
    for variable in made.get("templating", {}).get("list", []):
        assert variable["datasource"]["uid"] in {names.THANOS_SOURCE, names.INFLUXDB_SOURCE}


@each_dashboard
def test_what_readers_choose_is_of_what_a_source_has(file: str) -> None:
    for variable in DASHBOARDS[file].get("templating", {}).get("list", []):
        found = re.fullmatch(r"label_values\((\w+), \w+\)", variable["query"])
        if found:
            assert unknown(found[1]) == []
        else:
            assert re.findall(r'bucket: "(.+?)"', variable["query"]) == [names.PROXMOX]


@each_dashboard
def test_nobody_changes_a_dashboard_that_comes_from_a_file(file: str) -> None:
    assert DASHBOARDS[file]["editable"] is False


def test_they_fit_into_a_config_map() -> None:
    assert sum(len(text.encode()) for text in dashboards().values()) < 1024 * 1024 // 2
