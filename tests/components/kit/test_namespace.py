"""Namespaces are closed by default."""

from __future__ import annotations

import pytest

from components.kit import Namespace, NamespaceArgs
from components.vocabulary import MONITORED
from tests.support.recorder import record

LEVELS = [f"pod-security.kubernetes.io/{mode}" for mode in ("enforce", "warn", "audit")]


def test_a_namespace_enforces_the_restricted_standard_and_restarts_what_reads_changed_secrets() -> None:
    recording = record(lambda: Namespace("music", NamespaceArgs()))
    made = recording.one("core/v1:Namespace", "music")
    assert made.inputs["metadata"] == {
        "name": "music",
        "labels": {**dict.fromkeys(LEVELS, "restricted"), MONITORED: "true"},
        "annotations": {"operator.1password.io/auto-restart": "true"},
    }
    assert not made.protect


def test_it_denies_all_traffic_but_look_ups_in_dns() -> None:
    recording = record(lambda: Namespace("music", NamespaceArgs()))
    deny = recording.one(":NetworkPolicy", "music-default-deny")
    assert deny.object_name == "music/default-deny"
    assert deny.spec["podSelector"] == {}
    assert deny.spec["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in deny.spec
    (rule,) = deny.spec["egress"]
    assert rule["to"] == [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        }
    ]
    assert rule["ports"] == [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]
    assert recording.one("core/v1:Namespace", "music").urn in deny.depends_on


def test_another_standard_shows_its_reason_on_the_namespace() -> None:
    args = NamespaceArgs(pod_security="baseline", pod_security_reason="the chart sets no seccomp profile")
    made = record(lambda: Namespace("chart", args)).one("core/v1:Namespace", "chart").inputs["metadata"]
    assert {mode: made["labels"][mode] for mode in LEVELS} == dict.fromkeys(LEVELS, "baseline")
    assert made["annotations"]["homelab/pod-security-reason"] == "the chart sets no seccomp profile"


def test_another_standard_without_a_reason_is_refused() -> None:
    with pytest.raises(ValueError, match="says in pod_security_reason why it cannot be"):
        NamespaceArgs(pod_security="privileged")


def test_a_reason_without_another_standard_is_refused() -> None:
    with pytest.raises(ValueError, match="pod_security_reason"):
        NamespaceArgs(pod_security_reason="left over")


def test_a_namespace_that_holds_data_is_protected_and_its_policy_is_not() -> None:
    recording = record(lambda: Namespace("music", NamespaceArgs(holds_data=True)))
    assert recording.one("core/v1:Namespace", "music").protect
    assert not recording.one(":NetworkPolicy", "music-default-deny").protect
