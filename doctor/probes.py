"""Checks of probes: every host that people open is called from outside its application, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from components.vocabulary import MONITORED
from doctor.calls import call_to, followed
from doctor.check import Context, Reference, check, unless
from doctor.cloudflare import tunnel_hosts
from doctor.monitors import collectors
from doctor.snapshot import Snapshot
from policy.objects import hosts_of, label, labels_of, namespace_of

ROUTES: Final = ("IngressRoute", "Ingress")
"""Kinds of object that publish hosts."""


def _probed(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Every address that is called, and the probe that says so."""
    for probe in snapshot.all("Probe"):
        for url in ((probe["spec"].get("targets") or {}).get("staticConfig") or {}).get("static") or []:
            yield url, label(probe)


def _opened(snapshot: Snapshot) -> dict[str, str]:
    """Every host of the platform that people open, and what publishes it.

    What others deliver into namespaces of their own they publish and watch themselves.
    """
    found: dict[str, str] = {}
    for kind in ROUTES:
        for route in snapshot.all(kind):
            if MONITORED in labels_of(snapshot.get("Namespace", namespace_of(route)) or {}):
                for host in hosts_of(route):
                    found.setdefault(host, label(route))
    for application in snapshot.of_type("ZeroTrustAccessApplication"):
        host = str(application.properties.get("domain") or "").partition("/")[0]
        if host:
            found.setdefault(host, f"Access application {application.name}")
    return found


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


@check("probe -> prober")
def probers(context: Context) -> Iterator[Reference]:
    """Who calls for a probe is there, and Prometheus may ask it to."""
    for probe in context.snapshot.all("Probe"):
        url = str(probe["spec"]["prober"]["url"])
        callers = collectors(context.snapshot, probe)
        call = call_to(url, subject=label(probe), callers=callers, means="nobody calls what it names")
        if call:
            yield from followed(context.snapshot, call)
        else:
            advice = "set its prober to <service>.<namespace>.svc:<port>"
            yield Reference(label(probe), url, "it is not the address of a Service in the cluster", advice)


@check("host -> probe")
def hosts(context: Context) -> Iterator[Reference]:
    """Every host that people open is probed, where there is a Prometheus."""
    probed = {_host(url) for url, _ in _probed(context.snapshot)}
    for host, publisher in _opened(context.snapshot).items() if any(context.snapshot.all("Prometheus")) else ():
        fault = "no probe calls it, so nobody hears when it does not answer"
        problem = unless(host in probed, fault, "make its application a part of the catalog, or take its route away")
        yield Reference(publisher, f"a Probe of {host}", *problem)


@check("probe -> host")
def routes(context: Context) -> Iterator[Reference]:
    """What is probed is published."""
    snapshot = context.snapshot
    routed = (host for kind in ROUTES for item in snapshot.all(kind) for host in hosts_of(item))
    known = {*routed, *tunnel_hosts(snapshot), *_opened(snapshot)}
    for url, probe in _probed(snapshot):
        fault = "nothing publishes its host, so the probe fails for ever"
        yield Reference(probe, url, *unless(_host(url) in known, fault, "correct the address, or delete the probe"))
