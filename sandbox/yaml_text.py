"""YAML as Kubernetes reads it, for which a date is text, and so are `on` and `=`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import yaml

TAG: Final = "tag:yaml.org,2002:"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Python's own reads scalars by an older version of YAML."""


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in (f"{TAG}timestamp", f"{TAG}value") and (tag != f"{TAG}bool" or first in "tTfF")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def documents(text: str) -> Iterator[Any]:
    """Every document of a text; yaml.YAMLError where it is no YAML."""
    return iter(yaml.load_all(text, Loader=_Loader))
