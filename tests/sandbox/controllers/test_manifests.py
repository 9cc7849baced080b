from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sandbox.controllers.charts.base import ChartError, Object

from sandbox.controllers import charts, manifests

CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.net}
spec: {scope: Namespaced}
status: {conditions: []}
---
kind: Kustomization
"""


def of_chart(folder: Path, values: dict[str, Any]) -> list[Object]:
    chart = charts.find("cert-manager", None, "v1.19.1")
    return manifests.of_chart(
        chart, name="cert-manager", namespace="space", version="v1.19.1", values=values, crds=folder
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cert-manager").mkdir()
    (tmp_path / "cert-manager" / "things.yaml").write_text(CRD)
    return tmp_path


def crds(objects: list[Object]) -> list[Object]:
    return [obj for obj in objects if obj["kind"] == "CustomResourceDefinition"]


def test_a_charts_crds_come_from_the_folder_when_its_values_ask_for_them(folder: Path) -> None:
    assert crds(of_chart(folder, {})) == []
    (crd,) = crds(of_chart(folder, {"crds": {"enabled": True}}))
    assert "status" not in crd
    assert crd["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    (free,) = crds(of_chart(folder, {"crds": {"enabled": True, "keep": False}}))
    assert "helm.sh/resource-policy" not in free["metadata"]["annotations"]


@pytest.mark.parametrize(("name", "left_out"), [("traefik", True), ("traefik-crds", False)])
def test_a_folder_of_crds_can_be_left_out_but_not_crds_among_templates(
    folder: Path, name: str, *, left_out: bool
) -> None:
    (folder / "traefik").mkdir()
    (folder / "traefik" / "things.yaml").write_text(CRD)
    chart = next(chart for chart in charts.CHARTS if chart.name == name)

    def rendered(*, skip: bool) -> list[Object]:
        return manifests.of_chart(
            chart, name=name, namespace="space", version="1.0.0", values={}, crds=folder, skip_crds=skip
        )

    assert len(crds(rendered(skip=False))) == 1
    assert (crds(rendered(skip=True)) == []) is left_out


def test_a_changed_manifest_changes_the_digest(folder: Path) -> None:
    def digest() -> str:
        (crd,) = crds(of_chart(folder, {"crds": {"enabled": True}}))
        return str(crd["metadata"]["annotations"][manifests.DIGEST])

    before = digest()
    (folder / "cert-manager" / "things.yaml").write_text(CRD.replace("Namespaced", "Cluster"))
    assert digest() != before


def test_missing_crds_are_named(tmp_path: Path) -> None:
    with pytest.raises(ChartError, match="the sandbox has no CRDs in"):
        of_chart(tmp_path, {"crds": {"enabled": True}})


def test_objects_come_in_the_order_in_which_they_need_each_other(folder: Path) -> None:
    kinds = [obj["kind"] for obj in of_chart(folder, {"crds": {"enabled": True}})]
    order = ("ServiceAccount", "CustomResourceDefinition", "ClusterRole", "Service", "Deployment")
    positions = [kinds.index(kind) for kind in order]
    assert positions == sorted(positions)
    assert {kind for _, kind in manifests.KINDS} >= set(kinds)


def test_every_kind_that_a_chart_makes_is_looked_at() -> None:
    known = set(manifests.KINDS)
    everything: dict[str, Any] = {
        "operator": {"create": True},
        "postgresql": {"enabled": True},
        "podDisruptionBudget": {"enabled": True, "minAvailable": 1},
        "server": {"pdb": {"enabled": True}, "metrics": {"enabled": True}},
    }
    for chart in charts.CHARTS:
        values = {key: value for key, value in everything.items() if key in chart.defaults}
        for obj in charts.render(
            chart, name=chart.name, namespace="space", version=f"{chart.major}.0.0", values=values
        ):
            assert (obj["apiVersion"], obj["kind"]) in known, (chart.name, obj["kind"])
            cluster_wide = obj["kind"] in manifests.CLUSTER_WIDE
            assert ("namespace" not in obj["metadata"]) is cluster_wide
