"""Proxmox-Flux: the hypervisors, their guests and their storages, by what they send to InfluxDB."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import dashboard as building

from components.monitoring import names
from components.monitoring.dashboards.panels import (
    LONG_TERM,
    Flux,
    Look,
    Page,
    Steps,
    Unit,
    chosen,
    empty,
    figure,
    graph,
    row,
)

FULL: Final[Steps] = ((None, "green"), (0.8, "orange"), (0.9, "red"))
HOSTS: Final = (
    'import "influxdata/influxdb/schema"\n'
    f'schema.tagValues(bucket: "{names.PROXMOX}", tag: "host", predicate: (r) => r.object == "nodes")'
)
NODES: Final = ('r.object == "nodes"', "r.host =~ /^${host:regex}$/")
GUESTS: Final = ('r.object == "qemu" or r.object == "lxc"', "r.nodename =~ /^${host:regex}$/")
STORAGES: Final = ('r.object == "storages"', "r.nodename =~ /^${host:regex}$/")
RATE: Final = ("derivative(unit: 1s, nonNegative: true)",)
"""Of what Proxmox counts since a guest or a machine began."""


def _built() -> building.Dashboard:
    made = empty("What Proxmox's own metric server sends to InfluxDB.")
    made.with_variable(chosen("host", "Host", of=HOSTS, source=LONG_TERM))
    made.with_row(row("Hosts"))
    made.with_panel(figure(_look("Running for", "s", "system", "uptime", NODES, width=6)))
    made.with_panel(graph(_look("CPU used", "percentunit", "cpustat", "cpu", NODES, steps=FULL, width=9), maximum=1))
    made.with_panel(graph(_look("Waiting for disks", "percentunit", "cpustat", "wait", NODES, width=9), maximum=1))
    made.with_panel(graph(_share("Memory used", "memory", "memused", "memtotal", of=NODES, labels=["host"]), maximum=1))
    made.with_panel(
        graph(_share("Disk of the host used", "blockstat", "used", "total", of=NODES, labels=["host"]), maximum=1)
    )
    network = [
        _flux("nics", "receive", NODES, labels=["host", "instance", "_field"], then=RATE),
        _flux("nics", "transmit", NODES, labels=["host", "instance", "_field"], then=RATE),
    ]
    made.with_panel(graph(Look(title="Network", unit="Bps", queries=network)))
    made.with_row(row("Guests"))
    made.with_panel(graph(_look("CPU used", "percentunit", "system", "cpu", GUESTS)))
    made.with_panel(graph(_look("Memory used", "bytes", "system", "mem", GUESTS), stacked=True))
    made.with_panel(graph(_look("Received", "Bps", "system", "netin", GUESTS, then=RATE)))
    made.with_panel(graph(_look("Sent", "Bps", "system", "netout", GUESTS, then=RATE)))
    made.with_panel(graph(_look("Read", "Bps", "system", "diskread", GUESTS, then=RATE)))
    made.with_panel(graph(_look("Written", "Bps", "system", "diskwrite", GUESTS, then=RATE)))
    made.with_row(row("Storages"))
    made.with_panel(
        graph(_share("Used", "system", "used", "total", of=STORAGES, labels=["nodename", "host"]), maximum=1)
    )
    made.with_panel(
        graph(
            Look(
                title="Left",
                unit="bytes",
                queries=[_flux("system", "avail", STORAGES, labels=["nodename", "host"])],
                width=16,
            )
        )
    )
    return made


def _look(
    title: str,
    unit: Unit,
    measurement: str,
    field: str,
    of: tuple[str, ...],
    *,
    then: tuple[str, ...] = (),
    steps: Steps = ((None, "blue"),),
    width: int = 8,
) -> Look:
    query = _flux(measurement, field, of, labels=["host"], then=then)
    return Look(title=title, unit=unit, queries=[query], steps=steps, width=width)


def _flux(measurement: str, field: str, of: tuple[str, ...], *, labels: list[str], then: tuple[str, ...] = ()) -> Flux:
    which = (f'r._measurement == "{measurement}"', f'r._field == "{field}"')
    return Flux(bucket=names.PROXMOX, filters=[*which, *of], then=then, labels=labels)


def _share(title: str, measurement: str, part: str, whole: str, *, of: tuple[str, ...], labels: list[str]) -> Look:
    """One field by another."""
    keys = ", ".join(f'"{key}"' for key in ("_time", *labels))
    query = Flux(
        bucket=names.PROXMOX,
        filters=[f'r._measurement == "{measurement}"', f'r._field == "{part}" or r._field == "{whole}"', *of],
        then=(
            f'pivot(rowKey: [{keys}], columnKey: ["_field"], valueColumn: "_value")',
            f"map(fn: (r) => ({{r with _value: r.{part} / r.{whole}}}))",
        ),
        labels=labels,
    )
    return Look(title=title, unit="percentunit", queries=[query], steps=FULL)


PAGE: Final = Page(uid="proxmox", title="Proxmox", built=_built)
