"""A stack as `pulumi stack export` tells it: the Kubernetes objects that it declares, and what is known of each."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from policy.objects import Object, spec_of
from policy.rule import Context

KUBERNETES: Final = "kubernetes:"
"""How the types of Kubernetes objects begin."""


def is_object(resource_type: str) -> bool:
    """Whether a resource is an object, of which rules can ask everything: a patch is only a part of somebody else's."""
    return resource_type.startswith(KUBERNETES) and not resource_type.endswith("Patch")


class ExportError(Exception):
    """What was given is no export of a stack: one line that says what was expected."""


@dataclass(frozen=True, kw_only=True)
class Declared:
    """An object as the program declares it, and what a rule may know of it."""

    obj: Object
    context: Context


def read_export(file: Path | None) -> Mapping[str, Any]:
    """The answer of `pulumi stack export`, from a file or from standard input.

    Raises:
        ExportError: it is something else.
    """
    where = str(file) if file else "standard input"
    if file is None and sys.stdin.isatty():
        message = "standard input: expected the answer of `pulumi stack export`: pipe it in, or give --export"
        raise ExportError(message)
    try:
        read = json.loads(file.read_text() if file else sys.stdin.read())
    except (OSError, ValueError) as error:
        message = f"{where}: expected the answer of `pulumi stack export`: {error}"
        raise ExportError(message) from error
    if not isinstance(read, dict) or "deployment" not in read:
        message = f"{where}: expected the answer of `pulumi stack export`, an object with the key deployment"
        raise ExportError(message)
    return read


def declared(export: Mapping[str, Any]) -> list[Declared]:
    """Every Kubernetes object of the stack."""
    resources = [
        item
        for item in (export.get("deployment") or {}).get("resources") or []
        if item.get("custom")
        and is_object(item["type"])
        and "kind" in (item.get("inputs") or {})
        # What was replaced stays in the state until it is deleted.
        and not item.get("delete")
    ]
    zones = zones_of(item["inputs"] for item in resources)
    return [
        Declared(obj=item["inputs"], context=Context(protect=bool(item.get("protect")), zones=zones))
        for item in resources
    ]


def zones_of(objects: Iterable[Object]) -> frozenset[str]:
    """The zones that there are wildcard certificates for."""
    return frozenset(
        name.removeprefix("*.")
        for obj in objects
        if obj.get("kind") == "Certificate"
        for name in spec_of(obj).get("dnsNames") or []
        if name.startswith("*.")
    )
