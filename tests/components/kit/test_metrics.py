"""What is said of metrics fits together."""

from __future__ import annotations

import pytest

from components.kit import Https, MetricsTarget, OpenPods

PODS = OpenPods(namespace="kube-system")


@pytest.mark.parametrize(("name", "reason"), [("", ""), ("kubernetes", "because")])
def test_a_certificate_is_verified_or_there_is_a_reason_why_not(name: str, reason: str) -> None:
    with pytest.raises(ValueError, match="unverified_reason"):
        Https(server_name=name, unverified_reason=reason)


@pytest.mark.parametrize("https", [Https(server_name="kubernetes"), Https(unverified_reason="because", token=True)])
def test_what_only_a_service_monitor_can_say_needs_a_service(https: Https) -> None:
    with pytest.raises(ValueError, match="what a Service leads to"):
        MetricsTarget(name="kubelet", pods=PODS, port=10250, https=https)
    assert MetricsTarget(name="kubelet", pods=PODS, port=10250, https=https, service={}).https == https
