"""The steps of the drill, from what the operator makes to what people see and are told."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from drills.errors import DrillError
from drills.gateway import Gateway
from drills.monitoring import carried, checkers, compared, found, proxmox
from drills.monitoring.asked import Api
from drills.monitoring.blocks import EARLIER, Block
from drills.monitoring.operator import HTTP, NAME, Made
from drills.monitoring.outside import Outside
from drills.monitoring.questions import Asked, dashboards, rules
from drills.monitoring.replicas import HTTP as SIDECAR_HTTP
from drills.monitoring.scene import THANOS_GRPC, THANOS_HTTP, Scene, configuration_of_alertmanager
from sandbox import kube
from sandbox.controllers.objects import decoded

WITHIN: Final = 180.0
SOON: Final = 90.0
OUTAGE_SECONDS: Final = 60.0
SECONDS: Final = {"15s": 15, "1m": 60, "1m0s": 60}
SLOW: Final = "remo-exporter"
"""The only job that is not scraped every 15 seconds: Nature's cloud counts."""
CARRIED: Final = '{__name__=~"longterm:.+"}'
SHIPPED: Final = ("node_load1", "node_memory_MemTotal_bytes")
FAILING: Final = ("drill-fails", "drill-fails-too")
NONE_LOST: Final = "0 lost, 0 too many"
OLD_MINUTES: Final = 60
TOKEN: Final = "token"  # noqa: S105 - a key of the Secrets


