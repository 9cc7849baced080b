"""Releases in the running sandbox: from its source of charts, for its cluster, with its CRDs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.controllers import manifests
from sandbox.controllers.hub import Hub
from sandbox.paths import Sandbox
from sandbox.rendering import helm, kinds, package
from sandbox.rendering.package import ChartError
from sandbox.rendering.render import Release, is_hook
from tests.support.charts import NEEDED

THING = {
    "Chart.yaml": "apiVersion: v2\nname: thing\nversion: 1.2.3\n",
    "templates/a.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n"
        "  version: {{ .Capabilities.KubeVersion.Version }}\n"
        '  has: {{ .Capabilities.APIVersions.Has "a.net/v1/Thing" }}\n'
    ),
}


@pytest.fixture
def charts(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> manifests.Charts:
    """Of a sandbox whose API server is of v1.30.1, without a CRD."""
    hub.on(*manifests.CRD)
    monkeypatch.setattr(type(hub.client), "request", lambda *_, **__: {"gitVersion": "v1.30.1"})
    sandbox = Sandbox(root=tmp_path / "sandbox")
    sandbox.crds.mkdir(parents=True)
    return manifests.Charts(sandbox, hub)


def brought(charts: manifests.Charts, name: str, version: str, **values: Any) -> list[Any]:
    release = Release(name="it", namespace="space", values=values)
    return list(charts.release(chart=name, repository=None, version=version, release=release).objects)


def test_a_stand_in_names_what_the_sandbox_lacks(charts: manifests.Charts) -> None:
    assert brought(charts, "cert-manager", "v1.19.1")
    with pytest.raises(ChartError, match=r"^the sandbox has no definition of the CRD challenges.acme.cert-manager.io"):
        brought(charts, "cert-manager", "v1.19.1", crds={"enabled": True})


def test_a_package_may_ask_what_the_cluster_knows(charts: manifests.Charts, hub: Hub, tmp_path: Path) -> None:
    for name, text in THING.items():
        file = tmp_path / "thing" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    helm.run(["package", tmp_path / "thing", "--destination", tmp_path / "packages"])
    charts.sandbox.charts.symlink_to(tmp_path / "packages")
    (before,) = brought(charts, "thing", "1.2.3")
    assert before["data"] == {"version": "v1.30.1", "has": False}
    spec = {"group": "a.net", "names": {"kind": "Thing"}, "versions": [{"name": "v1", "served": True}]}
    kind = {"apiVersion": manifests.CRD[0], "kind": manifests.CRD[1]}
    hub.put({**kind, "metadata": {"name": "things.a.net", "resourceVersion": "1"}, "spec": spec})
    (after,) = brought(charts, "thing", "1.2.3")
    assert after["data"]["has"] is True


DEFINED = {"cert-manager.io/v1"}
"""What a CRD defines may not be there yet: no controller waits for it, and it is asked for when a chart brings it."""


def test_every_kind_that_a_stand_in_brings_is_looked_at(charts: manifests.Charts) -> None:
    """So that a change of such an object by hand is seen at once."""
    everything: dict[str, Any] = {
        "operator": {"create": True},
        "podDisruptionBudget": {"enabled": True, "minAvailable": 1},
        "server": {"pdb": {"enabled": True}, "metrics": {"enabled": True}},
        "traefik": False,
        "storageClasses": [{"name": "nfs"}],
    }
    no_crds: dict[str, Any] = {"crds": {"create": False}}
    without = {
        "argo-cd": {"crds": {"install": False}},
        "cloudnative-pg": no_crds,
        "kube-prometheus-stack": {
            "crds": {"enabled": False},
            "prometheusOperator": {"serviceMonitor": {"selfMonitor": False}},
        },
        "plugin-barman-cloud": no_crds,
        "volsync": {"manageCRDs": False},
    }
    for stand_in in package.stand_ins():
        if stand_in.name == "prometheus-operator-crds":
            continue  # it brings nothing else
        asked = {key: value for key, value in everything.items() if key in stand_in.values}
        values = package.merge(NEEDED.get(stand_in.name, {}), {**asked, **without.get(stand_in.name, {})})
        release = Release(name=stand_in.name, namespace="space", values=values, skip_crds=True)
        rendered = charts.release(chart=stand_in.name, repository=None, version=stand_in.version, release=release)
        for obj in rendered.objects:
            looked_at = (obj["apiVersion"], obj["kind"]) in manifests.KINDS
            assert looked_at or obj["apiVersion"] in DEFINED, stand_in.name
            assert ("namespace" not in obj["metadata"]) is (obj["kind"] in kinds.CLUSTER_WIDE)
            assert not is_hook(obj)
