"""Which images a recording makes pods of: the program's own, and those that its charts bring."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.controllers import charts
from tests.support.parts import chart_sources
from tests.support.recorder import Recording, Registered


def images(recording: Recording[Any]) -> dict[str, set[str]]:
    """Images by what brings them: `Deployment <name>` or `chart <name>`."""
    found = {
        f"{item.type.rsplit(':', 1)[-1]} {item.name}": set(_in(item.inputs))
        for item in recording.objects()
        if not item.type.endswith((":Application", ":Release"))
    }
    found |= {f"chart {name}": set(_in(objects)) for name, objects in rendered(recording).items()}
    return {source: names for source, names in found.items() if names}


def rendered(recording: Recording[Any]) -> dict[str, list[dict[str, Any]]]:
    """What each chart brings with the program's values, as the sandbox knows the charts."""
    return {
        item.name: _render(item) for item in recording.objects() if item.type.endswith((":Application", ":Release"))
    }


def _render(item: Registered) -> list[dict[str, Any]]:
    if item.type.endswith(":Release"):
        made = item.inputs
        chart = charts.find(made["chart"], made["repositoryOpts"]["repo"], made["version"])
        return _rendered(chart, item.name, made["namespace"], made["version"], made["values"])
    namespace = item.spec["destination"]["namespace"]
    return [
        obj
        for source in chart_sources(item)
        for obj in _rendered(
            charts.find(source["chart"], source["repoURL"], source["targetRevision"]),
            item.name,
            namespace,
            source["targetRevision"],
            source["helm"]["valuesObject"],
        )
    ]


def _rendered(chart: charts.Chart, name: str, namespace: str, version: str, values: Any) -> list[dict[str, Any]]:
    return charts.render(chart, name=name, namespace=namespace, version=version, values=_whole(values))


def _whole(value: Any) -> Any:
    """Whole numbers as such: protobuf knows floating ones only."""
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _in(value: Any) -> Iterator[str]:
    """Every `image`, and every environment variable that is called one, at any depth."""
    if isinstance(value, list):
        for item in value:
            yield from _in(item)
    elif isinstance(value, dict):
        if str(value.get("name", "")).endswith("_IMAGE") and isinstance(value.get("value"), str):
            yield value["value"]
        for key, item in value.items():
            if key == "image" and isinstance(item, str):
                yield item
            else:
                yield from _in(item)
