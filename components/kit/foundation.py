"""What the first layers hand on to all that follow."""

from __future__ import annotations

from dataclasses import dataclass

from components.kit.contributions import Contributions
from components.kit.project import ArgoProject
from components.kit.secret import SecretStore
from components.kit.site import Site
from components.kit.storage import LocalStorage, SharedStorage


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """The homelab, what is collected of it, who delivers its controllers, where its secrets and its volumes are."""

    site: Site
    contributions: Contributions
    project: ArgoProject
    """Argo CD's project for controllers."""
    store: SecretStore
    storage: LocalStorage
    """For volumes on a node's own disk."""
    shared: SharedStorage
    """For volumes that any node can mount."""
