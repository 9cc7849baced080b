"""A picture's surface: words and rectangles in pixels, and axes in the middle of them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from matplotlib.text import Text
from PIL import Image

from drills.monitoring.pictures.layout import WIDTH, Box

DPI: Final = 100
BACKGROUND: Final = "#111217"
PANEL: Final = "#181b1f"
BORDER: Final = "#2a2d33"
FAINT: Final = "#8e9199"
TEXT: Final = "#d8d9df"
WHITE: Final = "#ffffff"
COLORS: Final = {
    "green": "#56a64b",
    "yellow": "#d9af27",
    "orange": "#e0751a",
    "red": "#d3303f",
    "blue": "#3d71d9",
    "text": "#4a4d55",
}
"""Of thresholds, by Grafana's names; dark enough for white words."""
LINES: Final = (
    "#73bf69",
    "#f2cc0c",
    "#5794f2",
    "#ff9830",
    "#f2495c",
    "#b877d9",
    "#8ab8ff",
    "#fade2a",
    "#ff7383",
    "#96d98d",
)
"""Of series, one after the other."""


class Canvas:
    """One picture, of a width that is always the same."""

    def __init__(self, height: float) -> None:
        self.height = height
        self.figure = Figure(figsize=(WIDTH / DPI, height / DPI), dpi=DPI, facecolor=BACKGROUND)
        FigureCanvasAgg(self.figure)

    def rectangle(self, box: Box, color: str, *, border: str = "none", round_by: float = 3) -> None:
        """A filled one with round corners."""
        self.figure.add_artist(
            FancyBboxPatch(
                (box.x, self.height - box.y - box.height),
                box.width,
                box.height,
                boxstyle=f"round,pad=0,rounding_size={round_by}",
                transform=None,
                facecolor=color,
                edgecolor=border,
                linewidth=0.8,
                # Below axes, which are below words.
                zorder=-1,
            )
        )

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float,
        color: str = TEXT,
        bold: bool = False,
        middle: bool = False,
        width: float = 0,
    ) -> float:
        """Words at the left of a point, or around it, halfway up; shortened to a width. How wide they have become."""
        made = self.figure.text(
            x / WIDTH,
            1 - y / self.height,
            _plain(words),
            fontsize=size * 72 / DPI,
            color=color,
            fontweight="bold" if bold else "normal",
            ha="center" if middle else "left",
            va="center_baseline" if middle else "center",
        )
        return self._fit(made, words, width)

    def axes(self, box: Box) -> Axes:
        """Axes whose lines are in a box; what is written at them is outside of it."""
        return self.figure.add_axes(
            (
                box.x / WIDTH,
                1 - (box.y + box.height) / self.height,
                box.width / WIDTH,
                box.height / self.height,
            )
        )

    def save(self, path: Path) -> None:
        """Write it as PNG, with as many colours as it needs and no more than 256."""
        drawn = io.BytesIO()
        self.figure.savefig(drawn, format="png", facecolor=BACKGROUND)
        image = Image.open(drawn).convert("RGB")
        image.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)

    def _fit(self, made: Text, words: str, width: float) -> float:
        def wide() -> float:
            return float(made.get_window_extent().width)

        kept = len(words)
        while width and kept > 1 and wide() > width:
            kept -= max(1, round(kept * (1 - width / wide())))
            made.set_text(_plain(f"{words[:kept].rstrip()}…"))
        return wide()


def _plain(words: str) -> str:
    """Without what the library would read as a formula."""
    return words.replace("$", r"\$")
