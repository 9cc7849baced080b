"""The surroundings of databases, as small as they can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from components.databases import Databases, DatabasesArgs
from components.kit import Database, DatabaseRequest, Foundation, Namespace, NamespaceArgs
from components.settings import ClusterSettings, DatabasesSettings
from tests.support.parts import base, done
from tests.support.recorder import Recording, record


@dataclass
class Built:
    base: Foundation
    databases: list[Database]


def databases(
    *requests: dict[str, Any], tenants: tuple[str, ...] = (), settings: dict[str, Any] | None = None, **changes: Any
) -> Recording[Built]:
    """The layer, and a database for each of these requests; a request's `settings` are as the stack file has them."""

    def build() -> Built:
        found = base(**changes)
        layer = Databases(
            "databases",
            DatabasesArgs(
                base=found,
                settings=DatabasesSettings.model_validate(settings or {}),
                tenants=tenants,
                cert_manager=done("cert-manager"),
            ),
        )
        made = []
        for wanted in requests:
            name = wanted["name"]
            parent = pulumi.ComponentResource("test:kit:App", name)
            namespace = Namespace(name, NamespaceArgs(holds_data=True), opts=pulumi.ResourceOptions(parent=parent))
            own = ClusterSettings.model_validate(wanted.get("settings", {}))
            request = DatabaseRequest(**{**wanted, "settings": own, "namespace": namespace})
            made.append(layer.create(request, parent))
        return Built(found, made)

    return record(build)
