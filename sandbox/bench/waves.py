"""The floor of an update from nothing: the same objects, in the same order, applied by kubectl with the same waits.

A wave holds what nothing in it needs, by what the state knows of dependencies; the next is applied when all of it is
ready, by the conditions that the plugin waits for. Accounts are not kubectl's: a copy of those that the update has
filled is there from the start, so that this floor has less to do than the update.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandbox import kube
from sandbox.bench.measure import Sample
from sandbox.engine import Engine
from sandbox.errors import SandboxError
from sandbox.paths import Sandbox
from sandbox.plugins.kubernetes.applying import body_of
from sandbox.plugins.kubernetes.awaits import Awaits
from sandbox.plugins.kubernetes.waiting import Waiter
from telling.model import groups

KUBERNETES: Final = "kubernetes:"
RELEASE: Final = "kubernetes:helm.sh/v3:Release"
RECORDS: Final = "owner=helm-sandbox"
POLL_SECONDS: Final = 0.1
READY_SECONDS: Final = 300.0
ACCOUNTS: Final = ("authentik", "cloudflare", "onepassword")


@dataclass(frozen=True, kw_only=True)
class Waves:
    """What is applied, wave by wave."""

    waves: Sequence[Sequence[kube.Object]]

    @classmethod
    def of(cls, engine: Engine) -> Waves:
        """The objects of a platform that is up."""
        exported: Mapping[str, Any] = json.loads(engine.read("stack", "export", "--show-secrets"))
        resources = {item["urn"]: item for item in exported["deployment"]["resources"]}
        client = kube.Client.from_kubeconfig(engine.sandbox.kubeconfig)
        records = [_unowned(item) for item in client.list("v1", "ConfigMap", None, RECORDS)]
        levels: dict[str, int] = {}
        found: dict[int, list[kube.Object]] = {}
        for urn, item in resources.items():
            if item["type"] == RELEASE:
                found.setdefault(_level(urn, resources, levels), []).extend(records)
            elif _is_object(item):
                body = body_of(_plain(item["inputs"]))
                found.setdefault(_level(urn, resources, levels), []).append(body)
        return cls(waves=[found[level] for level in sorted(found)])

    @property
    def count(self) -> int:
        """How many objects there are."""
        return sum(map(len, self.waves))

    def apply(self, sandbox: Sandbox, kubectl: Path) -> Sample:
        """Apply all of it to a cluster that has nothing of it yet.

        Raises:
            SandboxError: kubectl refuses a wave, or one is not ready in time.
        """
        client = kube.Client.from_kubeconfig(sandbox.kubeconfig)
        awaits = Awaits(client=client, waiter=Waiter(client=client))
        start = time.perf_counter()
        for wave in self.waves:
            _apply(wave, sandbox, kubectl)
            with ThreadPoolExecutor(max_workers=16) as pool:
                list(pool.map(lambda obj: _ready(obj, client, awaits), wave))
        return Sample(seconds=time.perf_counter() - start, megabytes=0)


def copy_accounts(source: Sandbox, target: Sandbox) -> None:
    """Put the accounts of a platform that is up where another sandbox's are."""
    for name in ACCOUNTS:
        target.account(name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source.account(name), target.account(name))


def _is_object(item: Mapping[str, Any]) -> bool:
    """Whether it is an object of its own: made here, and not what only adds to somebody else's."""
    ours = item.get("custom") and not item.get("external")
    return bool(ours) and item["type"].startswith(KUBERNETES) and not item["type"].endswith("Patch")


def _level(urn: str, resources: Mapping[str, Mapping[str, Any]], levels: dict[str, int]) -> int:
    """The wave of a resource: that after the last of what it needs."""
    if urn not in levels:
        levels[urn] = 0  # a parent needs what is in it, and what is in it the parent
        item = resources[urn]
        needed = [other for other in item.get("dependencies") or [] if other in resources and not groups(other)]
        own = item["type"].startswith(KUBERNETES)
        levels[urn] = max((_level(other, resources, levels) + own for other in needed), default=0)
    return levels[urn]


def _plain(value: Any) -> Any:
    """Values of an export with its secrets shown: each is wrapped, as JSON."""
    if isinstance(value, Mapping):
        if "plaintext" in value:
            return json.loads(value["plaintext"])
        return {key: _plain(item) for key, item in value.items() if not key.startswith("__")}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _unowned(record: kube.Object) -> kube.Object:
    """A record as it was asked for: what its controller has reported in it, it has to report again."""
    meta = {key: record["metadata"][key] for key in ("name", "namespace", "labels")}
    data = {**record["data"], "status": "pending-install", "message": ""}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}


def _apply(wave: Sequence[kube.Object], sandbox: Sandbox, kubectl: Path) -> None:
    whole = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(wave)})
    command = [str(kubectl), "apply", "--server-side", "--force-conflicts", "--field-manager=bench", "-f", "-"]
    environment = {**os.environ, "KUBECONFIG": str(sandbox.kubeconfig), "KUBECACHEDIR": str(sandbox.root / "kubectl")}
    done = subprocess.run(command, input=whole, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SandboxError(f"kubectl apply: {' '.join(done.stderr.split())[:400]}")


def _ready(obj: kube.Object, client: kube.Client, awaits: Awaits) -> None:
    meta = obj["metadata"]
    give_up = time.monotonic() + READY_SECONDS
    missing = "it is not there"
    while time.monotonic() < give_up:
        with suppress(kube.ApiError, kube.NotReachableError):
            live = client.get(obj["apiVersion"], obj["kind"], meta["name"], meta.get("namespace"))
            if live is not None:
                missing = "; ".join(_missing(live, awaits))
                if not missing:
                    return
        time.sleep(POLL_SECONDS)
    raise SandboxError(f"{obj['kind']} {meta['name']}: not ready after {READY_SECONDS:.0f} s: {missing}")


def _missing(live: kube.Object, awaits: Awaits) -> Iterator[str]:
    if (live["metadata"].get("labels") or {}).get("owner") == RECORDS.partition("=")[2]:
        status = (live.get("data") or {}).get("status")
        if status != "deployed":
            yield f"the release is {status or 'not looked at'}"
        return
    yield from awaits.now(live).missing
