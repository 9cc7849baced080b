from __future__ import annotations

from typing import Any

from tests.support.breaking import Break
from tests.support.healthy import Healthy

PROBE = "Probe temporis/freshrss"


def probe(live: Healthy) -> dict[str, Any]:
    found: dict[str, Any] = live.get("Probe", "freshrss", "temporis")["spec"]
    return found


def access_probe(live: Healthy) -> str:
    found: str = next(item["metadata"]["name"] for item in live.all("Probe") if item["spec"]["module"] == "access")
    return found


BREAKS = (
    Break(
        check="probe -> prober",
        subject=PROBE,
        target="Service temporis/gone:9115",
        problem="there is no such Service, so nobody calls what it names",
        change=lambda live: probe(live)["prober"].update(url="gone.temporis.svc:9115"),
    ),
    Break(
        check="probe -> prober",
        subject=PROBE,
        target="blackbox:9115",
        problem="it is not the address of a Service in the cluster",
        change=lambda live: probe(live)["prober"].update(url="blackbox:9115"),
    ),
    Break(
        check="host -> probe",
        subject="IngressRoute freshrss/freshrss",
        target="a Probe of freshrss.harvestasya.org",
        problem="nobody hears when it does not answer",
        change=lambda live: live.drop("Probe", "freshrss", "temporis"),
    ),
    Break(
        check="host -> probe",
        subject="Access application ssh.harvestasya.org",
        target="a Probe of ssh.harvestasya.org",
        problem="nobody hears when it does not answer",
        change=lambda live: live.drop("Probe", access_probe(live), "temporis"),
    ),
    Break(
        check="probe -> host",
        subject=PROBE,
        target="https://gone.harvestasya.org",
        problem="nothing publishes its host",
        change=lambda live: probe(live)["targets"]["staticConfig"]["static"].append("https://gone.harvestasya.org"),
    ),
)
