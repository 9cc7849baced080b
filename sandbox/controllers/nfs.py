"""Kubernetes' CSI driver for NFS: claims of its classes get a folder on a server.

It acts while the driver's controller runs, as the chart makes it, under the driver's name that its arguments say. It
computes what the real one does (the folder of a volume, the handle, the attributes), and refuses what the real one
refuses of a class.

Not covered: the server. No folder is made, mounted, kept, archived or removed, a wrong address or export is not seen,
and no pod asks whether the driver runs on its node. Another default of onDelete than `delete` is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox import kube
from sandbox.controllers.objects import containers, is_available, namespace_of
from sandbox.controllers.provisioner import NoVolumeError, Provisioner, name_for

DEPLOYMENT: Final = ("apps/v1", "Deployment")
DRIVER: Final = "--drivername="
SERVER: Final = "server"
SHARE: Final = "share"
FOLDER: Final = "subdir"
ON_DELETE: Final = "ondelete"
PERMISSIONS: Final = "mountpermissions"
KNOWN: Final = frozenset({SERVER, SHARE, FOLDER, ON_DELETE, PERMISSIONS})
POLICIES: Final = ("", "delete", "retain", "archive")
KEPT: Final = ("retain", "archive")
PREFIX: Final = "csi.storage.k8s.io/"
"""Parameters for the provisioner beside the driver, such as the Secret with which it deletes: the driver sees none."""


class Nfs(Provisioner):
    """Makes volumes on NFS servers."""

    name = "nfs"

    def setup(self) -> None:
        """Look at the driver's Deployment too."""
        super().setup()
        self.hub.on(*DEPLOYMENT, self._deployment_changed)

    def _deployment_changed(self, _event: str, deployment: kube.Object) -> None:
        if any(drivers(deployment)):
            self.look_again()

    def serves(self, provisioner: str) -> bool:
        """Whether a controller of that driver's name is available."""
        return any(
            provisioner in drivers(deployment) for deployment in self.hub.list(*DEPLOYMENT) if is_available(deployment)
        )

    def source(self, claim: Mapping[str, Any], storage_class: Mapping[str, Any]) -> dict[str, Any]:
        """The folder that the class says."""
        given = {key: str(value) for key, value in (storage_class.get("parameters") or {}).items()}
        return csi(storage_class["provisioner"], given, claim)


def drivers(deployment: Mapping[str, Any]) -> Iterator[str]:
    """The names of the drivers whose controller a Deployment is; none for most."""
    parts = list(containers(deployment["spec"]["template"]["spec"]))
    if any("/csi-provisioner:" in str(part.get("image")) for part in parts):
        for argument in [argument for part in parts for argument in part.get("args") or []]:
            if str(argument).startswith(DRIVER):
                yield str(argument).removeprefix(DRIVER)


def csi(driver: str, parameters: Mapping[str, str], claim: Mapping[str, Any]) -> dict[str, Any]:
    """A volume's source by the parameters of its class, which the driver reads in whatever case they are written.

    Raises:
        NoVolumeError: a parameter is missing, unknown or no valid one.
    """
    name, meta = name_for(claim), claim["metadata"]
    parameters = {key: value for key, value in parameters.items() if not key.startswith(PREFIX)}
    given = {key.lower(): value for key, value in parameters.items()}
    for key in parameters:
        if key.lower() not in KNOWN:
            raise NoVolumeError(f'invalid parameter "{key}" in storage class')
    if not re.fullmatch(r"[0-7]*", given.get(PERMISSIONS, "")):
        raise NoVolumeError(f"invalid mountPermissions {given[PERMISSIONS]} in storage class")
    if not given.get(SERVER):
        raise NoVolumeError(f"{SERVER} is a required parameter")
    policy = given.get(ON_DELETE, "")
    if policy.lower() not in POLICIES:
        raise NoVolumeError(f"invalid value {policy} for OnDelete, supported values are {' '.join(POLICIES[1:])}")
    known = {"pvc.metadata.name": meta["name"], "pvc.metadata.namespace": namespace_of(claim), "pv.metadata.name": name}
    folder, unique = given.get(FOLDER, ""), ""
    if folder:
        for placeholder, value in known.items():
            folder = folder.replace(f"${{{placeholder}}}", value)
        unique = name
    folder = folder or name
    written = next((key for key in parameters if key.lower() == FOLDER), FOLDER)
    parts = [given[SERVER].strip("/"), given.get(SHARE, "").strip("/"), folder.strip("/"), unique]
    return {
        "csi": {
            "driver": driver,
            "volumeHandle": "#".join([*parts, policy if policy.lower() in KEPT else ""]),
            "volumeAttributes": {
                **parameters,
                written: folder,
                f"{PREFIX}pv/name": name,
                f"{PREFIX}pvc/name": meta["name"],
                f"{PREFIX}pvc/namespace": namespace_of(claim),
            },
        }
    }
