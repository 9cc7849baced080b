"""What a panel of a dashboard says of how it is to be drawn."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from drills.monitoring.pictures.units import written

LABEL: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}|\$\{__field\.labels\.(\w+)\}")
PLAIN: Final = "green"
"""Grafana's colour of what has no thresholds."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Where a panel is on its dashboard: 24 columns, and rows of Grafana's own height."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One panel."""

    kind: str
    """Grafana's name of it: `row`, `stat`, `table`, `timeseries`, and others."""
    title: str
    grid: Grid
    unit: str = ""
    steps: Sequence[tuple[float, str]] = ()
    """From which value on which colour, the first from minus infinity on."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """What is shown in the place of a value."""
    minimum: float | None = None
    maximum: float | None = None
    stacked: bool = False
    dashed: bool = False
    """Whether thresholds are lines."""
    name: str = ""
    """How its series are called, where it is the panel that says so."""
    columns: Sequence[str] = ()
    """Those of a table; all of them without any."""
    targets: Sequence[Mapping[str, Any]] = ()
    content: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """All of it, as Grafana reads it."""

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Panel:
        """As a dashboard's file has it."""
        defaults = (content.get("fieldConfig") or {}).get("defaults") or {}
        custom = defaults.get("custom") or {}
        grid = content["gridPos"]
        return cls(
            kind=str(content["type"]),
            title=str(content.get("title") or ""),
            grid=Grid(x=grid["x"], y=grid["y"], width=grid["w"], height=grid["h"]),
            unit=str(defaults.get("unit") or ""),
            steps=_steps(defaults),
            texts=_texts(defaults),
            minimum=defaults.get("min"),
            maximum=defaults.get("max"),
            stacked=(custom.get("stacking") or {}).get("mode", "none") != "none",
            dashed=(custom.get("thresholdsStyle") or {}).get("mode", "off") != "off",
            name=str(defaults.get("displayName") or ""),
            columns=_columns(content),
            targets=content.get("targets") or (),
            content=content,
        )

    def color(self, value: float) -> str:
        """Grafana's name of the colour of a value."""
        reached = [color for start, color in self.steps if value >= start]
        return reached[-1] if reached else PLAIN

    def text(self, value: float) -> str:
        """A value as it is shown."""
        return self.texts.get(f"{value:g}") or written(value, self.unit)

    def called(self, labels: Mapping[str, str], legend: str = "") -> str:
        """What a series is called: by the panel, by its query's legend, or by all of its labels."""
        if pattern := self.name or legend:
            return LABEL.sub(lambda found: labels.get(found[1] or found[2], ""), pattern).strip() or self.title
        return ", ".join(f"{name}={value}" for name, value in sorted(labels.items())) or self.title


def _steps(defaults: Mapping[str, Any]) -> list[tuple[float, str]]:
    steps = (defaults.get("thresholds") or {}).get("steps") or []
    return [(float("-inf") if step.get("value") is None else float(step["value"]), step["color"]) for step in steps]


def _texts(defaults: Mapping[str, Any]) -> dict[str, str]:
    mappings = [each for each in defaults.get("mappings") or [] if each.get("type") == "value"]
    return {value: str(to.get("text", "")) for each in mappings for value, to in each["options"].items()}


def _columns(content: Mapping[str, Any]) -> list[str]:
    for each in content.get("transformations") or []:
        if each["id"] == "filterFieldsByName":
            return list(each["options"]["include"]["names"])
    return []
