"""`helm.sh/v3:Release` as a record: no chart is fetched or rendered here.

What is made is a ConfigMap in the release's namespace that says which chart, at which version and with which values is
wanted. In the sandbox the controllers bring what the chart would bring, and report in the same ConfigMap: `deployed`
once all of it is healthy, as with Helm's `--wait`, or `failed`. On a cluster where nobody reports, the release never
becomes ready and says so.

Not covered: charts from a folder, value files, hooks, history and rollback, verification, rendering in a preview.
Secret values are left out of the record, as anyone who may read ConfigMaps could read them there.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.kube import ApiError, Object
from sandbox.plugins.kubernetes import diff, refusals
from sandbox.plugins.kubernetes.awaits import seconds_of
from sandbox.plugins.kubernetes.cluster import Cluster
from sandbox.plugins.kubernetes.identity import Identity, of_object
from sandbox.plugins.kubernetes.removing import Remover
from sandbox.plugins.kubernetes.verdict import READY, Verdict, failed, waiting
from sandbox.plugins.kubernetes.waiting import NotReadyError
from sandbox.plugins.server import Diff, Failure, InitFailed, Live, ProviderError, Subject
from sandbox.plugins.wire import Properties, Secret, has_unknown, reveal

MANAGER: Final = "helm"
OWNER: Final = "helm-sandbox"
DEFAULT_SECONDS: Final = 300
"""Helm's own default."""
FAILED_FOR_SECONDS: Final = 10
"""How long a record may be reported as failed before the wait ends: the controllers try again."""
HIDDEN: Final = "[secret]"
SERVED: Final = frozenset(
    {
        "chart",
        "createNamespace",
        "name",
        "namespace",
        "repositoryOpts",
        "skipAwait",
        "timeout",
        "values",
        "version",
    }
)
WITHOUT_EFFECT: Final = frozenset(
    {
        "allowNullValues",
        "atomic",
        "cleanupOnFail",
        "compat",
        "dependencyUpdate",
        "description",
        "disableCRDHooks",
        "disableOpenapiValidation",
        "disableWebhooks",
        "forceUpdate",
        "lint",
        "maxHistory",
        "recreatePods",
        "renderSubchartNotes",
        "replace",
        "resetValues",
        "reuseValues",
        "skipCrds",
        "waitForJobs",
    }
)
"""Options of a Helm run that this record has no use for."""
IDENTITY: Final = ("name", "namespace")


