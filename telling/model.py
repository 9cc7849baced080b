"""What becomes of each resource, and what of that holds data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

HOLDS_DATA: Final[Mapping[str, str]] = {
    "kubernetes:core/v1:Namespace": "with everything in it",
    "kubernetes:core/v1:PersistentVolumeClaim": "a volume's claim",
    "kubernetes:core/v1:PersistentVolume": "a volume",
    "kubernetes:apps/v1:StatefulSet": "pods with volumes of their own",
    "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition": "with every object of its kind",
    "kubernetes:postgresql.cnpg.io/v1:Cluster": "a database",
    "onepassword:index/item:Item": "a secret that cannot be had again",
    "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared": "the way in of all its hosts",
    "cloudflare:index/dnsRecord:DnsRecord": "the host's address: nobody finds it while it is gone",
    "authentik:index/user:User": "an account of somebody's",
}
"""What cannot be made again as it was, or is missed while it is away; besides whatever is protected (decision 8)."""

REPLACING: Final = frozenset(
    {"replace", "create-replacement", "delete-replaced", "read-replacement", "discard-replaced"}
)
KEEPING: Final = frozenset({"same", "read", "refresh", "read-discard"})


class Change(Enum):
    """What becomes of a resource; the order is that in which it is told."""

    REPLACED = "replaced"
    DELETED = "deleted"
    CREATED = "created"
    UPDATED = "updated"


CHANGES: Final = {
    "create": Change.CREATED,
    "import": Change.CREATED,
    "update": Change.UPDATED,
    "delete": Change.DELETED,
    "discard": Change.DELETED,
    "remove-pending-replace": Change.DELETED,
    **dict.fromkeys(REPLACING, Change.REPLACED),
}
STACK_TYPE: Final = "pulumi:pulumi:Stack"
SIGNS: Final = {Change.CREATED: "+", Change.UPDATED: "~", Change.DELETED: "-", Change.REPLACED: "+-"}


def type_of(urn: str) -> str:
    """A resource's type without those of its parents, as in kubernetes:core/v1:Namespace."""
    return urn.split("::")[2].rpartition("$")[2]


def title_of(urn: str) -> str:
    """What people call a resource, as in `Namespace navidrome`."""
    return f"{type_of(urn).rpartition(':')[2]} {urn.split('::', 3)[3]}"


def groups(urn: str) -> bool:
    """Whether a resource only groups others: a component, or the stack."""
    return type_of(urn) == STACK_TYPE or type_of(urn).startswith("homelab:")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One resource that would not stay as it is."""

    urn: str
    change: Change
    reasons: tuple[str, ...]
    """Properties because of which it is replaced."""
    lines: tuple[str, ...]
    """What of it changes, a line for each property; no secret is among them."""
    protected: bool
    kept: bool
    """Whether the real object stays although the program no longer has it."""
    place: str = ""
    """The parts of the platform that it is in, the layer and what is in it, as in apps/navidrome."""

    @property
    def type(self) -> str:
        """Type without those of its parents, as in kubernetes:core/v1:Namespace."""
        return type_of(self.urn)

    @property
    def title(self) -> str:
        """As in `Namespace navidrome`."""
        return title_of(self.urn)

    @property
    def is_component(self) -> bool:
        """Whether it only groups others."""
        return groups(self.urn)

    @property
    def outcome(self) -> str:
        """What becomes of it, in words."""
        return "leaves the program, and stays where it is" if self.kept else self.change.value

    @property
    def data(self) -> str:
        """What is lost or missed with it; empty if nothing is."""
        return HOLDS_DATA.get(self.type) or ("it is protected" if self.protected else "")


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The whole of an update, as it would be or as it was."""

    steps: tuple[Step, ...]
    unchanged: int
    errors: tuple[str, ...]

    def of(self, change: Change) -> list[Step]:
        """The resources that this happens to; components are left out, for nothing happens to them."""
        return [step for step in self.steps if step.change is change and not step.is_component]

    def gone(self) -> tuple[list[Step], list[Step]]:
        """What is replaced or deleted: first what holds data or is missed while it is away, then the rest."""
        gone = [*self.of(Change.REPLACED), *self.of(Change.DELETED)]
        with_data = [step for step in gone if step.data and not step.kept]
        return with_data, [step for step in gone if step not in with_data]

    @property
    def counts(self) -> str:
        """How many resources there are of each kind of change."""
        changed = (f"{len(self.of(change))} {change.value}" for change in Change)
        return f"{', '.join(changed)}, {self.unchanged} unchanged."

    @property
    def changed(self) -> bool:
        """Whether anything would not stay as it is."""
        return any(not step.is_component for step in self.steps)
