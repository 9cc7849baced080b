"""What Helm renders becomes objects that can be applied."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.rendering import helm, package, render
from sandbox.rendering.crds import DIGEST, Definitions
from sandbox.rendering.package import ChartError
from sandbox.rendering.render import Cluster, Release, Rendered
from tests.sandbox.rendering.conftest import named

Maker = Callable[[Mapping[str, str]], Path]
OBJECT = "apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}}}\n"
CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.net}
spec: {scope: SCOPE, group: example.net, names: {kind: Thing}, versions: [{name: v1}]}
status: {conditions: []}
"""
NAMED = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.net}\n"


def rendered(folder: Path, *, values: Mapping[str, Any] | None = None, **more: Any) -> Rendered:
    given = {"definitions": Definitions(), "cluster": None, **more}
    release = Release(name="it", namespace="space", values=values or {}, skip_crds=given.pop("skip_crds", False))
    return render.render(package.load(folder), release, given["definitions"], given["cluster"])


def test_objects_are_in_the_releases_namespace_unless_they_say_otherwise(chart: Maker) -> None:
    files = {
        "templates/a.yaml": OBJECT.format(kind="ConfigMap", name="a"),
        "templates/b.yaml": OBJECT.format(kind="ConfigMap", name="b, namespace: other"),
        "templates/c.yaml": OBJECT.format(kind="ClusterRole", name="c"),
        "templates/d.yaml": OBJECT.format(kind="Thing", name="d").replace("v1", "example.net/v1"),
        "crds/thing.yaml": CRD.replace("SCOPE", "Cluster"),
    }
    objects = named(rendered(chart(files)).objects)
    assert objects["ConfigMap", "a"]["metadata"]["namespace"] == "space"
    assert objects["ConfigMap", "b"]["metadata"]["namespace"] == "other"
    assert "namespace" not in objects["ClusterRole", "c"]["metadata"]
    assert "namespace" not in objects["Thing", "d"]["metadata"]


def test_scalars_are_read_as_kubernetes_reads_them(chart: Maker) -> None:
    text = "a: 2024-01-01\nb: on\nc: null\nd: true\ne: 1\nf: no\n"
    (obj,) = rendered(chart({"templates/a.yaml": OBJECT.format(kind="ConfigMap", name="a") + text})).objects
    assert [obj[key] for key in "abcdef"] == ["2024-01-01", "on", None, True, 1, "no"]


def test_text_of_secrets_is_encoded(chart: Maker) -> None:
    text = OBJECT.format(kind="Secret", name="s") + "data: {a: eA==}\nstringData: {b: y}\n"
    (secret,) = rendered(chart({"templates/s.yaml": text})).objects
    assert secret["data"] == {"a": "eA==", "b": base64.b64encode(b"y").decode()}
    assert "stringData" not in secret


def test_hooks_and_what_needs_containers_are_apart(chart: Maker) -> None:
    files = {
        "templates/hook.yaml": OBJECT.format(kind="Job", name='"hook", annotations: {helm.sh/hook: pre-install}'),
        "templates/webhook.yaml": OBJECT.format(kind="ValidatingWebhookConfiguration", name="w"),
        "templates/api.yaml": OBJECT.format(kind="APIService", name="v1.example.net"),
        "templates/a.yaml": OBJECT.format(kind="ConfigMap", name="a"),
    }
    found = rendered(chart(files))
    assert list(named(found.objects)) == [("ConfigMap", "a")]
    assert list(named(found.hooks)) == [("Job", "hook")]
    assert set(named(found.left_out)) == {("ValidatingWebhookConfiguration", "w"), ("APIService", "v1.example.net")}


def test_objects_come_in_the_order_in_which_they_need_each_other(chart: Maker) -> None:
    kinds = ["Deployment", "Service", "ClusterRole", "CustomResourceDefinition", "ServiceAccount", "Ingress"]
    files = {f"templates/{kind}.yaml": OBJECT.format(kind=kind, name="x") + "spec: {versions: []}\n" for kind in kinds}
    assert [obj["kind"] for obj in rendered(chart(files)).objects] == [
        "ServiceAccount",
        "CustomResourceDefinition",
        "ClusterRole",
        "Service",
        "Deployment",
        "Ingress",
    ]


