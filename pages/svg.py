"""Writes a matrix as an SVG: rows and columns in groups, text in cells, legible on light and on dark."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final
from xml.sax.saxutils import escape

from pages.matrix import Party

ROW: Final = 18
"""Height of a row, in pixels, as every length here."""
COLUMN: Final = 28
CHARACTER: Final = 6.9
"""Width of a character of the text that names rows and columns, on average and rather too much."""
SMALL: Final = 5.5
"""Width of a character in a cell."""
GAP: Final = 6
"""Between two groups."""
MARGIN: Final = 12
STYLE: Final = """\
svg { background: #ffffff; }
text { font: 11px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #1f2328; }
.group { font-weight: bold; }
.cell { font-size: 9px; text-anchor: middle; fill: #0a3069; }
.call { fill: #b6d4fe; }
.own { fill: #d8dee4; }
.band { fill: #f3f5f8; }
line { stroke: #d0d7de; stroke-width: 0.5; }
@media (prefers-color-scheme: dark) {
  svg { background: #0d1117; }
  text { fill: #e6edf3; }
  .cell { fill: #dbeafe; }
  .call { fill: #1f4b8f; }
  .own { fill: #373e47; }
  .band { fill: #161b22; }
  line { stroke: #30363d; }
}"""


@dataclass(frozen=True, kw_only=True)
class _Axis:
    """Where each party is along one side, and where the groups are."""

    places: Mapping[Party, float]
    groups: Sequence[tuple[str, float, float]]
    """Name, begin and length."""
    end: float

    @classmethod
    def of(cls, parties: Iterable[Party], start: float, step: Callable[[Party], float]) -> _Axis:
        places: dict[Party, float] = {}
        groups = []
        at = start
        for name, members in groupby(parties, key=lambda party: party.namespace):
            begin = at
            for member in members:
                places[member] = at
                at += step(member)
            groups.append((name, begin, at - begin))
            at += GAP
        return cls(places=places, groups=groups, end=at - GAP)


def drawn(calls: Mapping[tuple[Party, Party], Sequence[str]], rows: Sequence[Party], columns: Sequence[Party]) -> str:
    """The picture: a cell for each call, with its ports."""
    left = MARGIN + CHARACTER * max((len(_label(party)) for party in rows), default=0)
    top = MARGIN + CHARACTER * max((len(_label(party)) for party in columns), default=0)
    widths = {
        column: max(COLUMN, SMALL * max((len(_text(ports)) for (_, to), ports in calls.items() if to == column)) + 4)
        for column in columns
    }
    across = _Axis.of(columns, left + GAP, lambda party: widths[party])
    down = _Axis.of(rows, top + GAP, lambda _: ROW)
    width, height = across.end + MARGIN, down.end + MARGIN
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="Who may call whom">',
        f"<style>{STYLE}</style>",
        *_bands(across, down),
    ]
    for row, y in down.places.items():
        parts.append(f'<text x="{left:.1f}" y="{y + ROW - 5:.1f}" text-anchor="end">{escape(_label(row))}</text>')
    for column, x in across.places.items():
        at = x + widths[column] / 2 + 4
        parts.append(f'<text transform="translate({at:.1f} {top:.1f}) rotate(-90)">{escape(_label(column))}</text>')
        if column in down.places:
            parts.append(_box("own", x, down.places[column], widths[column]))
    for (row, column), ports in calls.items():
        x, y = across.places[column], down.places[row]
        title = f"{_label(row)} to {_label(column)}: {', '.join(ports)}"
        parts.append(f"<g><title>{escape(title)}</title>{_box('call', x, y, widths[column])}")
        middle = x + widths[column] / 2
        parts.append(f'<text class="cell" x="{middle:.1f}" y="{y + ROW - 6:.1f}">{escape(_text(ports))}</text></g>')
    return "\n".join([*parts, "</svg>", ""])


def _label(party: Party) -> str:
    return f"{party.namespace}/{party.name}"


def _text(ports: Sequence[str]) -> str:
    return " ".join(ports)


def _box(kind: str, x: float, y: float, width: float) -> str:
    return f'<rect class="{kind}" x="{x + 1:.1f}" y="{y + 1:.1f}" width="{width - 2:.1f}" height="{ROW - 2}" rx="2"/>'


def _bands(across: _Axis, down: _Axis) -> list[str]:
    """Every other group lies on a darker band, and lines lead from names to cells."""
    left, top = min(across.places.values(), default=0), min(down.places.values(), default=0)
    bands = [
        f'<rect class="band" x="{MARGIN}" y="{begin:.1f}" width="{across.end - MARGIN:.1f}" height="{length:.1f}"/>'
        for _, begin, length in down.groups[::2]
    ]
    bands += [
        f'<rect class="band" x="{begin:.1f}" y="{MARGIN}" width="{length:.1f}" height="{down.end - MARGIN:.1f}" '
        'opacity="0.6"/>'
        for _, begin, length in across.groups[::2]
    ]
    rows = [f'<line x1="{left:.1f}" x2="{across.end:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>' for y in down.places.values()]
    columns = [f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{down.end:.1f}"/>' for x in across.places.values()]
    return [*bands, *rows, *columns]
