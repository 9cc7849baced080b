"""From chosen series over the bridge into InfluxDB, and from Proxmox."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from drills.errors import DrillError
from drills.monitoring import carried, found, proxmox
from drills.monitoring.scene import SOON, WITHIN, Scene
from sandbox.controllers.objects import decoded

OUTAGE_SECONDS: Final = 60.0
CARRIED: Final = '{__name__=~"longterm:.+"}'
NONE_LOST: Final = "0 lost, 0 too many"
OLD_MINUTES: Final = 60
TOKEN: Final = "token"  # noqa: S105 - a key of the Secrets


@dataclass(frozen=True, kw_only=True)
class LongTerm:
    """InfluxDB with what is written into it."""

    scene: Scene
    figures: dict[str, str]

    def set_up(self) -> None:
        """InfluxDB runs, with the buckets and tokens of the platform's Job."""
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
            # Of a minute: rates need more than one round.
            status = scene.influxdb.write("proxmox", proxmox.lines(int(time.time()) - 60, time.time()), token)
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

    def rows(self, query: str) -> list[dict[str, str]]:
        """Asked as Grafana asks."""
        return self.scene.influxdb.rows(query, self._tokens()["grafana"])

    def sent(self, since: float) -> None:
        """What Proxmox sends all the time, since a moment, at once."""
        self.scene.influxdb.write("proxmox", proxmox.lines(int(since), time.time()), self._tokens()["proxmox"])

    def bridged(self) -> None:
        """Series arrive, those too that came while the bridge was away."""
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
        rows = self.rows(f'{bucket} |> range(start: {start}, stop: {stop}) |> filter(fn: (r) => r._field == "value")')
        labels = found.only(self.scene.cluster, found.OPERATED, "Prometheus")["spec"].get("externalLabels") or {}
        return carried.compared(carried.of_prometheus(replicas, labels), carried.of_influxdb(rows))