def test_a_refusal_is_one_line_in_helms_words(chart: Maker) -> None:
    folder = chart({"templates/a.yaml": '{{ fail "no port is\\nexposed" }}', "values.yaml": "a: 1"})
    with pytest.raises(ChartError, match=r"^execution error at \(thing/templates/a.yaml:1:3\): no port is exposed$"):
        rendered(folder)


def test_a_value_that_the_charts_own_schema_refuses_is_named(chart: Maker) -> None:
    schema = '{"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": false}'
    with pytest.raises(ChartError, match=r"additional properties 'b' not allowed"):
        rendered(chart({"values.schema.json": schema, "values.yaml": "a: 1"}), values={"b": 1})


def test_a_stand_in_refuses_a_value_that_it_does_not_know(definitions: Definitions) -> None:
    release = Release(name="x", namespace="x", values={"replicaCount": 1, "cloudflared": {"replicas": 2}})
    found = package.find("cloudflare-tunnel-ingress-controller", None, "0.0.21", None)
    with pytest.raises(ChartError, match=r"^chart cloudflare.* 0.0.21: value cloudflared.replicas is not known to"):
        render.render(found, release, definitions)


def test_a_chart_may_ask_about_the_cluster(chart: Maker) -> None:
    text = (
        OBJECT.format(kind="ConfigMap", name="a")
        + 'a: {{ .Capabilities.KubeVersion.Version }}\nb: {{ .Capabilities.APIVersions.Has "example.net/v1/Thing" }}\n'
    )
    folder = chart({"templates/a.yaml": text})
    (here,) = rendered(folder, cluster=Cluster(version="v1.30.1", kinds=frozenset({"example.net/v1/Thing"}))).objects
    assert (here["a"], here["b"]) == ("v1.30.1", True)
    (plain,) = rendered(folder).objects
    assert (plain["a"], plain["b"]) == (Cluster().version, False)


def test_the_folder_of_crds_can_be_left_out_but_not_crds_among_templates(chart: Maker) -> None:
    other = CRD.replace("things", "others").replace("SCOPE", "Namespaced")
    folder = chart({"crds/thing.yaml": CRD.replace("SCOPE", "Namespaced"), "templates/other.yaml": other})
    assert {name for _, name in named(rendered(folder).objects)} == {"things.example.net", "others.example.net"}
    assert {name for _, name in named(rendered(folder, skip_crds=True).objects)} == {"others.example.net"}


def test_a_crd_that_is_only_named_gets_its_definition(chart: Maker, tmp_path: Path) -> None:
    kept = NAMED.replace("name:", "annotations: {helm.sh/resource-policy: keep}, name:")
    folder = chart({"templates/thing.yaml": kept})
    manifest = tmp_path / "definitions" / "thing.yaml"
    manifest.parent.mkdir()
    # As generators write it: a line for each field.
    manifest.write_text(yaml.safe_dump(yaml.safe_load(CRD.replace("SCOPE", "Namespaced"))))
    known = Definitions((manifest.parent,))
    (crd,) = rendered(folder, definitions=known).objects
    assert crd["spec"]["group"] == "example.net"
    assert "status" not in crd
    notes = crd["metadata"]["annotations"]
    assert notes["helm.sh/resource-policy"] == "keep"
    manifest.write_text(manifest.read_text().replace("v1\n", "v2\n"))
    (changed,) = rendered(folder, definitions=known).objects
    assert changed["metadata"]["annotations"][DIGEST] != notes[DIGEST]


def test_a_crd_without_a_definition_is_named(chart: Maker, tmp_path: Path) -> None:
    folder = chart({"templates/thing.yaml": NAMED})
    with pytest.raises(ChartError, match=r"^the sandbox has no definition of the CRD things.example.net in "):
        rendered(folder, definitions=Definitions((tmp_path,)))
    assert rendered(folder).objects == ()


def test_the_same_is_rendered_once(chart: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = chart({"templates/a.yaml": OBJECT.format(kind="ConfigMap", name="a"), "values.yaml": "a: 1"})
    calls = []
    run = helm.run

    def counted(*given: Any, **more: Any) -> str:
        calls.append(given)
        return run(*given, **more)

    monkeypatch.setattr(helm, "run", counted)
    for values in ({"a": 1}, {"a": 1}, {"a": 2}):
        rendered(folder, values=values)
    assert len(calls) == 2
