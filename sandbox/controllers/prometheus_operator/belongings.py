"""Objects that go with the Prometheus or the Alertmanager that they were made for."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from sandbox import kube
from sandbox.controllers.objects import owner_of
from sandbox.controllers.prometheus_operator import names


def meta(owner: kube.Object, name: str, labels: Mapping[str, str], *, managing: bool = True) -> dict[str, Any]:
    """Metadata of something that goes with its owner."""
    managed = {"controller": True, "blockOwnerDeletion": True} if managing else {}
    return {
        "name": name,
        "namespace": owner["metadata"]["namespace"],
        "labels": {**names.OWN, **labels},
        "ownerReferences": [owner_of(owner, **managed)],
    }


def secret(owner: kube.Object, name: str, data: Mapping[str, str]) -> kube.Object:
    """A Secret that goes with its owner; its values are encoded already."""
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta(owner, name, {}), "data": dict(data)}


def packed(configuration: Mapping[str, Any]) -> str:
    """A configuration as the Secret has it: the same for the same one, whenever it is made."""
    return b64encode(gzip.compress(json.dumps(configuration, indent=1).encode(), mtime=0)).decode()
