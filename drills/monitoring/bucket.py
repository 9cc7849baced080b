"""From what Prometheus has on its disk over the bucket to whoever asks Thanos."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drills.monitoring.blocks import EARLIER, Block
from drills.monitoring.scene import SOON, THANOS_GRPC, THANOS_HTTP, WITHIN, Scene

SHIPPED: Final = ("node_load1", "node_memory_MemTotal_bytes")


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """Blocks on their way to the bucket, and out of it again."""

    scene: Scene
    figures: dict[str, str]

    def shipped(self) -> None:
        """A block of each Prometheus arrives, and Thanos answers the same of it whoever it asks."""
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
            scene.store.restart("/-/ready", THANOS_HTTP)
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


def _blocks(folder: Path) -> list[Path]:
    """The blocks in a folder."""
    return [meta.parent for meta in folder.glob("*/meta.json")]


def _shipped(own: set[str], there: set[str]) -> str:
    return "shipped" if own and own <= there else f"{len(own & there)} of {len(own)} blocks"
