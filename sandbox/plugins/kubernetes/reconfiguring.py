"""Whether other arguments of the provider mean another cluster: then every object is replaced.

As in the published plugin: with a `clusterIdentifier` before and after, its change decides and nothing else. Without,
the cluster that kubeconfig and context select is compared as the kubeconfig describes it, so that the same one under
another address counts as another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import yaml

from sandbox.plugins.kubernetes.arguments import IGNORED, Kubeconfig
from sandbox.plugins.server import Change, Diff
from sandbox.plugins.wire import Properties, has_unknown, reveal

IDENTIFIER: Final = "clusterIdentifier"
SELECTING: Final = ("kubeconfig", "context", "cluster")


def compare(olds: Properties, news: Properties) -> Diff:
    """The arguments that differ; all of them replace the provider if they mean another cluster."""
    keys = [key for key in sorted({*olds, *news} - IGNORED) if has_unknown(news.get(key)) or _differs(olds, news, key)]
    replaced = _is_another(olds, news)
    return Diff(changes=[Change(path=key, kind=_kind(olds, news, key), replace=replaced) for key in keys])


def _differs(olds: Properties, news: Properties, key: str) -> bool:
    return bool(reveal(olds.get(key)) != reveal(news.get(key)))


def _kind(olds: Properties, news: Properties, key: str) -> str:
    if reveal(olds.get(key)) is None:
        return "add"
    return "delete" if reveal(news.get(key)) is None else "update"


def _is_another(olds: Properties, news: Properties) -> bool:
    if olds.get(IDENTIFIER) and news.get(IDENTIFIER):
        return has_unknown(news[IDENTIFIER]) or _differs(olds, news, IDENTIFIER)
    if any(has_unknown(news.get(key)) for key in SELECTING):
        return True
    old, new = _selected(olds), _selected(news)
    # What cannot be read is no other cluster yet: configuring it fails anyway.
    return old is not None and new is not None and old != new


def _selected(arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The selected cluster as the kubeconfig describes it; None if there is none that can be read."""
    plain = reveal(arguments)
    try:
        config = yaml.safe_load(Kubeconfig.of(plain.get("kubeconfig")).text)
        contexts = {item["name"]: item["context"] for item in config["contexts"]}
        name = plain.get("cluster") or contexts[plain.get("context") or config["current-context"]]["cluster"]
        found: Mapping[str, Any] = {item["name"]: item["cluster"] for item in config["clusters"]}[name]
    except (KeyError, TypeError, ValueError, OSError, yaml.YAMLError):
        return None
    return found
