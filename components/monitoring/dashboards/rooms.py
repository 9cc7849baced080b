"""Remo-Exporter: the rooms, and what the house draws."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import dashboard as building

from components.monitoring.dashboards.panels import (
    Flux,
    Look,
    Page,
    Query,
    Steps,
    Unit,
    chosen,
    empty,
    figure,
    graph,
    row,
)
from components.monitoring.names import LONG_TERM

COMFORT: Final[Steps] = ((None, "blue"), (18, "green"), (28, "orange"), (35, "red"))
DRY: Final[Steps] = ((None, "orange"), (40, "green"), (60, "blue"))
LEGEND: Final = "{{name}}"
ENERGY: Final = "longterm:home_energy_drawn:kilowatt_hours"


def _built() -> building.Dashboard:
    made = empty("Rooms by the sensors of Nature Remo, once a minute.", since="now-24h")
    made.with_variable(chosen("room", "Room", of="label_values(remo_temperature, name)"))
    made.with_row(row("Now"))
    made.with_panel(figure(_temperature()))
    made.with_panel(figure(_humidity()))
    made.with_panel(figure(_illuminance()))
    made.with_row(row("Over time"))
    made.with_panel(graph(_temperature(), minimum=None))
    made.with_panel(graph(_humidity(), maximum=100))
    made.with_panel(graph(_illuminance()))
    made.with_panel(
        graph(
            Look(
                title="Motion",
                unit="short",
                queries=[Query(expr='max by (name) (remo_motion{name=~"$room"})', legend=LEGEND)],
                about="What the sensor last said. It says so when something moves, and not when it ceases.",
                width=24,
                height=5,
            )
        )
    )
    made.with_row(row("Energy of the whole house"))
    made.with_panel(
        graph(
            Look(
                title="Power",
                unit="watt",
                queries=[Query(expr="sum by (name) (remo_measured_instantaneous_energy_watt)", legend=LEGEND)],
                about="Below zero, the house gives more than it draws.",
                width=18,
            ),
            minimum=None,
        )
    )
    drawn = f"max_over_time({ENERGY}[$__range]) - min_over_time({ENERGY}[$__range])"
    made.with_panel(
        figure(
            Look(
                title="Drawn in the time shown",
                unit="kwatth",
                queries=[Query(expr=drawn, legend=LEGEND)],
                width=6,
            )
        )
    )
    made.with_row(row("For ever"))
    made.with_panel(graph(_ever("Temperature", "celsius", "room_temperature:celsius"), minimum=None))
    made.with_panel(graph(_ever("Humidity", "humidity", "room_humidity:percent"), maximum=100))
    made.with_panel(graph(_ever("Energy drawn", "kwatth", "home_energy_drawn:kilowatt_hours"), minimum=None))
    return made


def _temperature() -> Look:
    return Look(
        title="Temperature",
        unit="celsius",
        queries=[Query(expr='avg by (name) (remo_temperature{name=~"$room"})', legend=LEGEND)],
        steps=COMFORT,
    )


def _humidity() -> Look:
    return Look(
        title="Humidity",
        unit="humidity",
        queries=[Query(expr='avg by (name) (remo_humidity{name=~"$room"})', legend=LEGEND)],
        steps=DRY,
    )


def _illuminance() -> Look:
    return Look(
        title="Illuminance",
        unit="short",
        queries=[Query(expr='avg by (name) (remo_illumination{name=~"$room"})', legend=LEGEND)],
        about="As the sensor counts it, from 0 to about 200: it is no lux.",
    )


def _ever(title: str, unit: Unit, series: str) -> Look:
    return Look(
        title=title,
        unit=unit,
        queries=[
            Flux(
                bucket=LONG_TERM,
                filters=[f'r._measurement == "longterm:{series}"', 'r._field == "value"'],
                labels=["name"],
            )
        ],
        about="One value in five minutes, from InfluxDB. Choose years.",
    )


PAGE: Final = Page(uid="rooms", title="Rooms", built=_built)
