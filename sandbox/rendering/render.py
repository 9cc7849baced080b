"""A release of a chart, rendered by Helm as Argo CD has it rendered."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import yaml

from sandbox import pins, yaml_text
from sandbox.rendering import crds, helm, kinds
from sandbox.rendering.package import ChartError, Package, unknown_values

Object = dict[str, Any]

HOOK: Final = "helm.sh/hook"


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """What a chart may ask about the cluster."""

    version: str = field(default_factory=lambda: pins.go_module("kubernetes", "k8s.io/kubernetes"))
    """Of Kubernetes; without a word the one that the sandbox runs."""
    kinds: frozenset[str] = frozenset()
    """Groups, versions and kinds beside Kubernetes' own, as in `traefik.io/v1alpha1/IngressRoute`."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """One installation of a chart."""

    name: str
    namespace: str
    values: Mapping[str, Any]
    skip_crds: bool = False
    """Leaves out the chart's folder `crds`, but not CRDs among its templates, as Helm does."""


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """What a release brings."""

    objects: tuple[Object, ...] = ()
    hooks: tuple[Object, ...] = ()
    """What is made before or after the rest, once for each change, and does not belong to it."""
    left_out: tuple[Object, ...] = ()
    """What cannot work without containers: it would stop the API server from accepting anything."""


def render(
    package: Package, release: Release, definitions: crds.Definitions, cluster: Cluster | None = None
) -> Rendered:
    """Everything that a release brings.

    Raises:
        ChartError: the chart refuses the values or does not know them, or lacks something; in Helm's words.
    """
    unknown = unknown_values(package, release.values) if package.is_stand_in else []
    if unknown:
        # The real chart would take it without a word; the stand-in has to follow what the program sets.
        message = f"chart {package.name} {package.version}: value {unknown[0]} is not known to the sandbox's stand-in"
        raise ChartError(message)
    printed = _printed(package, release, cluster or Cluster())
    objects = [_placed(plain(obj), release.namespace, printed) for obj in printed]
    left_out = tuple(obj for obj in objects if obj["kind"] in kinds.NOT_WITHOUT_CONTAINERS)
    rest = [obj for obj in objects if obj["kind"] not in kinds.NOT_WITHOUT_CONTAINERS]
    return Rendered(
        objects=tuple(definitions.fill(kinds.in_order(obj for obj in rest if not is_hook(obj)))),
        hooks=tuple(obj for obj in rest if is_hook(obj)),
        left_out=left_out,
    )


def is_hook(obj: Mapping[str, Any]) -> bool:
    """Whether Helm treats it as a hook."""
    return HOOK in (obj["metadata"].get("annotations") or {})


def _printed(package: Package, release: Release, cluster: Cluster) -> tuple[Object, ...]:
    arguments = ["template", release.name, str(package.path), "--namespace", release.namespace, "--values", "-"]
    arguments += ["--kube-version", cluster.version, "--skip-crds" if release.skip_crds else "--include-crds"]
    arguments += [f"--api-versions={kind}" for kind in sorted(cluster.kinds)]
    return _parsed(tuple(arguments), json.dumps(release.values, sort_keys=True), package.digest)


@lru_cache(maxsize=256)
def _parsed(arguments: tuple[str, ...], values: str, _digest: str) -> tuple[Object, ...]:
    """Rendered once for the same chart and values. Never written to a disk: values may be anything."""
    try:
        text = helm.run(arguments, text=values)
        return tuple(document for document in yaml_text.documents(text) if document)
    except helm.HelmError as error:
        raise ChartError(str(error)) from error
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise ChartError(f"what the chart renders is no YAML: {reason}") from error


def plain(obj: Object) -> Object:
    """A Secret with its text encoded, as it can be compared with the live one; any other object as it is."""
    if "stringData" not in obj:
        return obj
    encoded = {key: base64.b64encode(str(value).encode()).decode() for key, value in obj["stringData"].items()}
    rest = {key: value for key, value in obj.items() if key != "stringData"}
    return {**rest, "data": {**(obj.get("data") or {}), **encoded}}


def _placed(obj: Object, namespace: str, others: Iterable[Object]) -> Object:
    """The object in the release's namespace, unless it names another one or can be in none."""
    if kinds.is_cluster_wide(obj, others):
        return obj
    return {**obj, "metadata": {"namespace": namespace, **obj["metadata"]}}
