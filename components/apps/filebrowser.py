"""File Browser: a page on Navidrome's host to upload and sort the music with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi

from components import versions
from components.kit import Endpoint, Mount, Namespace, NfsFolder, Workload, WorkloadArgs

PORT: Final = 8080
PATH: Final = "/files"
"""Below Navidrome's host: forward auth covers the host once, for both."""


@dataclass(frozen=True, kw_only=True)
class FileBrowserArgs:
    """The folder that it shows."""

    namespace: Namespace
    folder: NfsFolder
    registry_mirror: str | None = None


class FileBrowser(pulumi.ComponentResource):
    """File Browser on a folder of the NFS server.

    It knows no users of its own: Authentik lets in who may write there.
    """

    endpoint: Endpoint

    def __init__(self, name: str, args: FileBrowserArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:apps:FileBrowser", name, None, opts)
        self.endpoint = Workload(
            name,
            WorkloadArgs(
                namespace=args.namespace,
                image=versions.FILEBROWSER,
                registry_mirror=args.registry_mirror,
                port=PORT,
                health_path=f"{PATH}/health",
                environment={
                    "FB_PORT": str(PORT),
                    "FB_BASEURL": PATH,
                    "FB_ROOT": "/srv",
                    "FB_DATABASE": "/database/filebrowser.db",
                    "FB_NOAUTH": "true",
                },
                mounts=[Mount(path="/srv", claim=args.folder), Mount(path="/database"), Mount(path="/config")],
            ),
            opts=pulumi.ResourceOptions(parent=self),
        ).endpoint
        self.register_outputs({})
