"""Which charts a program uses, read from the resources that it registers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandbox.rendering import package
from sandbox.rendering.crds import Definitions
from sandbox.rendering.render import Release, Rendered, render

RELEASE: Final = "kubernetes:helm.sh/v3:Release"
APPLICATION: Final = "kubernetes:argoproj.io/v1alpha1:Application"


@dataclass(frozen=True, kw_only=True)
class Use:
    """A chart as the program uses it."""

    chart: str
    repository: str
    version: str
    release: Release

    def rendered(self, definitions: Definitions, packages: Path | None = None) -> Rendered:
        """What it brings: of a folder's package, or of the stand-in. ChartError as `find` and `render` have it."""
        return render(package.find(self.chart, self.repository, self.version, packages), self.release, definitions)


def of_resource(kind: str, inputs: Mapping[str, Any]) -> Iterator[Use]:
    """The charts that a resource of a type and with these inputs stands for; none for most."""
    if kind == RELEASE:
        yield of_release(inputs)
    elif kind == APPLICATION:
        spec = inputs["spec"]
        for source in spec.get("sources") or [spec.get("source") or {}]:
            if source.get("chart"):
                yield of_source(source, spec["destination"]["namespace"])


def of_state(resources: Iterable[Mapping[str, Any]]) -> list[Use]:
    """The charts of all resources of a state."""
    return [use for item in resources for use in of_resource(item["type"], item.get("inputs") or {})]


def of_release(inputs: Mapping[str, Any]) -> Use:
    """The chart of a Helm release."""
    release = Release(name=inputs["name"], namespace=inputs["namespace"], values=_whole(inputs["values"]))
    repository = inputs["repositoryOpts"]["repo"]
    return Use(chart=inputs["chart"], repository=repository, version=inputs["version"], release=release)


def of_source(source: Mapping[str, Any], namespace: str) -> Use:
    """The chart of one source of an Application whose objects go into this namespace."""
    helm = source["helm"]
    release = Release(
        name=helm["releaseName"],
        namespace=namespace,
        values=_whole(helm["valuesObject"]),
        skip_crds=bool(helm.get("skipCrds")),
    )
    return Use(chart=source["chart"], repository=source["repoURL"], version=source["targetRevision"], release=release)


def _whole(value: Any) -> Any:
    """Whole numbers as such: the engine's wire knows fractions only."""
    if isinstance(value, Mapping):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
