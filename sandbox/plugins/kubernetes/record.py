"""The record of a release: a ConfigMap that says what is wanted, and in which its controllers report."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, Final

from sandbox.kube import Object
from sandbox.plugins.kubernetes.identity import Identity
from sandbox.plugins.kubernetes.verdict import READY, Verdict, failed, waiting
from sandbox.plugins.wire import Properties, Secret, reveal

OWNER: Final = "helm-sandbox"
FAILED_FOR_SECONDS: Final = 10
"""How long a record may be reported as failed before the wait ends: the controllers try again."""
HIDDEN: Final = "[secret]"


class Reported:
    """Judges a record by what its controller reports in it."""

    def __init__(self) -> None:
        self.failed_since: float | None = None

    def __call__(self, record: Object) -> Verdict:
        """Ready once it is deployed; a failure that stays for a while is final."""
        data = record.get("data") or {}
        status = data.get("status", "")
        if status == "deployed":
            return READY
        if status != "failed":
            return waiting(f"nobody reports the chart {data.get('chart')} as deployed (status {status or 'not set'})")
        self.failed_since = self.failed_since or time.monotonic()
        told = f"the chart {data.get('chart')} failed: {data.get('message', 'no reason given')}"
        return failed(told) if time.monotonic() - self.failed_since >= FAILED_FOR_SECONDS else waiting(told)


def identifier(inputs: Mapping[str, Any]) -> str:
    """The resource's id: `namespace/name` of the release."""
    return f"{reveal(inputs['namespace'])}/{reveal(inputs['name'])}"


def identity(plain: Mapping[str, Any]) -> Identity:
    """The object that holds the record of a release of that name and namespace."""
    name = f"sh.helm.release.sandbox.{plain['name']}"
    return Identity(api_version="v1", kind="ConfigMap", name=name, namespace=plain["namespace"])


def namespace(name: str) -> Object:
    """The namespace that a release makes when it is told to."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def body(inputs: Mapping[str, Any], revision: int) -> Object:
    """The record as it is written; whoever brings the chart reports in `status` and `message`."""
    plain = reveal(inputs)
    own = identity(plain)
    return {
        "apiVersion": own.api_version,
        "kind": own.kind,
        "metadata": {
            "name": own.name,
            "namespace": own.namespace,
            "labels": {"owner": OWNER, "name": plain["name"]},
        },
        "data": {
            **_wanted(inputs),
            "revision": str(revision),
            "status": "pending-install" if revision == 1 else "pending-upgrade",
            "message": "",
        },
    }


def _wanted(inputs: Mapping[str, Any]) -> dict[str, str]:
    """What the program says of a release, as the record's data."""
    plain = reveal({key: value for key, value in inputs.items() if key != "values"})
    return {
        "name": plain["name"],
        "chart": plain["chart"],
        "version": plain["version"],
        "repository": (plain.get("repositoryOpts") or {}).get("repo") or "",
        "values": json.dumps(_hidden(inputs.get("values") or {}), sort_keys=True),
    }


def _hidden(value: Any) -> Any:
    """The value with every secret in it left out."""
    if isinstance(value, Secret):
        return dict.fromkeys(value.value, HIDDEN) if isinstance(value.value, Mapping) else HIDDEN
    if isinstance(value, Mapping):
        return {key: _hidden(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_hidden(item) for item in value]
    return value


def inputs_of(inputs: Properties, record: Object) -> Properties:
    """The inputs that the record amounts to; what it says as the program does stays as it is."""
    data = record["data"]
    wanted = _wanted(inputs) if "chart" in inputs else {}
    found = dict(inputs) or {"namespace": record["metadata"]["namespace"], "name": data["name"]}
    found.update({key: data.get(key, "") for key in ("chart", "version") if data.get(key) != wanted.get(key)})
    if data.get("repository", "") != wanted.get("repository", ""):
        found["repositoryOpts"] = {**(reveal(found.get("repositoryOpts")) or {}), "repo": data.get("repository", "")}
    if data.get("values", "{}") != wanted.get("values", "{}"):
        found["values"] = json.loads(data.get("values") or "{}")
    return found


def outputs_of(inputs: Properties, record: Object) -> Properties:
    """The inputs, and the status that the record reports."""
    data = record["data"]
    status = {key: data.get(key, "") for key in ("name", "chart", "version", "status")}
    status["namespace"] = record["metadata"]["namespace"]
    return {**inputs, "status": {**status, "revision": int(data.get("revision", 1))}}
