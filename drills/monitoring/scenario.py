"""The steps of the drill, from what the operator makes to what people see and are told."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from drills.monitoring import found
from drills.monitoring.asked import Api
from drills.monitoring.bucket import Bucket
from drills.monitoring.compaction import Compaction
from drills.monitoring.generation import Generation
from drills.monitoring.long_term import LongTerm
from drills.monitoring.operator import Made
from drills.monitoring.outside import Outside
from drills.monitoring.pictures.answers import Answers
from drills.monitoring.questions import Asked, dashboards, rules
from drills.monitoring.replicas import HTTP as SIDECAR_HTTP
from drills.monitoring.scene import SOON, THANOS_HTTP, WITHIN, Scene
from drills.monitoring.telling import Telling
from sandbox import kube

SECONDS: Final = {"15s": 15, "1m": 60, "1m0s": 60}
NATURE: Final = "remo-exporter"
SLOW: Final = frozenset({"blackbox", NATURE})
"""Jobs that are not scraped every 15 seconds: probes leave sessions behind, and Nature's cloud counts."""


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
    pictures: Path | None = None
    """Where pictures of the dashboards go, if somebody wants them."""
    begun: float = field(default_factory=time.time)
    figures: dict[str, str] = field(default_factory=dict)

    @property
    def _long_term(self) -> LongTerm:
        return LongTerm(scene=self.scene, figures=self.figures)

    def run(self, simulated: Made) -> None:
        """All steps, in order."""
        generation = Generation(scene=self.scene, proxy=self.proxy, internet=self.internet, authority=self.authority)
        telling = Telling(scene=self.scene, outside=self.outside)
        generation.take_over(simulated)
        generation.check()
        self._long_term.set_up()
        with self._running():
            self._scraped()
            telling.begin()
            Bucket(scene=self.scene, figures=self.figures).shipped()
            Compaction(scene=self.scene, figures=self.figures).run()
            self._long_term.bridged()
            self._asked_for()
            telling.told()
            self._drawn()
            telling.over()
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

    # Prometheus

    def _scraped(self) -> None:
        scene = self.scene
        with scene.course.step(
            "every monitor has targets, and all of them are up", expected="all", within=WITHIN, essential=True
        ) as step:
            step.until(self._lacking)
            step.note = f"{len(self._api.targets())} targets of {len(monitors(scene.cluster))} monitors"
        with scene.course.step(
            "intervals on the running Prometheus", expected=f"15 s; 60 s: {', '.join(sorted(SLOW))}", within=SOON
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

    # What is asked

    def _asked_for(self) -> None:
        scene = self.scene
        asked = Asked(parser=self._api, asked=scene.asked, rows=self._long_term.rows)
        with scene.course.step("every series that a rule asks for is there", expected="all", within=WITHIN) as step:
            for question in rules(scene.cluster):
                asked.rule(question)
            step.note = _noted(asked)
            step.seen = "; ".join(asked.problems)[:3000] or "all"
        asked = Asked(parser=self._api, asked=scene.asked, rows=self._long_term.rows)
        with scene.course.step(
            "every query of every dashboard yields something", expected="all", within=WITHIN
        ) as step:
            for dashboard in dashboards(scene.cluster, scene.namespace):
                for question in dashboard.questions(dashboard.values(scene.asked, self._long_term.rows)):
                    asked.panel(question)
            step.note = _noted(asked)
            step.seen = "; ".join(asked.problems)[:3000] or ("all" if asked.answered else "no dashboards")

    def _drawn(self) -> None:
        """Pictures of the dashboards, while something fails: there is something to be seen then."""
        if self.pictures is None:
            return
        # What it knows of the fonts here goes with the drill.
        os.environ["MPLCONFIGDIR"] = str(self.scene.place / "matplotlib")
        from drills.monitoring.pictures.drawing import draw  # noqa: PLC0415 - takes seconds, and few want pictures

        scene = self.scene
        with scene.course.step("every dashboard is drawn", expected="drawn", within=WITHIN) as step:
            self.pictures.mkdir(parents=True, exist_ok=True)
            self._long_term.sent(self.begun)
            empty = []
            for dashboard in dashboards(scene.cluster, scene.namespace):
                now = time.time()
                answers = Answers(
                    dashboard=replace(dashboard, seconds=int(now - self.begun)),
                    variables=dashboard.values(scene.asked, self._long_term.rows),
                    asked=scene.asked,
                    rows=self._long_term.rows,
                    end=now,
                )
                empty += draw(answers, self.pictures)
            step.note = f"without data: {', '.join(empty) or 'none'}"
            step.seen = "drawn"

    # Figures

    def _count(self) -> None:
        api, scene = self._api, self.scene
        with scene.course.step(
            "Nature's cloud is asked no more often than once a minute", expected="so", within=SOON
        ) as step:
            most = len(scene.replicas) * ((time.time() - self.begun) / 60 + 2)
            calls = scene.calls.get(NATURE, 0)
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


def _noted(asked: Asked) -> str:
    excused = ", ".join(f"{what} ({why})" for what, why in sorted(asked.excused.items()))
    return f"{asked.answered} of them" + (f"; empty on purpose: {excused}" if excused else "")


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
