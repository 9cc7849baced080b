"""The drill of backups: a volume and a house are lost, and come back.

The platform comes up in a sandbox, with a copy outside and a restore in its stack file. What its live objects say is
then done by restic and by the script of VolSync's mover, on folders that stand for the volumes. Not covered: VolSync's
operator, in whose words the simulated one makes the mover's environment, and NFS.
"""

from __future__ import annotations

from typing import Any, Final

from rich.table import Table

from drills.backups import gateway
from drills.backups.pods import Cluster
from drills.backups.scenario import Scenario
from drills.flow import Bench, Flow
from drills.home import configure, home, put_into_vault, spare_monitoring, up
from drills.programs import RESTIC, VERSITYGW, VOLSYNC_MODULE
from sandbox import golang, kube
from sandbox.engine import Engine

ITEM: Final = "drilloutside0000000000000a"
"""Id of an item in the simulated vault."""
ENDPOINT: Final = "198.51.100.7:9000"
"""Where the stack file says that the service is; an address for documentation, at which nobody is."""
BUCKET: Final = "homelab-backup"
MOMENT: Final = "2090-01-01T00:00:00Z"
"""To be restored to: a moment after every backup, since a restore that is waited for comes before the first."""
DESTINATION: Final = "navidrome-data-20900101000000"


def run(bench: Bench) -> None:
    """Bring the platform up, and do what its objects say."""
    programs = bench.folder / "programs"
    programs.mkdir()
    (programs / "restic").symlink_to(bench.tools[RESTIC.name])
    script = golang.module_folder("crds-volsync", VOLSYNC_MODULE) / "mover-restic" / "entry.sh"
    place = bench.folder / "house"
    place.mkdir()
    course = bench.course("restic")
    with (
        gateway.serving(bench.tools[VERSITYGW.name], bench.folder / "outside", BUCKET) as address,
        home(bench.folder, bench.console) as engine,
    ):
        complete(engine)
        with course.step("the platform comes up", expected="up", within=400, essential=True) as step:
            up(engine)
            step.seen = "up"
        cluster = Cluster(
            client=kube.Client.from_kubeconfig(engine.sandbox.kubeconfig),
            programs=programs,
            script=script,
            addresses={ENDPOINT: address},
        )
        scenario = Scenario(
            course=course,
            cluster=cluster,
            folder=place,
            restic=programs / "restic",
            bucket=bench.folder / "outside" / BUCKET,
            destination=DESTINATION,
        )
        scenario.run()
    show(bench, scenario.figures)


def complete(engine: Engine) -> None:
    """Give the stack a copy outside, with its keys in the vault, and a restore."""
    put_into_vault(engine, {ITEM: {"access-key": gateway.ACCESS_KEY, "secret-key": gateway.SECRET_KEY}})
    outside = {"endpoint": f"http://{ENDPOINT}", "bucket": BUCKET, "item": ITEM, "exclude": ["media/music"]}
    apps: dict[str, Any] = dict(engine.plain("apps") or {})
    apps["navidrome"] = {**apps.get("navidrome", {}), "files": {"restores": {MOMENT: {}}}}
    configure(engine, {"backups": {"outside": outside}, "apps": apps})
    spare_monitoring(engine)


def show(bench: Bench, figures: dict[str, float]) -> None:
    """The bytes and seconds of it."""
    table = Table("measured", "", title="Figures", title_justify="left")
    for what, number in figures.items():
        table.add_row(what, f"{number:.1f}" if isinstance(number, float) else f"{number:,}")
    bench.console.print(table)


BACKUPS: Final = Flow(
    name="backups",
    title="a volume and a house are lost, and come back",
    programs=(RESTIC, VERSITYGW),
    packages={"bash": "bash"},
    minutes=8,
    run=run,
)
