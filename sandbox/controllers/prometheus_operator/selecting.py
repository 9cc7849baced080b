"""Which objects a Prometheus or an Alertmanager looks at: by labels of theirs, and of their namespaces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox import kube
from sandbox.controllers.hub import Hub
from sandbox.controllers.objects import namespace_of
from sandbox.controllers.prometheus_operator import names
from sandbox.controllers.prometheus_operator.errors import ConfigurationError

OF_A_SET: Final = ("In", "NotIn")
OF_A_KEY: Final = ("Exists", "DoesNotExist")


@dataclass(frozen=True, kw_only=True)
class Selected:
    """What was found, in the order of namespaces and names."""

    valid: list[kube.Object]
    rejected: list[tuple[kube.Object, str]]
    """What cannot be used, and why."""


def matches(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether labels are selected. No selector selects nothing, an empty one everything.

    Raises:
        ConfigurationError: the selector is none.
    """
    if selector is None:
        return False
    expressions = [_expressed(item, labels) for item in selector.get("matchExpressions") or []]
    return all(expressions) and (selector.get("matchLabels") or {}).items() <= labels.items()


def _expressed(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, operator, values = expression["key"], expression["operator"], expression.get("values") or []
    if operator not in (*OF_A_SET, *OF_A_KEY):
        raise ConfigurationError(f'"{operator}" is not a valid label selector operator')
    if bool(values) is not (operator in OF_A_SET):
        expected = "can't be empty" if operator in OF_A_SET else "must be empty"
        raise ConfigurationError(f"values set {expected} for operator {operator} of key {key}")
    if operator in OF_A_SET:
        return (labels.get(key) in values) is (operator == "In")
    return (key in labels) is (operator == "Exists")


def select(
    hub: Hub,
    owner: kube.Object,
    kind: tuple[str, str],
    prefix: str,
    check: Callable[[kube.Object], None],
    *,
    but: Iterable[str] = (),
) -> Selected:
    """The objects of a kind that the owner's `<prefix>Selector` selects, in namespaces by `<prefix>NamespaceSelector`.

    Without the latter, those of its own namespace; `but` are names there that are left out.

    Raises:
        ConfigurationError: one of the selectors is none.
    """
    spec, own = owner["spec"], namespace_of(owner)
    # A selector that is none is refused also while there is nothing to select.
    matches(spec.get(f"{prefix}Selector"), {})
    spaces = _namespaces(hub, own, spec.get(f"{prefix}NamespaceSelector"))
    valid, rejected = [], []
    for obj in sorted(hub.list(*kind), key=kube.name_of):
        space, meta = namespace_of(obj), obj["metadata"]
        if space not in spaces or (space == own and meta["name"] in but):
            continue
        if not matches(spec.get(f"{prefix}Selector"), meta.get("labels") or {}):
            continue
        try:
            check(obj)
        except ConfigurationError as error:
            rejected.append((obj, str(error)))
        else:
            valid.append(obj)
    return Selected(valid=valid, rejected=rejected)


def _namespaces(hub: Hub, own: str, selector: Mapping[str, Any] | None) -> set[str]:
    if selector is None:
        return {own}
    return {
        space["metadata"]["name"]
        for space in hub.list(*names.NAMESPACE)
        if matches(selector, space["metadata"].get("labels") or {})
    }
