"""What every component promises, checked over all component classes and over every instance in the platform."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import re
import typing
from collections.abc import Iterator
from pathlib import Path

import pulumi
import pytest

import components
from components.outputs import Outputs
from components.vocabulary import EXEMPT, HOLDS_DATA
from tests.support.recorder import Recording, Registered

ROOT = Path(components.__file__).parent
CLUSTER_WIDE = {
    "ClusterIssuer",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "Namespace",
    "PersistentVolume",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
}
UNITS = re.compile(r"quantity|[Nn]umber|seconds|[Uu]ser (and group )?id|for example `\d+h`|Characters", re.DOTALL)
BUILT_IN = (
    "admissionregistration.k8s.io/",
    "apiextensions.k8s.io/",
    "batch/",
    "core/",
    "apps/",
    "networking.k8s.io/",
    "policy/",
    "rbac.authorization.k8s.io/",
    "storage.k8s.io/",
    "helm.sh/",
)

STASH = "pulumi:index:Stash"
"""A value that the engine itself keeps in the state, without a provider."""

STASH = "pulumi:index:Stash"
"""A value that the engine itself keeps in the state, without a provider."""

OTHER_NAMES = {
    "homelab:identity:SharedObjects": "a group is what users and applications call it",
    "homelab:edge:Published": "a record is known by its host, so that two services may swap theirs",
}
"""Components whose children are not called after them, and why; a layer's parts have names of their own too."""


def component_classes() -> list[type[pulumi.ComponentResource]]:
    found: dict[str, type[pulumi.ComponentResource]] = {}
    for info in pkgutil.walk_packages([str(ROOT)], "components."):
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            if inspect.isclass(value) and issubclass(value, pulumi.ComponentResource) and value.__module__ == info.name:
                found[f"{info.name}.{name}"] = value
    return list(found.values())


CLASSES = component_classes()


LAYERS = {
    f"homelab:{item.__module__.split('.')[1]}:{item.__name__}"
    for item in CLASSES
    if item.__module__.endswith((".ground", ".layer"))
}
"""What composes the parts of a folder."""


def by_name(item: type) -> str:
    return item.__name__


def short(item: Registered) -> str:
    return f"{item.type.rsplit(':', 1)[-1]}::{item.name}"


def test_there_are_components_to_check() -> None:
    assert len(CLASSES) > 20


@pytest.mark.parametrize("component", CLASSES, ids=by_name)
def test_a_component_takes_a_name_its_arguments_and_options(component: type[pulumi.ComponentResource]) -> None:
    parameters = inspect.signature(component.__init__).parameters
    assert list(parameters) == ["self", "name", "args", "opts"]
    assert parameters["opts"].kind is inspect.Parameter.KEYWORD_ONLY
    assert parameters["opts"].default is None


@pytest.mark.parametrize("component", CLASSES, ids=by_name)
def test_its_arguments_are_a_frozen_documented_dataclass(component: type[pulumi.ComponentResource]) -> None:
    args = typing.get_type_hints(component.__init__)["args"]
    assert args.__name__ == f"{component.__name__}Args"
    assert vars(args)["__dataclass_params__"].frozen
    assert all(field.kw_only for field in dataclasses.fields(args))
    # A dataclass without a docstring gets its signature for one.
    assert not str(inspect.getdoc(args)).startswith(f"{args.__name__}(")
    assert inspect.getdoc(component)


