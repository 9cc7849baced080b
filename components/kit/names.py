"""Names that may be given once only."""

from __future__ import annotations

from typing import Any, NamedTuple

import pulumi


class NameTakenError(pulumi.RunError):
    """A name is given twice in the stack; the engine prints the message without a traceback."""


class _Place(NamedTuple):
    """Where a resource is in the tree: types and names from the outermost component to itself."""

    types: tuple[str, ...]
    names: tuple[str, ...]

    def __str__(self) -> str:
        return " > ".join(self.names)


class UniqueNames:
    """Refuses a second resource of one URN, or a second Kubernetes object of one kind, namespace and name.

    The engine would refuse the first in terms of URNs and the cluster the second while the update runs; here both are
    refused while the program runs, by the two places that gave the name.
    """

    def __init__(self) -> None:
        self._places: dict[pulumi.Resource, _Place] = {}
        self._taken: dict[tuple[Any, ...], _Place] = {}

    def check(self, args: pulumi.ResourceTransformationArgs) -> None:
        """To be put into the `transformations` of a component: they are handed on to all that is below it.

        Raises:
            NameTakenError: the name is taken.
        """
        if args.resource in self._places:
            return  # handed on from two places above
        parent = args.opts.parent
        above = self._places.get(parent, _Place((), ())) if parent is not None else _Place((), ())
        place = _Place((*above.types, args.type_), (*above.names, args.name))
        self._places[args.resource] = place
        kind = args.type_.rsplit(":", 1)[-1]
        # What makes a URN: the types of all that it is in, but of their names only its own.
        self._take((place.types, args.name), place, f"the name {args.name!r} of a {kind}")
        if (key := _object(args.type_, args.props)) is not None:
            _, namespace, name = key
            self._take(key, place, f"the name {name!r} of a {kind} in {namespace or 'the cluster'}")

    def _take(self, key: tuple[Any, ...], place: _Place, what: str) -> None:
        owner = self._taken.setdefault(key, place)
        if owner is not place:
            message = f"{what} is given twice: by {owner} and by {place}; give one of them another name"
            raise NameTakenError(message)


def _object(kind: str, props: Any) -> tuple[str, str, str] | None:
    """Kind, namespace and name of a Kubernetes object; None for everything else and for names not known yet."""
    if not kind.startswith("kubernetes:"):
        return None
    metadata = _value(props, "metadata")
    name, namespace = _value(metadata, "name"), _value(metadata, "namespace")
    if not isinstance(name, str) or not isinstance(namespace, str | None):
        return None
    return kind, namespace or "", name


def _value(holder: Any, key: str) -> Any:
    return holder.get(key) if isinstance(holder, dict) else getattr(holder, key, None)