@dataclass(frozen=True)
class Releases:
    """Every resource that is a release."""

    cluster: Cluster

    def check(self, news: Properties) -> tuple[Properties, list[Failure]]:
        """Refuse what a record cannot stand for."""
        problems = [
            f"{key} is missing; this provider makes nothing up, so set it"
            for key in ("chart", "name", "namespace", "version")
            if reveal(news.get(key)) in (None, "")
        ]
        problems += [
            f"{key} is not served by this provider; it needs the published plugin"
            for key in sorted(news.keys() - SERVED - WITHOUT_EFFECT)
        ]
        chart = reveal(news.get("chart"))
        if isinstance(chart, str) and chart.startswith((".", "/")):
            problems.append(f"chart {chart}: charts from a folder are not served; name a chart of a repository")
        return news, [Failure("", problem) for problem in problems]

    def diff(self, subject: Subject, old_inputs: Properties, news: Properties) -> Diff:
        """A release of another name or namespace is another release."""
        del subject
        found = diff.compare(old_inputs, news, immutable=IDENTITY, default_namespace="")
        return Diff(changes=found.changes, delete_before_replace=False)

    def preview_create(self, subject: Subject, news: Properties) -> tuple[str, Properties]:
        """The inputs: nothing is rendered."""
        del subject
        return ("" if has_unknown([news.get(key) for key in IDENTITY]) else _identifier(news)), news

    def preview_update(self, subject: Subject, olds: Properties, news: Properties) -> Properties:
        """The inputs, and the status as it was."""
        del subject
        return {**news, **{key: olds[key] for key in ("status",) if key in olds}}

    def create(self, subject: Subject, news: Properties, timeout: float) -> tuple[str, Properties]:
        """Write the record and wait until the release is up."""
        client, plain = self.cluster.connected, reveal(news)
        if plain.get("createNamespace"):
            client.apply(_namespace(plain["namespace"]), MANAGER)
        record = _record_identity(plain)
        found = client.get(record.api_version, record.kind, record.name, record.namespace)
        if found and not self.cluster.arguments.upsert:
            problem = f"Release {_identifier(news)}: cannot re-use a name that is still in use ({record} exists)"
            raise ProviderError(problem)
        return _identifier(news), self._installed(subject, news, timeout, revision=1)

    def update(self, subject: Subject, olds: Properties, news: Properties, timeout: float) -> Properties:
        """Write the record anew and wait until the release is up again."""
        status = reveal(olds.get("status")) or {}
        return self._installed(subject, news, timeout, revision=int(status.get("revision", 0)) + 1)

    def _installed(self, subject: Subject, news: Properties, timeout: float, *, revision: int) -> Properties:
        body = _record(news, revision)
        try:
            live = self.cluster.connected.apply(body, MANAGER, force=True)
            ready = self._awaited(subject, live, news, timeout)
        except ApiError as error:
            raise refusals.translate(error, of_object(body), news) from error
        except NotReadyError as error:
            reasons = [f"Release {_identifier(news)}: {reason}" for reason in error.reasons]
            outputs = _outputs(news, error.live)
            raise InitFailed(id=_identifier(news), outputs=outputs, inputs=news, reasons=reasons) from error
        return _outputs(news, ready)

    def _awaited(self, subject: Subject, live: Object, news: Properties, timeout: float) -> Object:
        if reveal(news.get("skipAwait")) is True:
            return live
        waiter = self.cluster.waiter(subject)
        seconds = seconds_of({}, timeout or float(reveal(news.get("timeout")) or 0), DEFAULT_SECONDS)
        return waiter.until(live, _Reported(), time.monotonic() + seconds)

    def read(self, subject: Subject, inputs: Properties, state: Properties) -> Live | None:
        """The release as its record tells it."""
        del state
        namespace, _, name = subject.id.rpartition("/")
        record = _record_identity({"name": name, "namespace": namespace})
        live = self.cluster.connected.get(record.api_version, record.kind, record.name, record.namespace)
        if live is None:
            return None
        found = _inputs(inputs, live)
        return Live(id=subject.id, inputs=found, outputs=_outputs(found, live))

    def delete(self, subject: Subject, olds: Properties, timeout: float) -> None:
        """Delete the record and wait until it is gone: who brought the chart's objects takes them away before."""
        del olds
        namespace, _, name = subject.id.rpartition("/")
        record = _record_identity({"name": name, "namespace": namespace})
        metadata = {"name": record.name, "namespace": record.namespace}
        remover = Remover(client=self.cluster.connected, waiter=self.cluster.waiter(subject))
        remover.remove({"apiVersion": record.api_version, "kind": record.kind, "metadata": metadata}, timeout)


class _Reported:
    """Judges a record by what its controller reports in it."""

    def __init__(self) -> None:
        self.failed_since: float | None = None

    def __call__(self, record: Object) -> Verdict:
        data = record.get("data") or {}
        status = data.get("status", "")
        if status == "deployed":
            return READY
        if status != "failed":
            return waiting(f"nobody reports the chart {data.get('chart')} as deployed (status {status or 'not set'})")
        self.failed_since = self.failed_since or time.monotonic()
        told = f"the chart {data.get('chart')} failed: {data.get('message', 'no reason given')}"
        return failed(told) if time.monotonic() - self.failed_since >= FAILED_FOR_SECONDS else waiting(told)


def _identifier(inputs: Mapping[str, Any]) -> str:
    return f"{reveal(inputs['namespace'])}/{reveal(inputs['name'])}"


def _record_identity(plain: Mapping[str, Any]) -> Identity:
    name = f"sh.helm.release.sandbox.{plain['name']}"
    return Identity(api_version="v1", kind="ConfigMap", name=name, namespace=plain["namespace"])


def _namespace(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def _record(inputs: Mapping[str, Any], revision: int) -> Object:
    plain = reveal(inputs)
    identity = _record_identity(plain)
    return {
        "apiVersion": identity.api_version,
        "kind": identity.kind,
        "metadata": {
            "name": identity.name,
            "namespace": identity.namespace,
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


def _inputs(inputs: Properties, record: Object) -> Properties:
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


def _outputs(inputs: Properties, record: Object) -> Properties:
    data = record["data"]
    status = {key: data.get(key, "") for key in ("name", "chart", "version", "status")}
    status["namespace"] = record["metadata"]["namespace"]
    return {**inputs, "status": {**status, "revision": int(data.get("revision", 1))}}
