"""`helm.sh/v3:Release` as a record: no chart is fetched or rendered here.

What is made is a ConfigMap in the release's namespace that says which chart, at which version and with which values is
wanted. In the sandbox the controllers bring what the chart would bring, and report in the same ConfigMap: `deployed`
once all of it is healthy, as with Helm's `--wait`, or `failed`. On a cluster where nobody reports, the release never
becomes ready and says so.

Not covered: charts from a folder, value files, hooks, history and rollback, verification, rendering in a preview.
Secret values are left out of the record, as anyone who may read ConfigMaps could read them there.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from sandbox.kube import ApiError, Object
from sandbox.plugins.kubernetes import diff, record, refusals
from sandbox.plugins.kubernetes.awaits import seconds_of
from sandbox.plugins.kubernetes.cluster import Cluster
from sandbox.plugins.kubernetes.identity import of_object
from sandbox.plugins.kubernetes.removing import Remover
from sandbox.plugins.kubernetes.waiting import NotReadyError
from sandbox.plugins.server import Diff, Failure, InitFailed, Live, ProviderError, Subject
from sandbox.plugins.wire import Properties, has_unknown, reveal

MANAGER: Final = "helm"
DEFAULT_SECONDS: Final = 300
"""Helm's own default."""
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
        return ("" if has_unknown([news.get(key) for key in IDENTITY]) else record.identifier(news)), news

    def preview_update(self, subject: Subject, olds: Properties, news: Properties) -> Properties:
        """The inputs, and the status as it was."""
        del subject
        return {**news, **{key: olds[key] for key in ("status",) if key in olds}}

    def create(self, subject: Subject, news: Properties, timeout: float) -> tuple[str, Properties]:
        """Write the record and wait until the release is up."""
        client, plain = self.cluster.connected, reveal(news)
        if plain.get("createNamespace"):
            client.apply(record.namespace(plain["namespace"]), MANAGER)
        own = record.identity(plain)
        found = client.get(own.api_version, own.kind, own.name, own.namespace)
        if found:  # whatever is upserted: Helm has no such notion
            problem = (
                f"Release {record.identifier(news)}: cannot re-use a name that is still in use ({own} exists); if an "
                "interrupted update made it, `make recover ADOPT=1` takes it over"
            )
            raise ProviderError(problem)
        return record.identifier(news), self._installed(subject, news, timeout, revision=1)

    def update(self, subject: Subject, olds: Properties, news: Properties, timeout: float) -> Properties:
        """Write the record anew and wait until the release is up again."""
        status = reveal(olds.get("status")) or {}
        return self._installed(subject, news, timeout, revision=int(status.get("revision", 0)) + 1)

    def _installed(self, subject: Subject, news: Properties, timeout: float, *, revision: int) -> Properties:
        written = record.body(news, revision)
        try:
            live = self.cluster.connected.apply(written, MANAGER, force=True)
            ready = self._awaited(subject, live, news, timeout)
        except ApiError as error:
            raise refusals.translate(error, of_object(written), news) from error
        except NotReadyError as error:
            reasons = [f"Release {record.identifier(news)}: {reason}" for reason in error.reasons]
            outputs = record.outputs_of(news, error.live)
            raise InitFailed(id=record.identifier(news), outputs=outputs, inputs=news, reasons=reasons) from error
        return record.outputs_of(news, ready)

    def _awaited(self, subject: Subject, live: Object, news: Properties, timeout: float) -> Object:
        if reveal(news.get("skipAwait")) is True:
            return live
        waiter = self.cluster.waiter(subject)
        seconds = seconds_of({}, timeout or float(reveal(news.get("timeout")) or 0), DEFAULT_SECONDS)
        return waiter.until(live, record.Reported(), time.monotonic() + seconds)

    def read(self, subject: Subject, inputs: Properties, state: Properties) -> Live | None:
        """The release as its record tells it."""
        del state
        namespace, _, name = subject.id.rpartition("/")
        own = record.identity({"name": name, "namespace": namespace})
        live = self.cluster.connected.get(own.api_version, own.kind, own.name, own.namespace)
        if live is None:
            return None
        found = record.inputs_of(inputs, live)
        return Live(id=subject.id, inputs=found, outputs=record.outputs_of(found, live))

    def delete(self, subject: Subject, olds: Properties, timeout: float) -> None:
        """Delete the record and wait until it is gone: who brought the chart's objects takes them away before."""
        del olds
        namespace, _, name = subject.id.rpartition("/")
        own = record.identity({"name": name, "namespace": namespace})
        metadata = {"name": own.name, "namespace": own.namespace}
        remover = Remover(client=self.cluster.connected, waiter=self.cluster.waiter(subject))
        remover.remove({"apiVersion": own.api_version, "kind": own.kind, "metadata": metadata}, timeout)
