"""The drill of flows 4 and 9: what the real cloudflared makes of the rules that both tunnels have.

The platform comes up as a home without a public address, so that every host comes by a tunnel, with several machines
behind Access. The rules that the program and the tunnel's controller have put into the account are then given to
cloudflared, which says whether they hold and which of them takes a request. Not covered: a connection to Cloudflare's
edge, what the edge does to a host name or a path before cloudflared has it, and what the connector sends on.
"""

from __future__ import annotations

from typing import Any, Final

from drills.flow import Bench, Flow
from drills.home import configure, home, spare_monitoring, up
from drills.programs import CLOUDFLARED
from drills.tunnel import access
from drills.tunnel.cloudflared import Cloudflared
from drills.tunnel.found import tunnels
from drills.tunnel.judges import SimulatedAccount
from drills.tunnel.scenario import Scenario
from sandbox.engine import Engine
from sandbox.plugins.accounts.account import Account

UP: Final = 900.0
ADMINS: Final = "homelab-admins"
"""The group of a host that names none."""
USERS: Final = "homelab-users"
COMES_UP: Final = "the platform comes up, every host by a tunnel"


def run(bench: Bench) -> None:
    """Bring the platform up, and ask both about its rules."""
    folder = bench.folder / "cloudflared"
    folder.mkdir()
    course = bench.course("cloudflared")
    with home(bench.folder, bench.console) as engine:
        complete(engine)
        spare_monitoring(engine)
        with course.step(COMES_UP, expected="up", within=UP, essential=True) as step:
            up(engine)
            step.seen = "up"
        live = tunnels(engine)
        account = Account(engine.sandbox.account("cloudflare")).read()
        groups = {host: given.get("group", ADMINS) for host, given in engine.plain("access").items()}
    real = Scenario(
        course=course, judge=Cloudflared(program=bench.tools[CLOUDFLARED.name], folder=folder), tunnels=live
    )
    real.run()
    course.cannot(access.WHAT, expected=access.EXPECTED, why="Access is not to be had")
    simulated = bench.course("simulated account")
    simulated.cannot(COMES_UP, expected="up", why="the same platform")
    Scenario(course=simulated, judge=SimulatedAccount(data=account), tunnels=live).run()
    access.step(simulated, account, groups)
    bench.console.print(f"{len(real.asked)} requests were asked about.", highlight=False)


def complete(engine: Engine) -> None:
    """No public address, and several machines behind Access."""
    cluster: dict[str, Any] = dict(engine.plain("cluster"))
    cluster.pop("publicAddress", None)
    zone = next(iter(engine.plain("zones")))
    hosts: dict[str, Any] = dict(engine.plain("access") or {})
    hosts[f"printer.{zone}"] = {"target": "http://192.168.1.30", "group": USERS}
    hosts[f"nas.{zone}"] = {
        "target": "https://192.168.1.10:5001",
        "verifyTls": False,
        "reason": "it has signed its certificate itself",
    }
    configure(engine, {"cluster": cluster, "access": hosts})


TUNNEL: Final = Flow(
    name="tunnel",
    title="every host that comes by a tunnel is led where it has to, by the real cloudflared's rules",
    programs=(CLOUDFLARED,),
    packages={},
    minutes=6,
    run=run,
)
