"""What dashboards are made of: queries, panels, variables. The builders are Grafana's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeVar

from grafana_foundation_sdk.builders import common as building
from grafana_foundation_sdk.builders import dashboard as building_dashboard
from grafana_foundation_sdk.builders import prometheus as building_prometheus
from grafana_foundation_sdk.builders import stat, table, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common, dashboard
from grafana_foundation_sdk.models import prometheus as models_prometheus

from components.monitoring.names import INFLUXDB_SOURCE, THANOS_SOURCE

METRICS: Final = common.DataSourceRef(type_val="prometheus", uid=THANOS_SOURCE)
LONG_TERM: Final = common.DataSourceRef(type_val="influxdb", uid=INFLUXDB_SOURCE)
Unit = Literal[
    "Bps", "bytes", "celsius", "d", "humidity", "kwatth", "none", "percentunit", "reqps", "s", "short", "watt"
]
"""Grafana's own names of units; `none` and `short` for what is counted."""
Color = Literal["green", "yellow", "orange", "red", "blue", "text"]
Steps = Sequence[tuple[float | None, Color]]
"""From which value on which colour; the first of them from None, which is below everything."""
PLAIN: Final[Steps] = ((None, "blue"),)
UP: Final[Steps] = ((None, "red"), (1, "green"))
"""Of what is 1 when it is well, and 0 otherwise."""
NONE_IS_WELL: Final[Steps] = ((None, "green"), (1, "red"))

Panel = Builder[dashboard.Panel]
P = TypeVar("P", timeseries.Panel, stat.Panel, table.Panel)


@dataclass(frozen=True, kw_only=True)
class Query:
    """PromQL, asked of Thanos, which knows what Prometheus has and what is in the bucket."""

    expr: str
    legend: str = ""
    """What a series is called: text with labels in double curly brackets."""

    def built(self, ref: str, *, now: bool, rows: bool) -> Builder[Dataquery]:
        """As Grafana has it; `now` asks for one value only, `rows` for a table."""
        query = building_prometheus.Dataquery().expr(self.expr).legend_format(self.legend).ref_id(ref)
        query = query.datasource(METRICS)
        if rows:
            query = query.format(models_prometheus.PromQueryFormat.TABLE)
        return query.instant() if now else query.range()


class _Flux(Dataquery):
    """A query of InfluxDB's, for which the library has no class."""

    def __init__(self, ref: str, text: str) -> None:
        self._ref = ref
        self._text = text

    def to_json(self) -> dict[str, object]:
        """As Grafana has it."""
        return {"refId": self._ref, "query": self._text, "datasource": LONG_TERM.to_json()}


class _FluxBuilder(Builder[Dataquery]):
    def __init__(self, query: _Flux) -> None:
        self._query = query

    def build(self) -> Dataquery:
        return self._query


@dataclass(frozen=True, kw_only=True)
class Flux:
    """A pipeline of InfluxDB's: a bucket's series in the time that is shown, averaged to what fits on the screen."""

    bucket: str
    filters: Sequence[str]
    """Conditions on `r`, all of which hold."""
    then: Sequence[str] = ()
    """Functions that follow, such as `derivative(unit: 1s, nonNegative: true)`."""
    labels: Sequence[str]
    """Tags that a series is called by."""

    @property
    def name(self) -> str:
        """What a series is called, as Grafana fills it in."""
        return " ".join(f"${{__field.labels.{label}}}" for label in self.labels)

    @property
    def text(self) -> str:
        """As InfluxDB reads it."""
        columns = ", ".join(f'"{label}"' for label in ("_time", "_value", *self.labels))
        # Those with the same labels are one series, whatever else they were told apart by.
        groups = ", ".join(f'"{label}"' for label in self.labels)
        steps = (
            "range(start: v.timeRangeStart, stop: v.timeRangeStop)",
            *(f"filter(fn: (r) => {condition})" for condition in self.filters),
            "aggregateWindow(every: v.windowPeriod, fn: mean, createEmpty: false)",
            *self.then,
            f"keep(columns: [{columns}])",
            f"group(columns: [{groups}])",
            'sort(columns: ["_time"])',
        )
        return "\n  |> ".join((f'from(bucket: "{self.bucket}")', *steps))

    def built(self, ref: str, *, now: bool, rows: bool) -> Builder[Dataquery]:  # noqa: ARG002 - it knows ranges only
        """As Grafana has it."""
        return _FluxBuilder(_Flux(ref, self.text))


