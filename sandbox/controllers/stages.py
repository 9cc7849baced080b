"""The gate in kwok's stage that makes pods ready: only pods that the simulated kubelet has let through pass it."""

from __future__ import annotations

from typing import Any, Final

import yaml

GATE: Final = "sandbox.homelab/references"
"""Annotation of a pod; its value `resolved` lets the pod start."""
OPEN: Final = "resolved"
GATED: Final = "pod-ready"
"""kwok's name of the stage that makes a scheduled pod ready."""


def gate(text: str) -> str:
    """A file with kwok's own stages, in which the one that makes pods ready asks for the gate too.

    Files without that stage come back as they are.
    """
    documents: list[dict[str, Any]] = [document for document in yaml.safe_load_all(text) if document]
    gated = [document for document in documents if document.get("metadata", {}).get("name") == GATED]
    if not gated:
        return text
    for stage in gated:
        expressions = stage["spec"].setdefault("selector", {}).setdefault("matchExpressions", [])
        expressions.append({"key": f'.metadata.annotations["{GATE}"]', "operator": "In", "values": [OPEN]})
    return yaml.safe_dump_all(documents, sort_keys=False)
