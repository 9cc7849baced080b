"""What charts bring with the program's values: rendered by Helm, from the sandbox's stand-ins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.rendering import package
from sandbox.rendering.crds import Definitions
from sandbox.rendering.render import Release, Rendered, render
from tests.support.parts import chart_sources
from tests.support.recorder import Recording, Registered

NO_DEFINITIONS = Definitions()
"""CRDs that are only named are left out: no test that asks for none has to fetch the modules that define them."""


@dataclass(frozen=True, kw_only=True)
class Use:
    """A chart as the program uses it."""

    chart: str
    repository: str
    version: str
    release: Release

    def rendered(self, definitions: Definitions = NO_DEFINITIONS) -> Rendered:
        """What it brings."""
        return render(package.find(self.chart, self.repository, self.version, None), self.release, definitions)


def uses(recording: Recording[Any]) -> dict[str, list[Use]]:
    """The charts of each release and Application, by its name."""
    kinds = (":Application", ":Release")
    return {item.name: list(_uses(item)) for item in recording.objects() if item.type.endswith(kinds)}


def _uses(item: Registered) -> Iterator[Use]:
    if item.type.endswith(":Release"):
        yield of_release(item.inputs)
    else:
        for source in chart_sources(item):
            yield of_source(source, item.spec["destination"]["namespace"])


def of_release(inputs: Mapping[str, Any]) -> Use:
    """The chart of a Helm release."""
    release = Release(name=inputs["name"], namespace=inputs["namespace"], values=whole(inputs["values"]))
    repository = inputs["repositoryOpts"]["repo"]
    return Use(chart=inputs["chart"], repository=repository, version=inputs["version"], release=release)


def of_source(source: Mapping[str, Any], namespace: str) -> Use:
    """The chart of one source of an Application."""
    helm = source["helm"]
    release = Release(
        name=helm["releaseName"],
        namespace=namespace,
        values=whole(helm["valuesObject"]),
        skip_crds=bool(helm.get("skipCrds")),
    )
    return Use(chart=source["chart"], repository=source["repoURL"], version=source["targetRevision"], release=release)


def rendered(recording: Recording[Any]) -> dict[str, list[dict[str, Any]]]:
    """The objects that each release and Application brings, hooks included, by its name."""
    found = {name: [use.rendered() for use in used] for name, used in uses(recording).items()}
    return {name: [obj for part in parts for obj in (*part.objects, *part.hooks)] for name, parts in found.items()}


def whole(value: Any) -> Any:
    """Whole numbers as such: protobuf knows floating ones only."""
    if isinstance(value, dict):
        return {key: whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
