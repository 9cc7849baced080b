from __future__ import annotations

from datetime import UTC, datetime

from doctor.examination import examine
from tests.support.healthy import Healthy

UNUSED = {
    *("route -> TLS option", "pod -> image pull secret"),
    *("role of a database -> its password", "database of an application -> cluster", "receiver -> key of a Secret"),
}
"""Checks of what this platform may do without."""


def test_nothing_is_broken_in_a_healthy_platform(healthy_platform: Healthy) -> None:
    report = examine(healthy_platform.snapshot(), datetime.now(tz=UTC))
    assert report.broken == []
    assert report.healthy


def test_every_check_has_something_to_look_at(healthy_platform: Healthy) -> None:
    report = examine(healthy_platform.snapshot(), datetime.now(tz=UTC))
    assert {name for name, found in report.results.items() if not found} <= UNUSED


def test_an_ingress_may_keep_the_address_of_a_former_tunnel_beside_the_one_that_it_has(
    healthy_platform: Healthy,
) -> None:
    """The controller adds to the status when its tunnel is another one, and takes nothing away."""
    addresses = healthy_platform.get("Ingress", "echoserver", "echoserver")["status"]["loadBalancer"]["ingress"]
    addresses.insert(0, {"hostname": "gone.cfargotunnel.com"})
    assert examine(healthy_platform.snapshot(), datetime.now(tz=UTC)).broken == []
