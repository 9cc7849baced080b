"""The drill of flow 6: the platform's own monitoring runs for real, from the operator to what people are told.

It comes up in a sandbox with simulated controllers. Then the real operator takes the place of the simulated one, and
what it has made of the live objects is run by the real Prometheus, Thanos, Alertmanager, Telegraf and InfluxDB. Not
covered: Grafana, kube-state-metrics and every other exporter but node_exporter, none of which is a Go module that can
be had; the exporters are stood in for, and Grafana's queries are asked without it.
"""

from __future__ import annotations

from typing import Any, Final

from rich.table import Table

from drills.authority import Authority
from drills.flow import Bench, Flow
from drills.home import configure, home, put_into_vault, restart_controllers, up
from drills.monitoring.operator import NAME, Made
from drills.monitoring.outside import ADDRESSES, Outside
from drills.monitoring.proxy import Proxy
from drills.monitoring.scenario import Scenario
from drills.monitoring.scene import Scene
from drills.monitoring.surroundings import ADDRESS, complete_cluster
from drills.programs import (
    ALERTMANAGER,
    AMTOOL,
    INFLUXD,
    NODE_EXPORTER,
    PROMETHEUS,
    PROMETHEUS_OPERATOR,
    TELEGRAF,
    THANOS,
    VERSITYGW,
)
from drills.web import Web
from sandbox.engine import Engine
from sandbox.tools import KUBECTL, PROMTOOL

UP: Final = 900.0
INFLUXDB: Final = "influxdb"
"""The simulated controller that real tokens take the place of."""
ALERTS: Final = "drillalerts000000000000000"
REMO: Final = "drillremo00000000000000000"
"""Ids of items in the simulated vault."""


def run(bench: Bench) -> None:
    """Bring the platform up, and go through it."""
    # Whoever runs the gateway has to come through to its folder, and has no business in the sandbox's.
    bench.folder.chmod(0o711)
    (bench.folder / ".sandbox").mkdir(mode=0o700)
    course = bench.course("real programs")
    with home(bench.folder, bench.console) as engine:
        complete(engine)
        with course.step("the platform comes up", expected="up", within=UP, essential=True) as step:
            up(engine)
            step.seen = "up"
        scene = Scene.of(course, engine.sandbox, bench.folder / "monitoring", bench.tools)
        simulated = Made.of(scene.cluster)
        restart_controllers(engine, without=[NAME, INFLUXDB])
        complete_cluster(scene.cluster)
        go_through(bench, scene, simulated)


def go_through(bench: Bench, scene: Scene, simulated: Made) -> None:
    """All steps after the platform is up."""
    outside = Outside()
    web = Web(authority=Authority.make(bench.folder / "authority"), site=outside.site)
    # That of the cluster, which Prometheus trusts where the API server is concerned.
    authority = Authority.of(bench.folder / "cluster", scene.sandbox.pki)
    pods = Proxy(authority=authority, answer=scene.answer, names={ADDRESS: "kubernetes"})
    with web.serving(), pods.serving():
        scenario = Scenario(
            scene=scene,
            outside=outside,
            proxy=pods.url,
            internet=f"http://127.0.0.1:{web.port}",
            authority=web.authority.certificate,
            pictures=bench.pictures,
        )
        scenario.run(simulated)
    show(bench, scenario.figures)


def complete(engine: Engine) -> None:
    """Have somebody told of alerts, and sensors in the rooms."""
    put_into_vault(engine, {ALERTS: ADDRESSES, REMO: {"token": "of-the-drill"}})
    settings: dict[str, Any] = dict(engine.plain("monitoring") or {})
    settings["alerts"] = {"item": ALERTS, "discord": True, "watchdog": True}
    settings["remo"] = {**(settings.get("remo") or {}), "item": REMO}
    configure(engine, {"monitoring": settings})


def show(bench: Bench, figures: dict[str, str]) -> None:
    """What was counted."""
    table = Table("measured", "", title="Figures", title_justify="left")
    for what, number in figures.items():
        table.add_row(what, number)
    bench.console.print(table)


MONITORING: Final = Flow(
    name="monitoring",
    title="metrics reach those who ask and are told, by the real Prometheus, Thanos, InfluxDB, Alertmanager",
    programs=(
        PROMETHEUS_OPERATOR,
        PROMETHEUS,
        PROMTOOL,
        ALERTMANAGER,
        AMTOOL,
        NODE_EXPORTER,
        THANOS,
        TELEGRAF,
        INFLUXD,
        VERSITYGW,
        KUBECTL,
    ),
    packages={"bash": "bash", "awk": "mawk", "base64": "coreutils"},
    minutes=14,
    run=run,
)
