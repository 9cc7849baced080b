"""Jobs that speak to InfluxDB as its operator, by `influx`, the program that its image has for that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pulumi_kubernetes.core.v1 import ContainerArgs, VolumeMountArgs

from components.kit import Endpoint, Resources, SecretKey
from components.kit.containers import confined, variables
from components.monitoring.names import ORGANISATION

USER: Final = 1000
"""User and group id of InfluxDB's image, and of the files on its volume."""

ADMIN: Final = "admin"
"""InfluxDB's only user. Programs have tokens of their own, and none of them is a user."""


@dataclass(frozen=True, kw_only=True)
class Operator:
    """InfluxDB, and the token that may do everything there."""

    endpoint: Endpoint
    image: str
    """InfluxDB's own, as it is pulled."""
    token: SecretKey

    def container(self, name: str, script: str, mounts: Sequence[VolumeMountArgs]) -> ContainerArgs:
        """A container that runs a script of bash, in which `influx` needs no further arguments to be let in."""
        return ContainerArgs(
            name=name,
            image=self.image,
            command=["bash", "-c", script],
            env=variables({"INFLUX_HOST": self.endpoint.url, "INFLUX_ORG": ORGANISATION, "INFLUX_TOKEN": self.token}),
            resources=Resources(cpu="20m", memory="256Mi").requirements,
            security_context=confined(),
            volume_mounts=list(mounts),
        )
