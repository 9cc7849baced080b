"""The drill of flow 8: a database of the platform's is backed up, damaged, and restored, by the real programs.

PostgreSQL, Barman's cloud tools and the S3 gateway run on what the live objects of a sandbox say; its simulated
operator runs beside them. The platform's images are newer than Debian's packages, and pgvector and VectorChord are in
none of them: no column with vectors is part of it.
"""

from __future__ import annotations

from typing import Final

from drills.databases import found, scenario
from drills.databases.scene import Scene
from drills.flow import Bench, Flow
from drills.home import home, spare_monitoring, up
from drills.programs import VERSITYGW
from sandbox import kube

UP: Final = 900.0


def run(bench: Bench) -> None:
    """Bring the platform up, and go through it."""
    # Whoever runs the database has to come through to its folder, and has no business in the sandbox's.
    bench.folder.chmod(0o711)
    (bench.folder / ".sandbox").mkdir(mode=0o700)
    real, simulated = bench.course("PostgreSQL, Barman, versitygw"), bench.course("simulated")
    with home(bench.folder, bench.console) as engine:
        spare_monitoring(engine)
        what, expected = "the platform comes up, but for monitoring", "up"
        simulated.cannot(what, expected=expected, why="not done again: both go on from the same sandbox")
        with real.step(what, expected=expected, within=UP, essential=True) as step:
            up(engine)
            step.seen = expected
        cluster = kube.Client.from_kubeconfig(engine.sandbox.kubeconfig)
        database = found.find(cluster)
        bench.console.print(f"The database is {database.namespace}/{database.name}.", highlight=False)
        scene = Scene.of(
            database,
            cluster=cluster,
            courses=(real, simulated),
            sandbox=engine.sandbox,
            place=bench.folder / "database",
            tools=bench.tools,
        )
        scenario.go_through(scene, cluster)


DATABASES: Final = Flow(
    name="databases",
    title="a database comes back to a moment, by the real PostgreSQL, Barman and S3 gateway",
    programs=(VERSITYGW,),
    packages={"pg_lsclusters": "postgresql", "barman-cloud-backup": "barman-cli-cloud"},
    minutes=10,
    run=run,
)
