"""Which images a recording makes pods of: the program's own, and those that its charts bring."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.support.charts import rendered
from tests.support.recorder import Recording


def images(recording: Recording[Any]) -> dict[str, set[str]]:
    """Images by what brings them: `Deployment <name>` or `chart <name>`."""
    found = {
        f"{item.type.rsplit(':', 1)[-1]} {item.name}": set(_in(item.inputs))
        for item in recording.objects()
        if not item.type.endswith((":Application", ":Release"))
    }
    found |= {f"chart {name}": set(_in(objects)) for name, objects in rendered(recording).items()}
    return {source: names for source, names in found.items() if names}


def _in(value: Any) -> Iterator[str]:
    """Every `image` (of a Cluster, `imageName`), and every environment variable that is called one, at any depth."""
    if isinstance(value, list):
        for item in value:
            yield from _in(item)
    elif isinstance(value, dict):
        if str(value.get("name", "")).endswith("_IMAGE") and isinstance(value.get("value"), str):
            yield value["value"]
        for key, item in value.items():
            if key in {"image", "imageName"} and isinstance(item, str):
                yield item
            else:
                yield from _in(item)
