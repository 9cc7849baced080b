"""Runs the checks, on a cluster or on a snapshot of one."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import yaml

from doctor import (
    addresses,
    alerts,
    argocd,
    certificates,
    cloudflare,
    database_clients,
    databases,
    forward_auth,
    grafana,
    isolation,
    kube,
    monitors,
    namespaces,
    oidc,
    pods,
    probes,
    prometheus,
    routes,
    rules,
    secrets,
    thanos,
    volumes,
    zero_trust,
)
from doctor.check import CHECKS, Check, Context
from doctor.errors import DoctorError
from doctor.report import Report
from doctor.snapshot import Snapshot

GROUPS = (
    *(routes, certificates, forward_auth, cloudflare, zero_trust, oidc, secrets, pods, databases, database_clients),
    *(isolation, volumes, namespaces, addresses, argocd, monitors, probes, prometheus, thanos, grafana, alerts, rules),
)
"""The modules whose checks are registered by importing them."""

SETTLING: Final = 30.0
"""Seconds that controllers may take after an update."""
POLL: Final = 0.5


def run(kubeconfig: Path, context: str | None, export: Mapping[str, Any], *, settling: float = 0.0) -> Report:
    """Examine a running cluster and a stack's state, the answer of `pulumi stack export`.

    With something broken it is examined again for as many seconds as `settling` says: after an update, controllers have
    things to do.

    Raises:
        DoctorError: the cluster cannot be read.
    """
    client = connected(kubeconfig, context)
    end = time.monotonic() + settling
    while True:
        with reading(kubeconfig):
            snapshot = Snapshot.read(client, export)
        report = examine(snapshot, datetime.now(tz=UTC))
        if report.healthy or time.monotonic() >= end:
            return report
        time.sleep(POLL)


def connected(kubeconfig: Path, context: str | None) -> kube.Client:
    """A client of a kubeconfig's context.

    Raises:
        DoctorError: the kubeconfig cannot be used.
    """
    try:
        return kube.Client.from_kubeconfig(kubeconfig, context)
    except (KeyError, TypeError, yaml.YAMLError) as error:
        message = f"{kubeconfig} is no kubeconfig with a context to use: give the file of the cluster to check"
        raise DoctorError(message) from error
    except (OSError, LookupError, ValueError, subprocess.SubprocessError) as error:
        message = f"{kubeconfig}: {' '.join(str(error).split())}"
        raise DoctorError(message) from error


@contextmanager
def reading(kubeconfig: Path) -> Iterator[None]:
    """Whatever goes wrong while a cluster is read is told as one line.

    Raises:
        DoctorError: the cluster cannot be read.
    """
    try:
        yield
    except (kube.ApiError, kube.NotReachableError) as error:
        message = f"the cluster of {kubeconfig} cannot be read: {' '.join(str(error).split())}"
        raise DoctorError(message) from error


def examine(snapshot: Snapshot, now: datetime, checks: Sequence[Check] | None = None) -> Report:
    """Run the checks. What is referred to twice in the same way, as by two rules of a route, counts once."""
    context = Context(snapshot=snapshot, now=now)
    return Report(results={item.name: list(dict.fromkeys(item.walk(context))) for item in checks or CHECKS})
