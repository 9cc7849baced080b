"""Metrics as text, as exporters answer with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

ESCAPED: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


@dataclass(frozen=True)
class Sample:
    """One series with its value at present."""

    name: str
    value: float
    labels: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """A line of the text."""
        labels = ",".join(f'{name}="{value.translate(ESCAPED)}"' for name, value in self.labels.items())
        return f"{self.name}{{{labels}}} {self.value!r}"