@dataclass(kw_only=True)
class Scenario:
    """One run through all of it."""

    scene: Scene
    outside: Outside
    proxy: str
    """The way to pods."""
    internet: str
    """The way to everybody outside, and by `authority` who is believed there."""
    authority: Path
    begun: float = field(default_factory=time.time)
    figures: dict[str, str] = field(default_factory=dict)

    def run(self, simulated: Made) -> None:
        """All steps, in order."""
        self._operator(simulated)
        self._configurations()
        self._influxdb()
        with self._running():
            self._scraped()
            self._told()
            self._shipped()
            self._carried()
            self._asked_for()
            self._over()
            self._count()

    @contextmanager
    def _running(self) -> Iterator[None]:
        """What is scraped and told runs, and ends with the block."""
        scene = self.scene
        with scene.course.step(
            "start all that is scraped, asked and told", expected="ready", within=WITHIN, essential=True
        ) as step:
            scene.node.start()
            scene.bridge.start("/health", 8080)
            scene.alertmanager.start("/-/ready", 9093)
            for replica in scene.replicas:
                replica.start()
                replica.sidecar.start("/-/ready", SIDECAR_HTTP)
            for part in (scene.store, scene.compactor, scene.query):
                part.start("/-/ready", THANOS_HTTP)
            step.seen = "ready"
        yield

    # What the operator makes

    def _operator(self, simulated: Made) -> None:
        scene = self.scene
        with scene.course.step(
            "the real operator takes the place of the simulated one",
            expected="it has made all anew",
            within=WITHIN,
            essential=True,
        ) as step:
            simulated.remove(scene.cluster)
            operator = scene.part(found.workload(scene.cluster, NAME), NAME, NAME, {HTTP: "--web.listen-address"})
            # Nobody's roles are those of the real charts: what it may do is not asked.
            operator.environment = {"KUBECONFIG": str(scene.sandbox.kubeconfig)}
            operator.fill()
            operator.start("/healthz", HTTP)
            step.until(lambda: _anew(simulated, Made.of(scene.cluster)))
        with scene.course.step(
            "the simulated operator beside the real one", expected="no difference that is not known", within=SOON
        ) as step:
            different = compared.differences(simulated, Made.of(scene.cluster))
            strange = compared.unknown(different)
            step.note = f"{len(different) - len(strange)} known"
            step.seen = "; ".join(strange)[:3000] or step.expected

    def _configurations(self) -> None:
        scene, tools = self.scene, self.scene.tools
        with scene.course.step(
            "start the gateway before the bucket", expected="ready", within=SOON, essential=True
        ) as step:
            gateway: Gateway = scene.gateway
            gateway.start()
            step.seen = "ready"
        with scene.course.step(
            "promtool check config, on what the operator has generated",
            expected="accepted",
            within=SOON,
            essential=True,
        ) as step:
            for replica in scene.replicas:
                replica.prepare(self.proxy)
            checkers.run(tools["promtool"], "check", "config", scene.replicas[0].configuration)
            step.seen = "accepted"
        with scene.course.step("promtool check rules", expected="accepted", within=SOON) as step:
            for file in scene.replicas[0].rules:
                checkers.run(tools["promtool"], "check", "rules", file)
            step.note = f"{len(scene.replicas[0].rules)} files"
            step.seen = "accepted" if scene.replicas[0].rules else "no rules"
        with scene.course.step("amtool check-config", expected="accepted", within=SOON, essential=True) as step:
            file = configuration_of_alertmanager(scene, proxy=self.internet, authority=self.authority)
            checkers.run(tools["amtool"], "check-config", file)
            step.seen = "accepted"
        for replica in scene.replicas:
            replica.hurry()

    # InfluxDB

    def _influxdb(self) -> None:
        scene = self.scene
        with scene.course.step(
            "InfluxDB is set up as its image does it", expected="set up", within=WITHIN, essential=True
        ) as step:
            scene.influxdb.part.fill()
            scene.influxdb.start()
            scene.influxdb.set_up()
            step.seen = "set up"
        with scene.course.step(
            "the platform's Job makes buckets and tokens, twice", expected="made once", within=SOON, essential=True
        ) as step:
            tokens = []
            for _ in range(2):
                scene.access.run()
                tokens.append(self._tokens())
            step.note = ", ".join(sorted(tokens[0]))
            step.seen = "made once" if tokens[0] == tokens[1] else "made twice"
        with scene.course.step(
            "Proxmox writes with its token", expected="taken; read with it: refused", within=SOON
        ) as step:
            token = self._tokens()["proxmox"]
            status = scene.influxdb.write("proxmox", proxmox.lines(time.time()), token)
            step.seen = "taken" if status == 204 else f"HTTP {status}"
            try:
                rows = scene.influxdb.rows('from(bucket: "proxmox") |> range(start: -1h)', token)
                step.seen += f"; read with it: {len(rows)} rows"
            except DrillError:
                step.seen += "; read with it: refused"

    def _tokens(self) -> dict[str, str]:
        """Those that the Job has put into Secrets, by who has them."""
        prefix = f"{self.scene.access.name}-"
        return {
            secret["metadata"]["name"].removeprefix(prefix): decoded(secret, TOKEN) or ""
            for secret in self.scene.cluster.list("v1", "Secret", self.scene.namespace)
            if secret["metadata"]["name"].startswith(prefix)
        }

    def _rows(self, query: str) -> list[dict[str, str]]:
        """Asked as Grafana asks."""
        return self.scene.influxdb.rows(query, self._tokens()["grafana"])

    # Prometheus

    def _scraped(self) -> None:
        scene = self.scene
        with scene.course.step(
            "every monitor has targets, and all of them are up", expected="all", within=WITHIN, essential=True
        ) as step:
            step.until(self._lacking)
            step.note = f"{len(self._api.targets())} targets of {len(monitors(scene.cluster))} monitors"
        with scene.course.step(
            "intervals on the running Prometheus", expected=f"15 s; 60 s: {SLOW}", within=SOON
        ) as step:
            slow = {each["labels"]["job"] for each in self._api.targets() if SECONDS.get(each["scrapeInterval"]) != 15}
            wrong = [each for each in self._api.targets() if SECONDS.get(each["scrapeInterval"]) not in (15, 60)]
            odd = ", ".join(each["scrapeUrl"] for each in wrong)
            step.seen = odd or f"15 s; 60 s: {', '.join(sorted(slow))}"

    @property
    def _api(self) -> Api:
        return self.scene.replicas[0].api

    def _lacking(self) -> str:
        """What is missing or down."""
        for replica in self.scene.replicas:
            targets = replica.api.targets()
            missing = monitors(self.scene.cluster) - {each["scrapePool"] for each in targets}
            if missing:
                return f"no targets: {', '.join(sorted(missing))}"
            down = {each["scrapeUrl"]: each["lastError"] for each in targets if each["health"] != "up"}
            if down:
                return "; ".join(f"{url}: {why or 'not asked yet'}" for url, why in sorted(down.items()))[:600]
        return "all"

    # Alerts

    def _told(self) -> None:
        """Something fails; what people hear of it is looked at later, as rules wait."""
        for name in FAILING:
            self.scene.cluster.apply(_failing(name), "drill")

    def _over(self) -> None:
        scene = self.scene
        with scene.course.step(
            "two jobs fail: Discord is told of both at once", expected="1 message", within=WITHIN
        ) as step:
            step.until(lambda: f"{len(self.outside.about(*FAILING))} message")
            step.note = self.outside.about(*FAILING)[0].partition("\n")[0]
        with scene.course.step(
            "they are gone: Discord is told that it is over", expected="told", within=WITHIN
        ) as step:
            for name in FAILING:
                scene.cluster.delete("batch/v1", "Job", name, "default")
            step.until(lambda: "told" if self.outside.about("Over", FAILING[0]) else "not told")
        with scene.course.step(
            "the alert that always fires reaches the service outside", expected="Watchdog", within=SOON
        ) as step:
            step.until(lambda: ", ".join(sorted({_alert(call) for call in self.outside.calls})) or "nothing")

    # Thanos

    def _shipped(self) -> None:
        scene = self.scene
        end = int(time.time()) // 15 * 15 - EARLIER
        names = "|".join(SHIPPED)
        with scene.course.step(
            "a block of each Prometheus reaches the bucket", expected="shipped", within=WITHIN, essential=True
        ) as step:
            for replica in scene.replicas:
                series = replica.api.query(f'{{__name__=~"{names}"}}')
                Block(series=series, end=end).make(scene.tools["promtool"], replica.data, scene.place / "blocks")
            own = {folder.name for replica in scene.replicas for folder in _blocks(replica.data)}
            bucket = scene.gateway.store
            step.until(lambda: _shipped(own, {block.name for folder in bucket.iterdir() for block in _blocks(folder)}))
            step.note = f"{len(own)} blocks"
            self.figures["blocks shipped"] = f"{len(own)}"
        with scene.course.step(
            "sidecars and store answer the same of it", expected="the same series", within=SOON
        ) as step:
            # It looks for new blocks every quarter of an hour, and when it starts.
            scene.store.process.stop()
            scene.store.start("/-/ready", THANOS_HTTP)
            step.until(lambda: self._same(end))
            step.note = f"{len(self._at(end))} series"
        with scene.course.step(
            "replicas are one where nobody asks for both",
            expected=f"{len(scene.replicas)} times as many without",
            within=SOON,
        ) as step:
            one, all_of_them = self._at(end), self._at(end, dedup="false")
            step.seen = f"{len(all_of_them) // max(len(one), 1)} times as many without"

    def _at(self, moment: int, **more: str) -> dict[str, str]:
        series = self.scene.asked.query(f'{{__name__=~"{"|".join(SHIPPED)}"}}', time=moment, **more)
        return {str(sorted(each["metric"].items())): each["value"][1] for each in series}

    def _same(self, moment: int) -> str:
        grpc = [replica.sidecar.ports[THANOS_GRPC] for replica in self.scene.replicas]
        sidecars = "|".join(f"127.0.0.1:{port}" for port in grpc)
        store = f"127.0.0.1:{self.scene.store.ports[THANOS_GRPC]}"
        # Each Prometheus has values of its own, and which of them stands for both is nobody's promise.
        of_sidecars = self._at(moment, dedup="false", **{"storeMatch[]": f'{{__address__=~"{sidecars}"}}'})
        of_store = self._at(moment, dedup="false", **{"storeMatch[]": f'{{__address__="{store}"}}'})
        if of_sidecars and of_sidecars == of_store:
            return "the same series"
        return f"{len(of_sidecars)} of sidecars, {len(of_store)} of the store"

    # The bridge

    def _carried(self) -> None:
        scene = self.scene
        with scene.course.step(
            "chosen series arrive in InfluxDB through the bridge", expected="they arrive", within=WITHIN
        ) as step:
            step.until(lambda: "they arrive" if self._points(-1).both else "no points")
        with scene.course.step(
            f"the bridge is away for {OUTAGE_SECONDS:.0f} s, and comes back",
            expected=NONE_LOST,
            within=WITHIN + OUTAGE_SECONDS,
        ) as step:
            scene.bridge.process.stop()
            time.sleep(OUTAGE_SECONDS)
            back = time.monotonic()
            scene.bridge.start("/health", 8080)
            moment = int(time.time())
            step.until(lambda: f"{self._points(moment)}")
            points = self._points(moment)
            caught_up = time.monotonic() - back
            step.note = f"{points.both} points; all were there {caught_up:.0f} s after it was back"
            self.figures["points bridged, while the bridge was away for a minute too"] = f"{points.both}"
            self.figures["points lost"] = f"{points.lost}"
            self.figures["seconds until all that waited was there"] = f"{caught_up:.0f}"

    def _points(self, moment: int) -> carried.Compared:
        """What Prometheus and InfluxDB have up to a moment; before now, if it is negative."""
        end = moment if moment >= 0 else int(time.time()) + moment
        replicas = [each.api.query(f"{CARRIED}[{OLD_MINUTES}m]", time=end) for each in self.scene.replicas]
        # Prometheus takes the end of a range, and not its beginning; InfluxDB the other way round.
        start, stop = (f"{datetime.fromtimestamp(at + 0.001, UTC).isoformat()}" for at in (end - OLD_MINUTES * 60, end))
        bucket = 'from(bucket: "prometheus")'
        rows = self._rows(f'{bucket} |> range(start: {start}, stop: {stop}) |> filter(fn: (r) => r._field == "value")')
        labels = found.only(self.scene.cluster, found.OPERATED, "Prometheus")["spec"].get("externalLabels") or {}
        return carried.compared(carried.of_prometheus(replicas, labels), carried.of_influxdb(rows))

    # What is asked

    def _asked_for(self) -> None:
        scene = self.scene
        asked = Asked(parser=self._api, asked=scene.asked, rows=self._rows)
        with scene.course.step("every series that a rule asks for is there", expected="all", within=WITHIN) as step:
            for question in rules(scene.cluster):
                asked.rule(question)
            step.note = _noted(asked)
            step.seen = "; ".join(asked.problems)[:3000] or "all"
        asked = Asked(parser=self._api, asked=scene.asked, rows=self._rows)
        with scene.course.step(
            "every query of every dashboard yields something", expected="all", within=WITHIN
        ) as step:
            for dashboard in dashboards(scene.cluster, scene.namespace):
                for question in dashboard.questions(dashboard.values(scene.asked, self._rows)):
                    asked.panel(question)
            step.note = _noted(asked)
            step.seen = "; ".join(asked.problems)[:3000] or ("all" if asked.answered else "no dashboards")

    # Figures

    def _count(self) -> None:
        api, scene = self._api, self.scene
        with scene.course.step(
            "Nature's cloud is asked no more often than once a minute", expected="so", within=SOON
        ) as step:
            most = len(scene.replicas) * ((time.time() - self.begun) / 60 + 2)
            calls = scene.calls.get(SLOW, 0)
            step.seen = "so" if 0 < calls <= most else f"{calls} calls"
        samples = api.number("sum(prometheus_tsdb_head_samples_appended_total)")
        self.figures |= {
            "targets": f"{len(api.targets())}",
            "samples scraped": f"{samples:.0f}",
            "series": f"{api.number('max(prometheus_tsdb_head_series)'):.0f}",
            "compactor's rounds": f"{scene.asked.number('sum(thanos_compact_iterations_total)'):.0f}",
            "seconds that the bridge is behind": f"{self._lag(api):.0f}",
            "messages to Discord": f"{len(self.outside.messages)}",
            "calls of the service outside": f"{len(self.outside.calls)}",
        }

    @staticmethod
    def _lag(api: Api) -> float:
        newest = "prometheus_remote_storage_queue_highest_timestamp_seconds"
        return api.number(f"max({newest} - prometheus_remote_storage_queue_highest_sent_timestamp_seconds)")


