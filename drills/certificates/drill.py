"""The drill of certificates: they are refused, ordered, issued and renewed for real.

The platform comes up in a sandbox with simulated controllers, and the simulated cert-manager goes through the steps.
Then the real one takes its place, with a real ACME server behind Let's Encrypt's addresses, Cloudflare's API over the
simulated account, and a real DNS server. Not covered: cert-manager's webhook and CA injector, whom issuing does not
need, and authorities other than an ACME server.
"""

from __future__ import annotations

from typing import Final

from drills.certificates.backends import Real, Simulated
from drills.certificates.issuance import PROGRAMS, SIMULATED, Issuance
from drills.certificates.scenario import Scenario
from drills.flow import Bench, Flow
from drills.home import home, restart_controllers, up
from sandbox import kube

UP: Final = 900.0
VALIDITY: Final = 90
"""Seconds that a certificate of the drill lives. Those of the stack are renewed a month before they end; where one does
not live for a month, after two thirds of its life."""


def run(bench: Bench) -> None:
    """Bring the platform up, and go through it twice."""
    real, simulated = bench.course(Real.name), bench.course(Simulated.name)
    with home(bench.folder, bench.console) as engine:
        with real.step("the platform comes up", expected="up", within=UP, essential=True) as step:
            up(engine)
            step.seen = "up"
        # One platform is for both.
        simulated.rows.extend(real.rows)
        cluster, state = kube.Client.from_kubeconfig(engine.sandbox.kubeconfig), engine.state()
        Scenario(
            course=simulated,
            backend=Simulated(sandbox=engine.sandbox, cluster=cluster),
            sandbox=engine.sandbox,
            cluster=cluster,
            state=state,
            renewal=VALIDITY,
        ).run()
        restart_controllers(engine, without=[SIMULATED])
        issuance = Issuance.of(engine.sandbox, bench.tools, bench.folder / "issuance", validity=VALIDITY)
        Scenario(
            course=real,
            backend=Real(issuance=issuance),
            sandbox=engine.sandbox,
            cluster=cluster,
            state=state,
            renewal=2 * VALIDITY,
        ).run()


CERTIFICATES: Final = Flow(
    name="certificates",
    title="both wildcards are refused, issued and renewed, by the real cert-manager and a real ACME server",
    programs=PROGRAMS,
    packages={"openssl": "openssl"},
    minutes=12,
    run=run,
)