@dataclass(frozen=True, kw_only=True)
class Look:
    """What all kinds of panel have."""

    title: str
    unit: Unit
    queries: Sequence[Query | Flux]
    about: str = ""
    """What is not obvious about it; readers see it beside the title."""
    steps: Steps = PLAIN
    width: int = 8
    """Of the dashboard's 24 columns."""
    height: int = 7
    """In rows of Grafana's grid, 30 pixels each."""
    texts: dict[str, str] = field(default_factory=dict)
    """What is shown in the place of a value."""


def graph(look: Look, *, stacked: bool = False, maximum: float | None = None, minimum: float | None = 0) -> Panel:
    """Values over time; `maximum` and `minimum` of the axis, None as the values are."""
    panel = timeseries.Panel().fill_opacity(40 if stacked else 8).line_width(1)
    panel = panel.legend(building.VizLegendOptions().show_legend(True).placement(common.LegendPlacement.BOTTOM))
    panel = panel.tooltip(building.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI))
    if stacked:
        panel = panel.stacking(building.StackingConfig().mode(common.StackingMode.NORMAL))
    if len(look.steps) > 1:
        dashed = building.GraphThresholdsStyleConfig().mode(common.GraphThresholdsStyleMode.DASHED)
        panel = panel.thresholds_style(dashed)
    if maximum is not None:
        panel = panel.max(maximum)
    if minimum is not None:
        panel = panel.min(minimum)
    return _looking(panel, look, now=False, rows=False)


def figure(look: Look) -> Panel:
    """The last value of each series, large."""
    panel = stat.Panel().color_mode(common.BigValueColorMode.BACKGROUND_SOLID)
    panel = panel.graph_mode(common.BigValueGraphMode.NONE).text_mode(common.BigValueTextMode.VALUE_AND_NAME)
    panel = panel.reduce_options(building.ReduceDataOptions().calcs(["lastNotNull"]))
    return _looking(panel, look, now=True, rows=False)


def listing(look: Look, columns: Sequence[str]) -> Panel:
    """A row for each series, with these labels of it."""
    kept = dashboard.DataTransformerConfig(id_val="filterFieldsByName", options={"include": {"names": list(columns)}})
    return _looking(table.Panel(), look, now=True, rows=True).with_transformation(kept)


def _looking(panel: P, look: Look, *, now: bool, rows: bool) -> P:
    refs = "ABCDEFGH"
    targets = [query.built(ref, now=now, rows=rows) for ref, query in zip(refs, look.queries, strict=False)]
    steps = [dashboard.Threshold(value=value, color=color) for value, color in look.steps]
    panel.title(look.title).description(look.about).unit(look.unit).span(look.width).height(look.height)
    first = look.queries[0]
    panel.datasource(METRICS if isinstance(first, Query) else LONG_TERM).targets(targets)
    if isinstance(first, Flux):
        panel.display_name(first.name)
    panel.thresholds(building_dashboard.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(steps))
    if len(look.steps) > 1 and not isinstance(panel, timeseries.Panel):
        panel.color_scheme(building_dashboard.FieldColor().mode(dashboard.FieldColorModeId.THRESHOLDS))
    if look.texts:
        texts = {value: dashboard.ValueMappingResult(text=text) for value, text in look.texts.items()}
        panel.mappings([dashboard.ValueMap(options=texts)])
    return panel


def chosen(
    name: str, label: str, *, of: str, source: common.DataSourceRef = METRICS
) -> Builder[dashboard.VariableModel]:
    """A variable of a dashboard, by which readers choose: any number of what a query finds, at first all."""
    everything = dashboard.VariableOption(selected=True, text=["All"], value=["$__all"])
    variable = building_dashboard.QueryVariable(name).label(label).query(of).datasource(source)
    variable = variable.multi(True).include_all(True).current(everything)
    return variable.refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED).sort(
        dashboard.VariableSort.ALPHABETICAL_ASC
    )


def empty(about: str, *, since: str = "now-6h") -> building_dashboard.Dashboard:
    """A dashboard without a name and without panels; `since` is what it shows at first."""
    made = building_dashboard.Dashboard("").description(about).tags(["homelab"]).readonly()
    return made.time(since, "now").refresh("1m").timezone("browser").tooltip(dashboard.DashboardCursorSync.CROSSHAIR)


@dataclass(frozen=True, kw_only=True)
class Page:
    """A dashboard that others can link to."""

    uid: str
    """Never changes: addresses are made of it."""
    title: str
    built: Callable[[], building_dashboard.Dashboard]
    """Makes it, without its name and its links."""


def row(title: str) -> Builder[dashboard.RowPanel]:
    """A heading between panels."""
    return building_dashboard.Row(title)
