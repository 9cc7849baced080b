"""Node-Exporter: what the machines do."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import dashboard as building

from components.monitoring.dashboards.panels import Look, Page, Query, Steps, chosen, empty, figure, graph, row
from components.monitoring.rules.nodes import DISKS

FULL: Final[Steps] = ((None, "green"), (0.8, "orange"), (0.9, "red"))
WARM: Final[Steps] = ((None, "green"), (75, "orange"), (90, "red"))

_CPU: Final = '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval]))'
_MEMORY: Final = (
    "1 - sum by (instance) (node_memory_MemAvailable_bytes) / sum by (instance) (node_memory_MemTotal_bytes)"
)
_DISK: Final = (
    f"1 - sum by (instance, mountpoint) (node_filesystem_avail_bytes{{{DISKS}}})"
    f" / sum by (instance, mountpoint) (node_filesystem_size_bytes{{{DISKS}}})"
)


def _built() -> building.Dashboard:
    made = empty("What the machines do, by node-exporter on each of them.")
    made.with_variable(chosen("node", "Node", of="label_values(node_uname_info, instance)"))
    made.with_row(row("Now"))
    made.with_panel(
        figure(Look(title="Running for", unit="s", queries=[_of("time() - node_boot_time_seconds")], width=6))
    )
    made.with_panel(figure(Look(title="CPU used", unit="percentunit", queries=[_of(_CPU)], steps=FULL, width=6)))
    made.with_panel(figure(Look(title="Memory used", unit="percentunit", queries=[_of(_MEMORY)], steps=FULL, width=6)))
    made.with_panel(
        figure(
            Look(title="Disks used", unit="percentunit", queries=[_of(_DISK, " {{mountpoint}}")], steps=FULL, width=6)
        )
    )
    made.with_row(row("CPU and memory"))
    made.with_panel(graph(Look(title="CPU used", unit="percentunit", queries=[_of(_CPU)], steps=FULL), maximum=1))
    made.with_panel(
        graph(
            Look(
                title="Processes that run or wait",
                unit="short",
                queries=[_of("node_load1")],
                about="On average of a minute. More than there are CPUs means that some wait.",
            )
        )
    )
    made.with_panel(graph(Look(title="Memory used", unit="percentunit", queries=[_of(_MEMORY)], steps=FULL), maximum=1))
    made.with_row(row("Disks"))
    made.with_panel(
        graph(
            Look(title="Used", unit="percentunit", queries=[_of(_DISK, " {{mountpoint}}")], steps=FULL),
            maximum=1,
        )
    )
    made.with_panel(graph(Look(title="Read", unit="Bps", queries=[_of(_rate("node_disk_read_bytes_total"))])))
    made.with_panel(graph(Look(title="Written", unit="Bps", queries=[_of(_rate("node_disk_written_bytes_total"))])))
    made.with_row(row("Network and temperature"))
    received = _rate('node_network_receive_bytes_total{device!="lo"}')
    sent = _rate('node_network_transmit_bytes_total{device!="lo"}')
    made.with_panel(graph(Look(title="Received", unit="Bps", queries=[_of(received)])))
    made.with_panel(graph(Look(title="Sent", unit="Bps", queries=[_of(sent)])))
    made.with_panel(
        graph(
            Look(
                title="Temperature",
                unit="celsius",
                queries=[_of("max by (instance) (node_hwmon_temp_celsius)")],
                about="Of the hottest sensor of each machine. Virtual machines have none.",
                steps=WARM,
            ),
            minimum=None,
        )
    )
    return made


def _rate(series: str) -> str:
    return f"sum by (instance) (rate({series}[$__rate_interval]))"


def _of(expr: str, more: str = "") -> Query:
    """Of the chosen nodes, by their names, which are `instance` of what is scraped there."""
    chosen_ones = f'({expr}) and on (instance) node_uname_info{{instance=~"$node"}}'
    return Query(expr=chosen_ones, legend=f"{{{{instance}}}}{more}")


PAGE: Final = Page(uid="nodes", title="Nodes", built=_built)
