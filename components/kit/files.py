"""Files for pods to read: such that are no secret, and such that are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import ConfigMap
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.kit.inputs import plain
from components.kit.namespace import Namespace
from components.kit.secret import SecretKey
from components.kit.userinput import digest


@dataclass(frozen=True, kw_only=True)
class FilesArgs:
    """What the files hold, by name."""

    namespace: Namespace
    files: Mapping[str, str]


class Files(pulumi.ComponentResource):
    """A ConfigMap whose name has the digest of what is in it: pods that mount it start anew when that changes."""

    config_map: str

    def __init__(self, name: str, args: FilesArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:kit:Files", name, plain(args), opts)
        self.config_map = f"{name}-{digest(json.dumps(dict(args.files), sort_keys=True))}"
        ConfigMap(
            name,
            metadata=ObjectMetaArgs(name=self.config_map, namespace=args.namespace.name),
            data=dict(args.files),
            immutable=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.namespace.resource]),
        )
        self.register_outputs({})


@dataclass(frozen=True, kw_only=True)
class SecretFile:
    """One key of a Secret, for pods to read as a file of that name."""

    key: SecretKey