def _blocks(folder: Path) -> list[Path]:
    """The blocks in a folder."""
    return [meta.parent for meta in folder.glob("*/meta.json")]


def _shipped(own: set[str], there: set[str]) -> str:
    return "shipped" if own and own <= there else f"{len(own & there)} of {len(own)} blocks"


def _noted(asked: Asked) -> str:
    excused = ", ".join(f"{what} ({why})" for what, why in sorted(asked.excused.items()))
    return f"{asked.answered} of them" + (f"; empty on purpose: {excused}" if excused else "")


def _anew(simulated: Made, real: Made) -> str:
    """Whether there is again all that was there."""
    missing = [name for name in simulated.objects if name not in real.objects]
    states = [status for conditions in real.conditions.values() for status in conditions.values()]
    if missing:
        return f"missing: {', '.join(sorted(missing))}"
    return "it has made all anew" if all(status == "True" for status in states) else f"conditions {real.conditions}"


def monitors(cluster: kube.Client) -> set[str]:
    """What Prometheus calls the targets of each monitor and each probe that it is told to look for, by its labels."""
    fields = {"ServiceMonitor": "endpoints", "PodMonitor": "podMetricsEndpoints", "Probe": ""}
    spec = found.only(cluster, found.OPERATED, "Prometheus")["spec"]
    names = set()
    for kind, endpoints in fields.items():
        called = f"{kind[0].lower()}{kind[1:]}"
        wanted = (spec[f"{called}Selector"].get("matchLabels") or {}).items()
        for obj in cluster.list(found.OPERATED, kind):
            if wanted <= (obj["metadata"].get("labels") or {}).items():
                parts = [f"/{index}" for index, _ in enumerate(obj["spec"].get(endpoints) or [])] or [""]
                names |= {f"{called}/{kube.name_of(obj)}{part}" for part in parts}
    return names


def _failing(name: str) -> dict[str, Any]:
    """A Job whose pod finds no node, and whose time is over at once."""
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "activeDeadlineSeconds": 1,
            "template": {
                "spec": {
                    "restartPolicy": "Never",
                    "nodeSelector": {"drill": "nowhere"},
                    "containers": [{"name": "none", "image": "none"}],
                }
            },
        },
    }


def _alert(call: Mapping[str, Any]) -> str:
    return str((call.get("commonLabels") or {}).get("alertname", ""))
