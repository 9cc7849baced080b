"""What every container of the platform has in common, whatever kind of object makes its pod."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import (
    CapabilitiesArgs,
    EnvVarArgs,
    EnvVarSourceArgs,
    PodSecurityContextArgs,
    ResourceRequirementsArgs,
    SeccompProfileArgs,
    SecretKeySelectorArgs,
    SecurityContextArgs,
    VolumeMountArgs,
)

from components.kit.mounts import Mount
from components.kit.secret import SecretKey


@dataclass(frozen=True, kw_only=True)
class Resources:
    """What the pod asks for; no CPU limit, because throttling helps nobody on a homelab's node."""

    cpu: str = "10m"
    """CPU request, in Kubernetes' notation (`10m` is a hundredth of a core)."""
    memory: str = "64Mi"
    """Memory request, and limit: a pod that takes more is the one to end."""

    @property
    def requirements(self) -> ResourceRequirementsArgs:
        """As the container has it."""
        return ResourceRequirementsArgs(
            requests={"cpu": self.cpu, "memory": self.memory}, limits={"memory": self.memory}
        )


def variables(environment: Mapping[str, pulumi.Input[str] | SecretKey]) -> list[EnvVarArgs] | None:
    """Environment variables: texts, and keys of Secrets by reference."""
    return [_variable(key, value) for key, value in environment.items()] or None


def secrets_of(environment: Mapping[str, pulumi.Input[str] | SecretKey]) -> list[pulumi.Resource]:
    """What has to be done before the Secrets exist that an environment refers to."""
    return [value.synced for value in environment.values() if isinstance(value, SecretKey)]


def _variable(key: str, value: pulumi.Input[str] | SecretKey) -> EnvVarArgs:
    if isinstance(value, SecretKey):
        reference = SecretKeySelectorArgs(name=value.secret, key=value.key)
        return EnvVarArgs(name=key, value_from=EnvVarSourceArgs(secret_key_ref=reference))
    return EnvVarArgs(name=key, value=value)


def confined(*, read_only: bool = True) -> SecurityContextArgs:
    """A security context without capabilities; `read_only` is the root filesystem."""
    return SecurityContextArgs(
        allow_privilege_escalation=False,
        read_only_root_filesystem=read_only,
        capabilities=CapabilitiesArgs(drop=["ALL"]),
    )


def confined_pod(user: int, *, owns_volumes: bool = True) -> PodSecurityContextArgs:
    """A pod that runs as this ordinary user and group; `owns_volumes` gives its volumes to the group."""
    return PodSecurityContextArgs(
        run_as_non_root=True,
        run_as_user=user,
        run_as_group=user,
        fs_group=user if owns_volumes else None,
        fs_group_change_policy="OnRootMismatch" if owns_volumes else None,
        seccomp_profile=SeccompProfileArgs(type="RuntimeDefault"),
    )


def mounted(mounts: Iterable[Mount]) -> list[VolumeMountArgs] | None:
    """Where the container sees its volumes."""
    return [
        VolumeMountArgs(
            name=mount.name, mount_path=mount.path, read_only=mount.read_only or None, sub_path=mount.sub_path
        )
        for mount in mounts
    ] or None
