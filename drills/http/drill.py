"""The drill of flows 3, 7 and 9: requests from outside reach applications, and only as they should.

The platform comes up in a sandbox, and a real ACME server signs its certificates. Then the real Traefik runs in the
place of one of its pods, at that pod's address, and small servers at those of the applications, of Authentik's server
and of its outpost: the last two decide by the simulated account. Whoever calls has an address of his own: Cloudflare's,
one of the house's, anybody's. Not covered: HTTP/2 and HTTP/3, cloudflared and Cloudflare, and the network that has to
enforce the policies.
"""

from __future__ import annotations

from typing import Any, Final

from drills.certificates.issuance import PROGRAMS, SIMULATED, Issuance
from drills.certificates.issuance import WITHIN as ISSUED_WITHIN
from drills.course import Course
from drills.flow import Bench, Flow
from drills.home import configure, home, restart_controllers, up
from drills.http import scenario, scene
from drills.http.judged import Judge
from drills.programs import TRAEFIK
from sandbox.engine import Engine

UP: Final = 900.0


def run(bench: Bench) -> None:
    """Bring the platform up, and call it."""
    course = bench.course("Traefik")
    with home(bench.folder, bench.console) as engine:
        complete(engine)
        with course.step("the platform comes up", expected="up", within=UP, essential=True) as step:
            up(engine)
            step.seen = "up"
        trusted = certified(course, bench, engine)
        with scene.made(course, engine.sandbox, bench.folder / "http", bench.tools[TRAEFIK.name], trusted) as made:
            judge = Judge(course=Course("wiring check", bench.steps), cluster=made.cluster, export=engine.state())
            try:
                scenario.run(made, judge)
            finally:
                bench.courses.append(judge.beside(course))


def certified(course: Course, bench: Bench, engine: Engine) -> str:
    """Have all certificates that Traefik shows signed by a real ACME server; whom to trust for it, as PEM."""
    what = "real certificates take the place of the simulated ones"
    with course.step(what, expected="issued", within=ISSUED_WITHIN, essential=True) as step:
        restart_controllers(engine, without=[SIMULATED])
        issuance = Issuance.of(engine.sandbox, bench.tools, bench.folder / "issuance")
        with issuance.serving():
            step.note = ", ".join(wildcard.name for wildcard in issuance.issue(ISSUED_WITHIN))
            trusted = issuance.acme.root().decode()
        step.seen = "issued"
    return trusted


def complete(engine: Engine) -> None:
    """Let machines of the house call Traefik."""
    cluster: dict[str, Any] = dict(engine.plain("cluster") or {})
    configure(engine, {"cluster": {**cluster, "homeCidr": scene.HOME_CIDR}})


HTTP: Final = Flow(
    name="http",
    title="requests from outside reach applications by the real Traefik, and nobody else does",
    programs=(TRAEFIK, *PROGRAMS),
    packages={"ip": "iproute2", "mount": "mount", "openssl": "openssl"},
    minutes=12,
    run=run,
    own_network=True,
)
