"""The drill of flow 8: a database of the platform's is backed up, damaged, and restored, by the real programs.

PostgreSQL, Barman's cloud tools and the S3 gateway run on what the live objects of a sandbox say; its simulated
operator runs beside them. The platform's images are newer than Debian's packages, and pgvector and VectorChord are in
none of them: no column with vectors is part of it.
"""

from __future__ import annotations

from typing import Final

from drills.databases import scenario
from drills.flow import Bench, Flow
from drills.home import home, up
from drills.programs import VERSITYGW
from sandbox import kube


def run(bench: Bench) -> None:
    """Bring the platform up, and go through it."""
    # Whoever runs the database has to come through to its folder, and has no business in the sandbox's.
    bench.folder.chmod(0o711)
    (bench.folder / ".sandbox").mkdir(mode=0o700)
    with home(bench.folder, bench.console) as engine:
        with bench.steps.step("pulumi up of the whole platform"):
            up(engine)
        scenario.go_through(bench, engine.sandbox, kube.Client.from_kubeconfig(engine.sandbox.kubeconfig))


DATABASES: Final = Flow(
    name="databases",
    title="a database comes back to a moment, by the real PostgreSQL, Barman and S3 gateway",
    programs=(VERSITYGW,),
    packages={"pg_lsclusters": "postgresql", "barman-cloud-backup": "barman-cli-cloud"},
    minutes=10,
    run=run,
)
