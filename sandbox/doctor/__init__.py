"""The wiring check: every reference between the parts of the platform resolves.

It reads a cluster, by any kubeconfig, and the state of the stack; it changes nothing. Not covered: whether anything
answers, since that takes a request and not a look.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from sandbox import kube
from sandbox.doctor import accounts, certificates, consumers, delivery, guards, pods, routes, secrets, walls
from sandbox.doctor.check import CHECKS, Check, Context, Reference
from sandbox.doctor.report import Report, show
from sandbox.doctor.world import World
from sandbox.errors import SandboxError

__all__ = ["Reference", "Report", "World", "examine", "run", "show"]

GROUPS = (routes, certificates, guards, accounts, consumers, secrets, pods, walls, delivery)
"""The modules whose checks are registered by importing them."""


def run(kubeconfig: Path, context: str | None, export: Mapping[str, Any]) -> Report:
    """Examine a running cluster and a stack's state, the answer of `pulumi stack export`.

    Raises:
        SandboxError: the cluster cannot be read.
    """
    try:
        client = kube.Client.from_kubeconfig(kubeconfig, context)
    except (KeyError, TypeError, yaml.YAMLError) as error:
        message = f"{kubeconfig} is no kubeconfig with a context to use: give the file of the cluster to check"
        raise SandboxError(message) from error
    except (OSError, LookupError, ValueError) as error:
        message = f"{kubeconfig}: {' '.join(str(error).split())}"
        raise SandboxError(message) from error
    try:
        world = World.read(client, export)
    except (kube.ApiError, kube.NotReachableError) as error:
        message = f"the cluster of {kubeconfig} cannot be read: {' '.join(str(error).split())}"
        raise SandboxError(message) from error
    return examine(world, datetime.now(tz=UTC))


def examine(world: World, now: datetime, checks: Sequence[Check] | None = None) -> Report:
    """Run the checks on a world. What is referred to twice in the same way, as by two rules of a route, counts once."""
    context = Context(world=world, now=now)
    return Report(results={item.name: list(dict.fromkeys(item.walk(context))) for item in checks or CHECKS})
