"""The checks of what a stack file says of its databases and files, and of what was restored of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from components.configuration.problems import Path, line
from components.configuration.tree import Apps
from components.settings import ClusterSettings, SharedSettings
from components.settings.base import Checked

CLUSTERS: Final = {("authentik", "database"): ClusterSettings, ("databases", "shared"): SharedSettings}
"""Where a stack file has clusters of the platform itself."""


def restores_that_fit(values: Mapping[str, Any], apps: Apps, broken: set[Path]) -> Iterator[str]:
    """The lines about what cannot be had together; of a section with a broken value nothing more is said."""
    found: dict[Path, Checked] = {}
    for (section, key), model in CLUSTERS.items():
        if not _broken((section, key), broken):
            found[section, key] = model.model_validate((values.get(section) or {}).get(key) or {})
    for app in apps.each():
        for key, info in type(app).model_fields.items():
            path, settings = ("apps", app.name, info.alias or key), getattr(app, key)
            if isinstance(settings, Checked) and not _broken(path, broken):
                found[path] = settings
    for place, settings in found.items():
        for inner, message in settings.problems():
            yield line((*place, *inner), message)


def _broken(path: Path, broken: set[Path]) -> bool:
    return any(other[: len(path)] == path or path[: len(other)] == other for other in broken)