@pytest.mark.parametrize("component", CLASSES, ids=by_name)
def test_its_type_token_says_where_it_is(
    component: type[pulumi.ComponentResource], extended: Recording[Outputs], other_home: Recording[Outputs]
) -> None:
    folder = component.__module__.split(".")[1]
    token = f"homelab:{folder}:{component.__name__}"
    made = {item.type for item in (*extended.resources, *other_home.resources)}
    assert token in made, f"{token}: the platform has none of it"


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "components":
            yield from (f"components.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("file", sorted(ROOT.rglob("*.py")), ids=lambda file: str(file.relative_to(ROOT)))
def test_nothing_reads_the_environment_the_clock_or_chance(file: Path) -> None:
    assert {"os", "time", "datetime", "random", "secrets", "uuid"}.isdisjoint(imports(file))


@pytest.mark.parametrize("component", CLASSES, ids=by_name)
def test_it_shows_its_plain_arguments_in_previews_and_in_the_state(
    component: type[pulumi.ComponentResource], extended: Recording[Outputs]
) -> None:
    args = typing.get_type_hints(component.__init__)["args"]
    texts = {field.name for field in dataclasses.fields(args) if field.type in {"str", "int", "bool"}}
    for item in extended.of(f":{component.__name__}"):
        if not item.custom:
            shown = {key for key in texts if key in item.inputs}
            assert shown == texts, item.urn


@pytest.mark.parametrize("component", CLASSES, ids=by_name)
def test_sizes_counts_and_intervals_say_their_unit(component: type[pulumi.ComponentResource]) -> None:
    args = typing.get_type_hints(component.__init__)["args"]
    source = inspect.getsource(args)
    for field in dataclasses.fields(args):
        if field.type == "int" or field.name.endswith(("size", "memory", "interval", "session")):
            documented = re.search(rf'^    {field.name}: [^\n]*\n    """(.*?)"""', source, re.MULTILINE | re.DOTALL)
            assert documented, f"{args.__name__}.{field.name} has no docstring"
            assert UNITS.search(documented[1]), f"{args.__name__}.{field.name}: {documented[1]}"


def test_a_child_is_not_named_as_a_literal() -> None:
    """Of two instances of a component, no child may have the name of the other's."""
    for file in ROOT.rglob("*.py"):
        if file.name in {"foundation.py", "ground.py", "layer.py", "providers.py", "platform.py"}:
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and any(keyword.arg == "opts" for keyword in node.keywords) and node.args:
                assert not isinstance(node.args[0], ast.Constant), f"{file.name}:{node.lineno}"


def test_urns_are_unique(extended: Recording[Outputs]) -> None:
    urns = [item.urn for item in extended.resources]
    assert len(urns) == len(set(urns))


def test_every_component_finishes(extended: Recording[Outputs]) -> None:
    unfinished = {item.urn for item in extended.resources if not item.custom} - extended.finished
    assert unfinished == set()


def test_only_components_and_providers_are_at_the_top(extended: Recording[Outputs]) -> None:
    top = [item for item in extended.resources if not item.parent or item.parent.endswith("::homelab-homelab")]
    assert {item.name for item in top if item.custom} == {"cluster", "cloudflare", "onepassword"}


def test_children_carry_their_components_name(extended: Recording[Outputs]) -> None:
    names = {item.urn: item for item in extended.resources}
    strangers = {
        child.urn
        for child in extended.resources
        if (parent := names.get(child.parent)) is not None
        and parent.type not in {*OTHER_NAMES, *LAYERS}
        and not child.name.startswith(parent.name)
    }
    assert strangers == set()


def test_every_resource_names_its_provider(extended: Recording[Outputs]) -> None:
    for item in extended.resources:
        if item.custom and not item.type.startswith(("pulumi:providers:", STASH)):
            assert "::default" not in item.provider, item.urn
            assert "pulumi:providers:" in item.provider, item.urn


def test_every_kubernetes_object_has_a_name_and_a_place(extended: Recording[Outputs]) -> None:
    for item in extended.objects():
        if item.type.endswith(":Release"):
            continue
        metadata = item.inputs["metadata"]
        assert metadata["name"], item.urn
        assert ("namespace" in metadata) == (item.type.rsplit(":", 1)[-1] not in CLUSTER_WIDE), item.urn


def test_objects_come_after_their_namespace(extended: Recording[Outputs]) -> None:
    namespaces = {item.inputs["metadata"]["name"]: item.urn for item in extended.of("core/v1:Namespace")}
    for item in extended.objects():
        namespace = item.inputs.get("metadata", {}).get("namespace")
        if namespace:
            assert namespaces[namespace] in extended.before(item), item.urn


def test_custom_kinds_come_after_what_brings_them(extended: Recording[Outputs]) -> None:
    bringers = {
        "argoproj.io": extended.one("Release", "argocd"),
        "traefik.io": extended.one("v1alpha1:Application", "traefik"),
        "cert-manager.io": extended.one(":Application", "cert-manager"),
        "onepassword.com": extended.one(":Application", "onepassword"),
        "postgresql.cnpg.io": extended.one(":Application", "cloudnative-pg"),
        "barmancloud.cnpg.io": extended.one(":Application", "plugin-barman-cloud"),
        "monitoring.coreos.com": extended.one(":Application", "prometheus-operator-crds"),
        "volsync.backube": extended.one(":Application", "volsync"),
    }
    custom = [item for item in extended.objects() if not item.type.removeprefix("kubernetes:").startswith(BUILT_IN)]
    assert len(custom) > 20
    for item in custom:
        group = item.type.removeprefix("kubernetes:").partition("/")[0]
        assert bringers[group].urn in extended.before(item), item.urn


def test_exactly_what_holds_data_is_protected(extended: Recording[Outputs]) -> None:
    """Volumes, unless another application cares for them, clusters of databases, the namespaces of both, what is read
    by them, and the tunnel that everybody comes by."""
    volumes = [
        item
        for item in extended.objects()
        if item.type.endswith((":PersistentVolume", ":PersistentVolumeClaim", "cnpg.io/v1:Cluster"))
        and f"{EXEMPT}data-protected" not in (item.inputs["metadata"].get("annotations") or {})
    ]
    homes = {item.inputs["metadata"].get("namespace") for item in volumes}
    namespaces = [item for item in extended.of("core/v1:Namespace") if item.inputs["metadata"]["name"] in homes]
    # What is written with them cannot be read without them.
    opening = (
        "n8n-encryption-N8N_ENCRYPTION_KEY",
        "authentik-bootstrap-password",
        "outside-password",
        "influxdb-admin-password",
        "influxdb-admin-token",
    )
    keys = [
        item for item in extended.of(":Item") if item.name in opening or item.name.endswith("-backup-RESTIC_PASSWORD")
    ]
    # Without the kind, snapshots of a driver that came later would be gone.
    retained = [*volumes, *keys, extended.one(":CustomResourceDefinition", "volsync-volumesnapshots")]
    expected = [*retained, *namespaces, extended.one(":ZeroTrustTunnelCloudflared", "tunnel-ingress")]
    assert {item.urn for item in extended.resources if item.protect} == {item.urn for item in expected}
    assert {item.urn for item in extended.resources if item.retain_on_delete} == {item.urn for item in retained}
    assert len(volumes) > 2


def test_protected_namespaces_say_that_they_hold_data(extended: Recording[Outputs]) -> None:
    for item in extended.of("core/v1:Namespace"):
        notes = item.inputs["metadata"].get("annotations", {})
        assert (notes.get(HOLDS_DATA) == "true") == item.protect, item.urn


def test_every_pod_satisfies_the_restricted_standard(extended: Recording[Outputs]) -> None:
    for item in extended.of("apps/v1:Deployment"):
        pod = item.spec["template"]["spec"]
        excused = f"{EXEMPT}read-only-root-filesystem" in item.spec["template"]["metadata"].get("annotations", {})
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        assert not any("hostPath" in volume for volume in pod.get("volumes", []))
        for container in [*pod["containers"], *pod.get("initContainers", [])]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
                "readOnlyRootFilesystem": not excused,
            }
            assert container["resources"]["limits"]["memory"]
        for container in pod["containers"]:
            assert container["readinessProbe"]
            assert container["livenessProbe"]


def test_values_stand_in_two_secrets_only(extended: Recording[Outputs]) -> None:
    filled = [item for item in extended.of("core/v1:Secret") if {"data", "stringData"} & item.inputs.keys()]
    assert {item.object_name for item in filled} == {
        "onepassword/op-credentials",
        "onepassword/onepassword-token",
    }
