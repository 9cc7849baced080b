"""What every component promises, checked over all component classes and over every instance in the platform."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import typing
from collections.abc import Iterator
from pathlib import Path

import pulumi
import pytest

import components
from components.platform import Platform
from tests.support.recorder import Recording, Registered

ROOT = Path(components.__file__).parent
FOLDERS = ("secrets", "gitops", "edge", "identity", "certificates", "apps")
SHARED = {"kit", "settings", "versions", "vocabulary"}
WIRING = {"platform", "publishing", "providers", "outputs"}

CLUSTER_WIDE = {"Namespace", "PersistentVolume", "ClusterIssuer"}
BUILT_IN = ("core/", "apps/", "networking.k8s.io/", "policy/", "helm.sh/")

OTHER_NAMES = {
    # Named after what they are in the cluster or in the account, where others refer to them by that name.
    "homelab:edge:Middlewares": "Traefik's middlewares are referred to by name",
    "homelab:edge:ForwardAuthChain": "Traefik's middlewares are referred to by name",
    "homelab:identity:Directory": "groups are what users and applications call them",
}

PROTECTED = {
    "Namespace::authentik",
    "Namespace::navidrome",
    "PersistentVolume::navidrome-music-volume",
    "PersistentVolumeClaim::navidrome-data",
    "PersistentVolumeClaim::navidrome-music",
    "ZeroTrustTunnelCloudflared::access-tunnel",
    "ZeroTrustTunnelCloudflared::tunnel-ingress",
}


def component_classes() -> list[type[pulumi.ComponentResource]]:
    found: dict[str, type[pulumi.ComponentResource]] = {}
    for info in pkgutil.walk_packages([str(ROOT)], "components."):
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            if inspect.isclass(value) and issubclass(value, pulumi.ComponentResource) and value.__module__ == info.name:
                found[f"{info.name}.{name}"] = value
    return list(found.values())


CLASSES = component_classes()


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
    component: type[pulumi.ComponentResource], homelab: Recording[Platform]
) -> None:
    folder = component.__module__.split(".")[1]
    token = f"homelab:{folder}:{component.__name__}"
    assert token in {item.type for item in homelab.resources}, f"{token}: the platform has none of it"


@pytest.mark.parametrize("file", sorted(ROOT.rglob("*.py")), ids=lambda file: str(file.relative_to(ROOT)))
def test_a_folder_imports_the_kit_and_never_a_sibling(file: Path) -> None:
    own = file.relative_to(ROOT).parts[0].removesuffix(".py")
    if own in WIRING:
        return
    imported = {module.split(".")[1] for module in imports(file) if module.startswith("components.")}
    allowed = SHARED | {own} if own in FOLDERS else {"kit", "versions", "vocabulary", own}
    assert imported <= allowed | {"__init__"}


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


def test_urns_are_unique(homelab: Recording[Platform]) -> None:
    urns = [item.urn for item in homelab.resources]
    assert len(urns) == len(set(urns))


def test_every_component_finishes(homelab: Recording[Platform]) -> None:
    unfinished = {item.urn for item in homelab.resources if not item.custom} - homelab.finished
    assert unfinished == set()


def test_only_components_and_providers_are_at_the_top(homelab: Recording[Platform]) -> None:
    top = [item for item in homelab.resources if not item.parent or item.parent.endswith("::homelab-homelab")]
    assert {item.name for item in top if item.custom} == {"cluster", "cloudflare", "onepassword", "authentik"}


def test_children_carry_their_components_name(homelab: Recording[Platform]) -> None:
    names = {item.urn: item for item in homelab.resources}
    strangers = {
        child.urn
        for child in homelab.resources
        if (parent := names.get(child.parent)) is not None
        and parent.type not in OTHER_NAMES
        and not child.name.startswith(parent.name)
    }
    assert strangers == set()


def test_every_resource_names_its_provider(homelab: Recording[Platform]) -> None:
    for item in homelab.resources:
        if item.custom and not item.type.startswith("pulumi:providers:"):
            assert "::default" not in item.provider, item.urn
            assert "pulumi:providers:" in item.provider, item.urn


def test_every_kubernetes_object_has_a_name_and_a_place(homelab: Recording[Platform]) -> None:
    for item in homelab.objects():
        if item.type.endswith(":Release"):
            continue
        metadata = item.inputs["metadata"]
        assert metadata["name"], item.urn
        assert ("namespace" in metadata) == (item.type.rsplit(":", 1)[-1] not in CLUSTER_WIDE), item.urn


def test_objects_come_after_their_namespace(homelab: Recording[Platform]) -> None:
    namespaces = {item.inputs["metadata"]["name"]: item.urn for item in homelab.of("core/v1:Namespace")}
    for item in homelab.objects():
        namespace = item.inputs.get("metadata", {}).get("namespace")
        if namespace:
            assert namespaces[namespace] in homelab.before(item), item.urn


def test_custom_kinds_come_after_what_brings_them(homelab: Recording[Platform]) -> None:
    bringers = {
        "argoproj.io": homelab.one("Release", "argocd"),
        "traefik.io": homelab.one("v1alpha1:Application", "traefik"),
        "cert-manager.io": homelab.one(":Application", "cert-manager"),
        "onepassword.com": homelab.one(":Application", "onepassword"),
    }
    custom = [item for item in homelab.objects() if not item.type.removeprefix("kubernetes:").startswith(BUILT_IN)]
    assert len(custom) > 20
    for item in custom:
        group = item.type.removeprefix("kubernetes:").partition("/")[0]
        assert bringers[group].urn in homelab.before(item), item.urn


def test_exactly_what_holds_data_is_protected(homelab: Recording[Platform]) -> None:
    assert {short(item) for item in homelab.resources if item.protect} == PROTECTED
    retained = {short(item) for item in homelab.resources if item.retain_on_delete}
    assert retained == {name for name in PROTECTED if "PersistentVolume" in name}


def test_every_pod_satisfies_the_restricted_standard(homelab: Recording[Platform]) -> None:
    deployments = homelab.of("apps/v1:Deployment")
    assert len(deployments) == 4
    for item in deployments:
        pod = item.spec["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        assert not any("hostPath" in volume for volume in pod.get("volumes", []))
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
                "readOnlyRootFilesystem": True,
            }
            assert container["resources"]["limits"]["memory"]
            assert container["readinessProbe"]
            assert container["livenessProbe"]


def test_values_stand_in_two_secrets_only(homelab: Recording[Platform]) -> None:
    assert {item.object_name for item in homelab.of("core/v1:Secret")} == {
        "onepassword/op-credentials",
        "onepassword/onepassword-token",
    }
