"""Checks of secrets on their way from the vault into the cluster."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.check import Context, Reference, check, unless
from policy.objects import label, namespace_of


@check("OnePasswordItem -> vault item")
def items(context: Context) -> Iterator[Reference]:
    """The item is one of the stack's, and its Secret was made."""
    known = {
        f"vaults/{item.properties.get('vault')}/items/{item.properties.get('uuid')}"
        for item in context.snapshot.of_type("Item")
    }
    for item in context.snapshot.all("OnePasswordItem"):
        path = item["spec"]["itemPath"]
        problem = unless(path in known, "the stack has no such item in 1Password", "correct its itemPath or remove it")
        yield Reference(label(item), path, *problem)


@check("OnePasswordItem -> Secret")
def synced(context: Context) -> Iterator[Reference]:
    """The operator has made the Secret of the same name."""
    for item in context.snapshot.all("OnePasswordItem"):
        name, namespace = item["metadata"]["name"], namespace_of(item)
        found = context.snapshot.get("Secret", name, namespace)
        problem = unless(found, "the operator has not made it", "look at the item's status")
        yield Reference(label(item), f"Secret {namespace}/{name}", *problem)
