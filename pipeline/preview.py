"""What `pulumi preview --json` says, read: what would be replaced or deleted, and what of that holds data."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from pipeline.errors import PipelineError

SECRET: Final = "[secret]"  # noqa: S105 - what the engine prints in a secret's place
SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""Key by which the engine marks a value that is no plain one, such as a secret."""
ABSENT: Final = "(none)"
LONGEST: Final = 160
"""Characters of a value; the whole one is in the preview on a workstation."""

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
    """What becomes of a resource; the order is that of the comment."""

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
SIGNS: Final = {Change.CREATED: "+", Change.UPDATED: "~", Change.DELETED: "-", Change.REPLACED: "+-"}


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

    @property
    def type(self) -> str:
        """Type without those of its parents, as in kubernetes:core/v1:Namespace."""
        return self.urn.split("::")[2].rpartition("$")[2]

    @property
    def title(self) -> str:
        """As in `Namespace navidrome`."""
        return f"{self.type.rpartition(':')[2]} {self.urn.split('::', 3)[3]}"

    @property
    def is_component(self) -> bool:
        """Whether it only groups others."""
        return self.type.startswith("homelab:")

    @property
    def data(self) -> str:
        """What is lost or missed with it; empty if nothing is."""
        return HOLDS_DATA.get(self.type) or ("it is protected" if self.protected else "")


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The whole of it."""

    steps: tuple[Step, ...]
    unchanged: int
    errors: tuple[str, ...]

    def of(self, change: Change) -> list[Step]:
        """The resources that this happens to; components are left out, for nothing happens to them."""
        return [step for step in self.steps if step.change is change and not step.is_component]

    @property
    def changed(self) -> bool:
        """Whether anything would not stay as it is."""
        return any(not step.is_component for step in self.steps)


def read(printed: str) -> Preview:
    """What the engine printed.

    Raises:
        PipelineError: it is no preview.
    """
    try:
        told = json.loads(printed)
        steps = told.get("steps") or []
    except (ValueError, AttributeError):
        last = (printed.strip() or "nothing").splitlines()[-1]
        message = f"pulumi preview: expected JSON, got {last[:200]!r}; run it by hand to see what it says"
        raise PipelineError(message) from None
    errors = [
        " ".join(item["message"].removeprefix("error: ").split())
        for item in told.get("diagnostics") or []
        if item.get("severity") == "error"
    ]
    return Preview(
        steps=tuple(_steps(steps)),
        unchanged=(told.get("changeSummary") or {}).get("same", 0),
        # The engine ends with a line that says no more than the ones before it.
        errors=tuple(dict.fromkeys(error for error in errors if error != "preview failed" or len(errors) == 1)),
    )


def _steps(told: Sequence[Mapping[str, Any]]) -> Iterator[Step]:
    """One for each resource: a replacement is told in two or three steps, of which one has the differences."""
    of_resource: dict[str, list[Mapping[str, Any]]] = {}
    for step in told:
        if step["op"] not in KEEPING:
            of_resource.setdefault(step["urn"], []).append(step)
    for urn, steps in of_resource.items():
        changes = Counter(CHANGES.get(step["op"], Change.UPDATED) for step in steps)
        change = next(change for change in Change if changes[change])
        old: Mapping[str, Any] = next((step["oldState"] for step in steps if step.get("oldState")), {})
        yield Step(
            urn=urn,
            change=change,
            reasons=tuple(sorted({reason for step in steps for reason in step.get("replaceReasons") or []})),
            lines=tuple(dict.fromkeys(line for step in steps for line in _differences(step))),
            protected=bool(old.get("protect")),
            kept=change is Change.DELETED and bool(old.get("retainOnDelete")),
        )


def _differences(step: Mapping[str, Any]) -> Iterator[str]:
    old, new = step.get("oldState") or {}, step.get("newState") or {}
    hidden = _is_secret_kind(step)
    for path in step.get("detailedDiff") or {}:
        before, after = _shown(old, path, hidden), _shown(new, path, hidden)
        yield f"{path}: {before} -> {after}"


def _is_secret_kind(step: Mapping[str, Any]) -> bool:
    """A Secret's values are none of anybody's business, whether the program has marked them or not."""
    return str(step["urn"].split("::")[2]).endswith("kubernetes:core/v1:Secret")


def _shown(state: Mapping[str, Any], path: str, hidden: bool) -> str:
    value = _at(state.get("inputs") or {}, path)
    if value is ABSENT:
        value = _at(state.get("outputs") or {}, path)
    if value is ABSENT:
        return ABSENT
    if hidden and path.partition(".")[0].partition("[")[0] in {"data", "stringData"}:
        return SECRET
    text = json.dumps(_without_secrets(value), ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _without_secrets(value: Any) -> Any:
    if isinstance(value, Mapping):
        return SECRET if SIGNATURE in value else {key: _without_secrets(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    return value


def _at(value: Any, path: str) -> Any:
    """What is at a property's path, as in spec.routes[0].match or data["a.b"]; a secret on the way hides the rest."""
    for key in _keys(path):
        if (isinstance(value, Mapping) and SIGNATURE in value) or value == SECRET:
            return SECRET
        if isinstance(value, Mapping) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return ABSENT
    return value


def _keys(path: str) -> Iterator[str]:
    rest = path
    while rest:
        if rest.startswith('["'):
            key, _, rest = rest[2:].partition('"]')
        elif rest.startswith("["):
            key, _, rest = rest[1:].partition("]")
        else:
            rest = rest.removeprefix(".")
            end = min((rest.find(sign) for sign in ".[" if sign in rest), default=len(rest))
            key, rest = rest[:end], rest[end:]
        yield key
