"""Points of Prometheus and of InfluxDB are held against each other one by one."""

from __future__ import annotations

from drills.monitoring.carried import compared, of_influxdb, of_prometheus
from drills.monitoring.influxdb import parsed

ROWS = (
    ",result,table,_start,_stop,_time,_value,_field,_measurement,cluster,name\r\n"
    ",_result,0,,,2026-01-01T00:00:00Z,1,value,longterm:a,homelab,Bedroom\r\n"
    "\r\n"
    ",result,table,_start,_stop,_time,_value,_field,_measurement,cluster\r\n"
    ",_result,1,,,2026-01-01T00:00:05.5Z,1,value,longterm:b,homelab\r\n"
)
A = {"metric": {"__name__": "longterm:a", "name": "Bedroom"}, "values": [[1767225600, "1"]]}
B = {"metric": {"__name__": "longterm:b"}, "values": [[1767225605.5, "1"]]}


def test_tables_with_other_columns_are_read_too() -> None:
    assert [row["_measurement"] for row in parsed(ROWS)] == ["longterm:a", "longterm:b"]
    assert list(parsed("\r\n")) == []


def test_the_same_points_are_the_same_with_the_labels_of_what_leaves_prometheus() -> None:
    found = compared(of_prometheus([[A], [A, B]], {"cluster": "homelab"}), of_influxdb(parsed(ROWS)))
    assert (found.lost, found.more, found.both) == (0, 0, 2)


def test_a_point_that_did_not_arrive_is_lost_and_one_that_nobody_sent_is_too_many() -> None:
    late = {**A, "values": [[1767225600, "1"], [1767225610, "1"]]}
    found = compared(of_prometheus([[late]], {"cluster": "homelab"}), of_influxdb(parsed(ROWS)))
    assert f"{found}" == "1 lost, 1 too many"
