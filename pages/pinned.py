"""Versions: every chart and image that is pinned, and what runs them."""

from __future__ import annotations

from doctor.argocd import sources
from pages.actors import is_of, tag_of
from pages.markdown import code, codes, page, table
from pages.platform import Platform
from policy.objects import containers_of, name_of

OWN = "argo-cd"
"""The chart that delivers all others."""


def versions(platform: Platform) -> str:
    """The whole page."""
    charts = charts_of(platform)
    images: dict[str, set[str]] = {}
    for actor in platform.actors:
        for container in containers_of(actor.spec):
            images.setdefault(str(container.get("image", "")).partition("@")[0], set()).add(actor.place)
    chart_rows, image_rows = [], []
    for name, version in sorted(platform.summary.versions.items()):
        if name in charts:
            chart_rows.append([code(name), version, codes(sorted(charts[name])) or "the program itself"])
        else:
            own = [image for image in images if is_of(image, name) and tag_of(image) == version]
            using = {place for image in own for place in images.pop(image)}
            image_rows.append([code(name), version, codes(sorted(using))])
    return page(
        "Versions",
        "Every chart and image of the platform's own is pinned in `components/versions.py`, where Renovate finds it.",
        "## Charts",
        table(["chart", "version", "delivered as"], chart_rows),
        "## Images",
        table(["image", "version", "run by"], image_rows),
        "## Images that charts and operators bring",
        "They come with the version of the chart above.",
        table(["image", "run by"], [[code(image), codes(sorted(places))] for image, places in sorted(images.items())]),
    )


def charts_of(platform: Platform) -> dict[str, set[str]]:
    """The Applications that deliver each chart; Argo CD's own is the program's."""
    found: dict[str, set[str]] = {}
    for item in platform.all("Application"):
        for source in sources(item):
            if "chart" in source:
                said = platform.summary.versions.get(source["chart"])
                platform.same(f"version of chart {source['chart']}", said, source["targetRevision"])
                found.setdefault(source["chart"], set()).add(name_of(item))
    return {OWN: set(), **found}
