"""What stays when its release, its Application or its place in an Application goes."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.controllers.installer import is_kept, may_be_pruned, outlives_application

OPTIONS = "argocd.argoproj.io/sync-options"
KEEP = {"helm.sh/resource-policy": "keep"}


def thing(kind: str = "ConfigMap", **annotations: str) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": "x", "annotations": annotations}}


@pytest.mark.parametrize(
    ("obj", "kept", "outlives", "pruned"),
    [
        (thing(), False, False, True),
        (thing(**KEEP), True, True, True),
        (thing("CustomResourceDefinition"), False, True, True),
        (thing("CustomResourceDefinition", **KEEP), True, True, True),
        (thing(**{OPTIONS: "Prune=false"}), False, False, False),
        (thing(**{OPTIONS: "Delete=false"}), False, True, True),
        (thing(**{OPTIONS: "Prune=false, Delete=false"}), False, True, False),
        ({"kind": "ConfigMap", "metadata": {"name": "x"}}, False, False, True),
    ],
)
def test_what_stays(obj: dict[str, Any], *, kept: bool, outlives: bool, pruned: bool) -> None:
    assert (is_kept(obj), outlives_application(obj), may_be_pruned(obj)) == (kept, outlives, pruned)
