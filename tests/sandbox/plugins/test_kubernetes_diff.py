from __future__ import annotations

from typing import Any

import pytest

from sandbox.plugins.interface import Change, Diff
from sandbox.plugins.kubernetes import diff, immutable
from sandbox.plugins.kubernetes.arguments import Arguments
from sandbox.plugins.kubernetes.identity import Identity
from sandbox.plugins.wire import UNKNOWN, Secret


def compare(old: dict[str, Any], new: dict[str, Any], immutable: tuple[str, ...] = ()) -> Diff:
    return diff.compare(old, new, immutable=immutable, default_namespace="default")


def paths(found: Diff) -> list[tuple[str, str]]:
    return [(change.path, change.kind) for change in found.changes]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [("a", "update")]),
        ({"a": 1}, {}, [("a", "delete")]),
        ({}, {"a": 1}, [("a", "add")]),
        ({"a": None}, {}, []),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}, 4]}, [("a[1].b", "update"), ("a[2]", "add")]),
        ({"a": [1, 2]}, {"a": [1]}, [("a[1]", "delete")]),
        ({"a": {"b": 1}}, {"a": UNKNOWN}, [("a", "update")]),
        ({"a": Secret("x")}, {"a": "x"}, []),
        ({"a": Secret("x")}, {"a": Secret("y")}, [("a", "update")]),
        ({"a": {"x/y.z": 1}}, {"a": {"x/y.z": 2}}, [('a["x/y.z"]', "update")]),
        ({"a": {'q"': 1}}, {"a": {'q"': 2}}, [('a["q\\""]', "update")]),
        ({"resources": {"limits": {"memory": "1Gi"}}}, {"resources": {"limits": {"memory": "1024Mi"}}}, []),
        ({"data": {"a": "1"}}, {"data": {"a": "1.0"}}, [("data.a", "update")]),
        ({"a": {"b": 1}}, {"a": [1]}, [("a", "update")]),
        ({"labels": {"a": "1"}}, {"labels": {}}, [("labels", "delete")]),
        ({"labels": {}}, {"labels": {"a": "1"}}, [("labels", "add")]),
        ({"labels": {}}, {}, []),
        ({"emptyDir": {"medium": "Memory"}}, {"emptyDir": {}}, [("emptyDir.medium", "delete")]),
    ],
)
def test_differences(old: dict[str, Any], new: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert paths(compare(old, new)) == expected


def config_map(**metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "web", **metadata}}


def test_another_name_is_another_object_that_may_come_first() -> None:
    found = compare(config_map(), config_map(name="b"), immutable.IDENTITY)
    assert found.changes == [Change(path="metadata.name", kind="update", replace=True)]
    assert not found.delete_before_replace


def test_an_unknown_name_may_be_another_one() -> None:
    found = compare(config_map(), config_map(name=UNKNOWN), immutable.IDENTITY)
    assert found.changes[0].replace
    assert not found.delete_before_replace


def test_the_same_name_has_to_go_first() -> None:
    found = compare({**config_map(), "data": {"a": "1"}}, {**config_map(), "data": {"a": "2"}}, ("data",))
    assert found.changes == [Change(path="data.a", kind="update", replace=True)]
    assert found.delete_before_replace


def test_no_namespace_is_the_default_one() -> None:
    assert not compare(config_map(namespace="default"), config_map(namespace=None), immutable.IDENTITY).changes
    assert compare(config_map(), config_map(namespace=None), immutable.IDENTITY).changes[0].replace


def test_another_version_of_the_group_is_the_same_object() -> None:
    old, new = {"apiVersion": "a.org/v1", "kind": "B"}, {"apiVersion": "a.org/v2", "kind": "B"}
    assert compare(old, new).changes == [Change(path="apiVersion", kind="update")]
    other = compare(old, {"apiVersion": "b.org/v1", "kind": "B"})
    assert other.changes[0].replace
    assert not other.delete_before_replace
    assert compare(old, {"apiVersion": "a.org/v1", "kind": "C"}).changes[0].replace


def fields(api_version: str, kind: str, inputs: dict[str, Any] | None = None, **arguments: bool) -> tuple[str, ...]:
    identity = Identity(api_version=api_version, kind=kind, name="a")
    return immutable.fields(identity, inputs or {}, Arguments(**arguments))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("api_version", "kind", "field"),
    [
        ("apps/v1", "Deployment", "spec.selector"),
        ("apps/v1", "StatefulSet", "spec.volumeClaimTemplates"),
        ("batch/v1", "Job", "spec.template"),
        ("v1", "PersistentVolumeClaim", "spec.storageClassName"),
        ("v1", "PersistentVolume", "spec.nfs"),
        ("v1", "Service", "spec.clusterIP"),
        ("rbac.authorization.k8s.io/v1", "RoleBinding", "roleRef"),
        ("storage.k8s.io/v1", "StorageClass", "provisioner"),
        ("example.org/v1", "Anything", "metadata.name"),
    ],
)
def test_fields_that_replace(api_version: str, kind: str, field: str) -> None:
    assert field in fields(api_version, kind)


@pytest.mark.parametrize(
    ("api_version", "kind", "field"),
    [
        ("v1", "PersistentVolumeClaim", "spec.resources"),
        ("storage.k8s.io/v1", "StorageClass", "reclaimPolicy"),
        ("storage.k8s.io/v1", "StorageClass", "volumeBindingMode"),
        ("policy/v1", "PodDisruptionBudget", "spec"),
        ("v1", "ConfigMapPatch", "data"),
    ],
)
def test_fields_that_are_updated_whatever_the_server_says_to_it(api_version: str, kind: str, field: str) -> None:
    assert not [fixed for fixed in fields(api_version, kind) if fixed.startswith(field) or field.startswith(fixed)]


def test_a_claim_grows_in_place_and_moves_by_a_new_one() -> None:
    def claim(size: str, storage_class: str) -> dict[str, Any]:
        spec = {"storageClassName": storage_class, "resources": {"requests": {"storage": size}}}
        return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "a"}, "spec": spec}

    fixed = fields("v1", "PersistentVolumeClaim")
    grown = compare(claim("1Gi", "nfs"), claim("2Gi", "nfs"), fixed)
    assert grown.changes == [Change(path="spec.resources.requests.storage", kind="update")]
    moved = compare(claim("1Gi", "nfs"), claim("1Gi", "local"), fixed)
    assert moved.changes == [Change(path="spec.storageClassName", kind="update", replace=True)]


def test_data_is_replaced_unless_the_provider_may_change_it() -> None:
    assert "data" in fields("v1", "ConfigMap")
    assert "data" not in fields("v1", "ConfigMap", configmap_mutable=True)
    assert "data" in fields("v1", "ConfigMap", {"immutable": True}, configmap_mutable=True)
    assert {"data", "stringData", "type"} <= set(fields("v1", "Secret"))
    changeable = fields("v1", "Secret", secret_mutable=True)
    assert "type" in changeable
    assert "data" not in changeable
    assert "data" in fields("v1", "Secret", {"immutable": Secret(value=True)}, secret_mutable=True)


def test_the_last_entry_that_goes_takes_its_map_with_it() -> None:
    found = compare({**config_map(), "data": {"a": "1"}}, {**config_map(), "data": {}}, ("data",))
    assert found.changes == [Change(path="data", kind="delete", replace=True)]
