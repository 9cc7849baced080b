"""Rooms, by the sensors of Nature Remo."""

from __future__ import annotations

from components.monitoring.rules.model import Alert, RuleGroup, Watched


def group(watched: Watched) -> RuleGroup:
    """Alerts of rooms; none, where there are no sensors."""
    return RuleGroup(name="rooms", rules=() if watched.too_hot is None else _alerts(watched.too_hot))


def _alerts(too_hot: int) -> tuple[Alert, ...]:
    hot = Alert(
        name="RoomTooHot",
        severity="critical",
        expr=f"remo_temperature > {too_hot}",
        wait="10m",
        summary="{{ $labels.name }} has {{ $value }} °C",
        description=f"That is above the {too_hot} °C that were set. Disks and people suffer.",
    )
    silent = Alert(
        name="RoomSensorSilent",
        severity="warning",
        expr="max by (name) (max_over_time(remo_temperature[1d])) unless on (name) remo_temperature"
        " or absent(remo_temperature)",
        wait="15m",
        summary="The sensor {{ $labels.name }} says nothing",
        description="It is off or out of reach, or Nature's cloud does not answer. Without a name, it is all of them.",
    )
    limit = Alert(
        name="RemoRateLimited",
        severity="warning",
        expr="remo_x_rate_limit_remaining < 5",
        wait="10m",
        summary="Nature's cloud grants {{ $value }} more calls",
        description="It counts those of the whole account, of which the exporter takes a few a minute: somebody else "
        "takes the rest. With none left, all sensors go silent.",
    )
    return hot, silent, limit
