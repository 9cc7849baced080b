"""The provisioner that the cluster has already: claims of class `sandbox.homelab/folder` get a folder.

The folders are ones that nobody ever mounts, since no kubelet runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.controllers.provisioner import Provisioner, name_for

PROVISIONER: Final = "sandbox.homelab/folder"


class Storage(Provisioner):
    """Makes folders."""

    name = "storage"

    def serves(self, provisioner: str) -> bool:
        """It is there before anything is deployed."""
        return provisioner == PROVISIONER

    def source(self, claim: Mapping[str, Any], _storage_class: Mapping[str, Any]) -> dict[str, Any]:
        """A folder named after the volume."""
        return {"hostPath": {"path": f"/nonexistent/{name_for(claim)}"}}
