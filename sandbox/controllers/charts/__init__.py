"""The charts that the simulated Argo CD knows, and what each of them brings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from sandbox.controllers.charts import (
    argo_cd,
    authentik,
    cert_manager,
    cloudflare_tunnel,
    onepassword,
    traefik,
)
from sandbox.controllers.charts.base import Chart, ChartError, Object, Release, merge, unknown_keys

CHARTS: Final[tuple[Chart, ...]] = (
    argo_cd.CHART,
    authentik.CHART,
    cert_manager.CHART,
    cloudflare_tunnel.CHART,
    onepassword.CHART,
    traefik.CHART,
    traefik.CRDS,
)

__all__ = ["CHARTS", "Chart", "ChartError", "Release", "find", "render", "unknown_keys"]


def find(name: str, repository: str | None, version: str) -> Chart:
    """The description of a chart; ChartError, in one line, if there is none for it or for its version.

    Helm's releases may name a chart without repository; an Application always has one.
    """
    chart = next((chart for chart in CHARTS if chart.name == name), None)
    known = ", ".join(f"{chart.name} {chart.major}.x" for chart in CHARTS)
    if chart is None:
        raise ChartError(f"chart {name} not known to the sandbox; known: {known}")
    if repository is not None and repository.rstrip("/") not in chart.repositories:
        expected = " or ".join(sorted(chart.repositories))
        raise ChartError(f"chart {name} not found in {repository}; the sandbox knows it in {expected}")
    if not re.fullmatch(rf"v?{re.escape(chart.major)}(\.[0-9A-Za-z.+-]+)?", version):
        raise ChartError(f"chart {name} {version} not known to the sandbox; known: {known}")
    return chart


def render(chart: Chart, *, name: str, namespace: str, version: str, values: Mapping[str, Any]) -> list[Object]:
    """The objects of a release without its CRDs. ChartError if the chart refuses the values."""
    merged = merge(chart.defaults, values)
    return chart.render(Release(name=name, namespace=namespace, chart=chart.name, version=version, values=merged))
