"""Which object a resource stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.kube import Object
from sandbox.plugins.server import ProviderError
from sandbox.plugins.wire import reveal

ANNOTATION: Final = "pulumi.com/"
"""What the annotations that steer the provider start with."""
DEFAULT_NAMESPACE: Final = "default"


@dataclass(frozen=True, kw_only=True)
class Identity:
    """An object's kind and name."""

    api_version: str
    kind: str
    name: str
    namespace: str | None = None

    @property
    def id(self) -> str:
        """The resource's id: `namespace/name`, or the name alone."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    @property
    def group(self) -> str:
        """The API group; empty for the core group."""
        return group_of(self.api_version)

    def __str__(self) -> str:
        """How messages call it, for example `Deployment web/shop`."""
        return f"{self.kind} {self.id}"


def group_of(api_version: str) -> str:
    """The group of `group/version`; empty for the core group."""
    return api_version.rpartition("/")[0]


def kind_of_type(token: str) -> tuple[str, str]:
    """API version and kind that a type token such as `kubernetes:apps/v1:Deployment` names."""
    parts = token.split(":")
    if len(parts) != 3 or "/" not in parts[1]:
        raise ProviderError(f"{token}: this provider serves types of the form kubernetes:<group>/<version>:<Kind> only")
    return parts[1].removeprefix("core/"), parts[2]


def of_properties(properties: Mapping[str, Any]) -> Identity:
    """The object that inputs or outputs describe; every part of its identity is known."""
    plain = reveal(properties)
    metadata = plain["metadata"]
    return Identity(
        api_version=plain["apiVersion"],
        kind=plain["kind"],
        name=metadata["name"],
        namespace=metadata.get("namespace") or None,
    )


def of_id(token: str, identifier: str) -> Identity:
    """The object that is imported or looked up by type and id."""
    api_version, kind = kind_of_type(token)
    namespace, _, name = identifier.rpartition("/")
    return Identity(api_version=api_version, kind=kind, name=name, namespace=namespace or None)


def annotation(obj: Mapping[str, Any], name: str) -> str:
    """The value of the annotation `pulumi.com/<name>`; empty if it is unset or not known yet."""
    metadata = reveal(obj.get("metadata"))
    annotations = metadata.get("annotations") if isinstance(metadata, Mapping) else None
    value = annotations.get(ANNOTATION + name, "") if isinstance(annotations, Mapping) else ""
    return value if isinstance(value, str) else ""


def is_true(obj: Mapping[str, Any], name: str) -> bool:
    """Whether the annotation `pulumi.com/<name>` says `true`."""
    return annotation(obj, name) == "true"


def skips_readiness(obj: Mapping[str, Any]) -> bool:
    """Whether nobody waits until the object is ready: `skipAwait` says `true`, or `ready` if its end is waited for."""
    return annotation(obj, "skipAwait") in ("true", "ready")


def of_object(obj: Object) -> Identity:
    """The identity of a live object."""
    return of_properties(obj)
