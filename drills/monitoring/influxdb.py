"""The real InfluxDB: set up as its image does it, filled by the platform's own Job, and asked in Flux."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import urllib3

from drills.errors import DrillError
from drills.monitoring.network import LOOPBACK
from drills.monitoring.workload import Part
from drills.pods import containers, expanded
from sandbox import kube
from sandbox.paths import REPOSITORY

PORT: Final = 8086
SETUP: Final = "DOCKER_INFLUXDB_INIT_"
"""Begins the variables by which its image sets it up."""
IMAGE_WORDS: Final = ("--bolt-path=/var/lib/influxdb2/influxd.bolt", "--engine-path=/var/lib/influxdb2/engine")
SECONDS: Final = 60.0
SYSTEM: Final = "/usr/local/bin:/usr/bin:/bin"


@dataclass(kw_only=True)
class InfluxDb:
    """One InfluxDB of the platform's."""

    part: Part

    @property
    def url(self) -> str:
        """Where it answers."""
        return self.part.url(PORT)

    @property
    def organisation(self) -> str:
        """Its only one."""
        return self._environment()[f"{SETUP}ORG"]

    def start(self) -> None:
        """Start it and wait until it is well."""
        self.part.start("/health", PORT)

    def set_up(self) -> None:
        """What its image does at its first start.

        Raises:
            DrillError: it refuses, as after the first time.
        """
        told = {name.removeprefix(SETUP): value for name, value in self._environment().items() if SETUP in name}
        body = {
            "username": told["USERNAME"],
            "password": told["PASSWORD"],
            "org": told["ORG"],
            "bucket": told["BUCKET"],
            "token": told["ADMIN_TOKEN"],
            "retentionPeriodSeconds": 0,
        }
        response = urllib3.request("POST", f"{self.url}/api/v2/setup", json=body, timeout=SECONDS, retries=False)
        if response.status != 201:
            message = f"InfluxDB is not set up: HTTP {response.status}: {response.data.decode()[:200]}"
            raise DrillError(message)

    def rows(self, query: str, token: str) -> list[dict[str, str]]:
        """What a query in Flux yields, one row for each point.

        Raises:
            DrillError: it refuses; with its reason.
        """
        headers = {"Authorization": f"Token {token}", "Content-Type": "application/json", "Accept": "application/csv"}
        body = {"query": query, "type": "flux", "dialect": {"annotations": [], "header": True}}
        url = f"{self.url}/api/v2/query?org={self.organisation}"
        response = urllib3.request("POST", url, json=body, headers=headers, timeout=SECONDS, retries=False)
        text = response.data.decode()
        if response.status != 200:
            message = f"Flux: HTTP {response.status}: {text.strip()[:300]}"
            raise DrillError(message)
        return list(parsed(text))

    def write(self, bucket: str, lines: str, token: str) -> int:
        """Write lines of InfluxDB's protocol, as Proxmox does; the status that it answers with."""
        url = f"{self.url}/api/v2/write?org={self.organisation}&bucket={bucket}"
        headers = {"Authorization": f"Token {token}"}
        response = urllib3.request("POST", url, body=lines.encode(), headers=headers, timeout=SECONDS, retries=False)
        return int(response.status)

    def _environment(self) -> Mapping[str, str]:
        return self.part.found().environment


def parsed(text: str) -> Iterator[dict[str, str]]:
    """The rows of an answer: tables with a header each, and an empty line between two."""
    for table in text.replace("\r\n", "\n").strip().split("\n\n"):
        yield from csv.DictReader(io.StringIO(table))


@dataclass(frozen=True, kw_only=True)
class AccessJob:
    """The platform's Job that makes buckets and tokens."""

    job: kube.Object
    part: Part
    """InfluxDB's."""
    place: Path
    kubectl: Path
    kubeconfig: Path
    """Of the account of the Job's pods."""

    @property
    def name(self) -> str:
        """What it is called, without what makes each new one another: its Secrets begin so."""
        return str(self.job["spec"]["template"]["spec"]["serviceAccountName"])

    def run(self) -> None:
        """Its containers, one after the other.

        Raises:
            DrillError: one fails; with its last words.
        """
        programs = self.place / "programs"
        programs.mkdir(parents=True, exist_ok=True)
        influx = programs / "influx"
        influx.write_text(f'#!/bin/sh\nexec {sys.executable} -m drills.monitoring.influx_cli "$@"\n')
        influx.chmod(0o755)
        kubectl = programs / "kubectl"
        if not kubectl.exists():
            kubectl.symlink_to(self.kubectl)
        for key in ("initContainers", "containers"):
            for container in containers(self.part.network.cluster, self.job, key, self.place):
                for folder in container.folders():
                    folder.mkdir(parents=True, exist_ok=True)
                environment = {
                    **{name: self.part.network.here(value) for name, value in container.environment.items()},
                    "PATH": f"{programs}:{SYSTEM}",
                    "PYTHONPATH": str(REPOSITORY),
                    "KUBECONFIG": str(self.kubeconfig),
                    "HOME": str(self.place),
                    "NO_PROXY": LOOPBACK,
                }
                words = [expanded(word, environment) for word in container.words]
                # An image with a single program is started by its arguments alone.
                command = words if container.spec.get("command") else [str(kubectl), *words]
                _run(container.spec["name"], command, environment)


def _run(name: str, command: list[str], environment: Mapping[str, str]) -> None:
    inherited = {key: os.environ[key] for key in ("LANG", "TMPDIR") if key in os.environ}
    done = subprocess.run(
        command, env={**inherited, **environment}, check=False, capture_output=True, text=True, timeout=SECONDS
    )
    if done.returncode != 0:
        message = f"{name}: exit code {done.returncode}: {(done.stderr or done.stdout).strip()[-300:]}"
        raise DrillError(message)
