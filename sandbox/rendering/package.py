"""A chart as it lies in a folder or in a package: its name, version and values."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox.paths import REPOSITORY

STAND_INS: Final = REPOSITORY / "sandbox" / "charts"
"""A folder for each chart that the sandbox stands in for, and `common`, which they share."""
KUBERNETES: Final = ("ecurityContext", "esources", "trategy", "odeSelector", "ffinity")
"""How the keys of values end that are Kubernetes' own structures, which a chart passes on as they are."""
LIBRARY: Final = "library"
"""Type of a chart that brings no objects of its own."""
OPEN_VALUES: Final = "sandbox.homelab/open-values"
REPOSITORIES: Final = "sandbox.homelab/repositories"


class ChartError(Exception):
    """The chart is not there, or cannot be rendered with these values; in one line."""


@dataclass(frozen=True, kw_only=True)
class Package:
    """A chart: a folder, or a file as `helm package` makes it."""

    path: Path
    metadata: Mapping[str, Any]
    """Its `Chart.yaml`."""
    values: Mapping[str, Any]
    """Its defaults, those of the charts in it included."""
    digest: str
    """Of everything in it."""
    asks_about_cluster: bool
    """Whether what it renders depends on the cluster's version or kinds."""

    @property
    def name(self) -> str:
        """The chart's name."""
        return str(self.metadata["name"])

    @property
    def version(self) -> str:
        """The chart's own version, not that of the program in it."""
        return str(self.metadata["version"])

    @property
    def is_stand_in(self) -> bool:
        """Whether it is one that the sandbox has written."""
        return self.path.parent == STAND_INS

    def listed(self, annotation: str) -> list[str]:
        """The words of an annotation in its `Chart.yaml`."""
        return str((self.metadata.get("annotations") or {}).get(annotation, "")).split()


def load(path: Path) -> Package:
    """Read a chart. ChartError if it is none."""
    try:
        stamp = tuple(sorted((str(file), file.stat().st_mtime_ns) for file in _files(path)))
        return _loaded(path, stamp)
    except (OSError, tarfile.TarError, yaml.YAMLError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise ChartError(f"{path} is no chart: {reason}") from error


def stand_ins() -> list[Package]:
    """Every chart that the sandbox stands in for, by name."""
    return [package for folder in sorted(STAND_INS.iterdir()) if (package := _stand_in(folder))]


def _stand_in(folder: Path) -> Package | None:
    """The stand-in in a folder, which is called as the chart is; nothing if there is none."""
    if folder.parent != STAND_INS or not (folder / "Chart.yaml").is_file():
        return None
    package = load(folder)
    return None if package.metadata.get("type") == LIBRARY else package


def find(name: str, repository: str | None, version: str, folder: Path | None) -> Package:
    """The chart of that name and version: a package in the folder, or without a folder the stand-in.

    Helm's releases may name a chart without repository; an Application always has one. A folder of packages stands for
    every repository.

    Raises:
        ChartError: there is none; says what there is.
    """
    if folder is not None:
        return _packaged(name, version, folder)
    # Asked for whenever anything moves, so that the other charts are left alone.
    package = _stand_in(STAND_INS / name)
    if package is None:
        known = ", ".join(f"{package.name} {package.version}" for package in stand_ins())
        raise ChartError(f"chart {name} not known to the sandbox; known: {known}")
    repositories = package.listed(REPOSITORIES)
    if repository is not None and repository.rstrip("/") not in repositories:
        expected = " or ".join(repositories)
        raise ChartError(f"chart {name} not found in {repository}; the sandbox knows it in {expected}")
    if package.version != version:
        raise ChartError(
            f"chart {name} {version}: the sandbox's stand-in is of {package.version}; bring "
            f"{package.path.relative_to(REPOSITORY)} up to it (its README says how), or take the real charts with "
            "`make up CHARTS=real`"
        )
    return package


def _packaged(name: str, version: str, folder: Path) -> Package:
    path = folder / f"{name}-{version}.tgz"
    if not path.is_file():
        there = ", ".join(file.name for file in sorted(folder.glob("*.tgz"))) or "no package at all"
        raise ChartError(f"chart {name} {version}: {path.name} is not in {folder}; there is {there}")
    return load(path)


@lru_cache(maxsize=128)
def _loaded(path: Path, _stamp: tuple[tuple[str, int], ...]) -> Package:
    if path.is_dir():
        contents = {str(file.relative_to(path)): file.read_bytes() for file in _files(path)}
    else:
        contents = {name.partition("/")[2]: data for name, data in _unpacked(path)}
    digest = hashlib.sha256()
    for name, data in sorted(contents.items()):
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return Package(
        path=path,
        metadata=yaml.safe_load(contents["Chart.yaml"]),
        values=_values(contents, ""),
        digest=digest.hexdigest(),
        asks_about_cluster=any(b".Capabilities" in data for data in contents.values()),
    )


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for entry in sorted(path.iterdir()):
        # Links too: the shared chart lies in each chart's folder `charts` as one.
        yield from _files(entry) if entry.is_dir() else (entry,)


def _unpacked(path: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path, "r:gz") as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file is not None:
                yield member.name, file.read()


def _values(contents: Mapping[str, bytes], prefix: str) -> dict[str, Any]:
    """The values of the chart at a prefix, over those of the charts in it."""
    own: dict[str, Any] = yaml.safe_load(contents.get(f"{prefix}values.yaml", b"")) or {}
    inside: dict[str, Any] = {}
    for alias, folder in _inside(contents, prefix):
        inside[alias] = _values(contents, folder)
    return merge(inside, own)


def _inside(contents: Mapping[str, bytes], prefix: str) -> Iterator[tuple[str, str]]:
    """The charts in a chart: the key of each one's values, and where it is."""
    chart = yaml.safe_load(contents[f"{prefix}Chart.yaml"])
    aliases = {item["name"]: item.get("alias") or item["name"] for item in chart.get("dependencies") or []}
    start = f"{prefix}charts/"
    folders = {name[len(start) :].partition("/")[0] for name in contents if name.startswith(start)}
    for folder in sorted(folders):
        if f"{start}{folder}/Chart.yaml" in contents:
            yield aliases.get(folder, folder), f"{start}{folder}/"


def merge(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Values as Helm merges them: maps key by key, everything else replaced, null removes a default."""
    merged = dict(defaults)
    for key, value in given.items():
        known = merged.get(key)
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(known, Mapping):
            merged[key] = merge(known, value)
        else:
            merged[key] = value
    return merged


def unknown_values(package: Package, given: Mapping[str, Any], opened: Iterable[str] = ()) -> list[str]:
    """The values, as dotted paths, that the chart has no default for, so that they would do nothing.

    A map whose default is empty takes any key, and so does one that is opened or that the chart's annotation names.
    """
    return list(_unknown(package.values, given, "", {*opened, *package.listed(OPEN_VALUES)}))


def _unknown(known: Mapping[str, Any], given: Mapping[str, Any], prefix: str, opened: Iterable[str]) -> Iterator[str]:
    for key, value in given.items():
        path = f"{prefix}{key}"
        if path in opened or key.endswith(KUBERNETES):
            continue
        if key not in known:
            yield path
        elif isinstance(value, Mapping) and isinstance(known[key], Mapping) and known[key]:
            yield from _unknown(known[key], value, f"{path}.", opened)
