"""cert-manager proves by DNS that the zones are ours."""

from __future__ import annotations

from typing import Any

import pytest

from components.certificates.certmanager import CertManager, CertManagerArgs
from tests.support.parts import MIRROR, chart_values, policies, project, site, store, waits_for
from tests.support.recorder import Recording, record


def certmanager(**changes: Any) -> Recording[CertManager]:
    return record(
        lambda: CertManager(
            "cert-manager",
            CertManagerArgs(
                site=site(zones={"example.org": "zone", "example.net": "zone-2"}, **changes),
                project=project(),
                store=store(),
                email="admin@example.org",
                dns_token="token",
            ),
        )
    )


@pytest.fixture(scope="module")
def recording() -> Recording[CertManager]:
    return certmanager()


def values(recording: Recording[Any]) -> Any:
    return chart_values(recording, "cert-manager")


@pytest.mark.parametrize(
    ("stage", "server"),
    [
        ("staging", "https://acme-staging-v02.api.letsencrypt.org/directory"),
        ("production", "https://acme-v02.api.letsencrypt.org/directory"),
    ],
)
def test_each_issuer_solves_by_dns_with_the_token_of_its_secret(
    recording: Recording[CertManager], stage: str, server: str
) -> None:
    issuer = recording.one(":ClusterIssuer", f"cert-manager-{stage}")
    token = {"name": "secret-cert-manager-cloudflare", "key": "api-token"}
    assert issuer.spec == {
        "acme": {
            "email": "admin@example.org",
            "server": server,
            "privateKeySecretRef": {"name": f"letsencrypt-{stage}-account"},
            "solvers": [
                {
                    "selector": {"dnsZones": ["example.org", "example.net"]},
                    "dns01": {"cloudflare": {"apiTokenSecretRef": token}},
                }
            ],
        }
    }
    assert issuer.inputs["metadata"]["name"] == recording.result.issuers[stage] == f"letsencrypt-{stage}"
    assert issuer.inputs["metadata"]["annotations"] == {"pulumi.com/waitFor": "condition=Ready"}


@pytest.mark.parametrize(
    ("kind", "name"), [(":Application", "cert-manager"), (":OnePasswordItem", "cert-manager-cloudflare")]
)
def test_issuers_come_after_their_kind_and_their_token(recording: Recording[Any], kind: str, name: str) -> None:
    assert waits_for(recording, recording.one(":ClusterIssuer", "cert-manager-production"), kind, name)


def test_whether_a_challenge_is_visible_is_asked_at_public_resolvers(recording: Recording[Any]) -> None:
    assert values(recording)["dns01RecursiveNameservers"] == "1.1.1.1:53,8.8.8.8:53"
    assert values(recording)["dns01RecursiveNameserversOnly"] is True


def test_certificates_outlive_the_chart_and_the_certificate_objects(recording: Recording[Any]) -> None:
    assert values(recording)["crds"] == {"enabled": True, "keep": True}
    assert values(recording)["enableCertificateOwnerRef"] is False


def test_only_the_controller_may_call_the_internet_and_all_of_it_the_api_server(recording: Recording[Any]) -> None:
    controller, every_part = {"app.kubernetes.io/name": "cert-manager"}, dict[str, str]()
    permitted = {
        name.partition("/")[2]: (
            spec["podSelector"]["matchLabels"],
            [(port["port"], port["protocol"]) for rule in spec["egress"] for port in rule["ports"]],
        )
        for name, spec in policies(recording).items()
        if "egress" in spec
    }
    assert permitted == {
        "cert-manager-to-acme-egress": (controller, [(443, "TCP")]),
        "cert-manager-to-resolvers-egress": (controller, [(53, "UDP")]),
        "cert-manager-to-resolvers-tcp-egress": (controller, [(53, "TCP")]),
        "cert-manager-to-api-server-egress": (every_part, [(6443, "TCP")]),
    }


def test_the_api_server_calls_the_webhook_from_the_nodes_or_from_the_overlay_network(recording: Recording[Any]) -> None:
    ((name, webhook),) = ((name, spec) for name, spec in policies(recording).items() if "ingress" in spec)
    assert name == "cert-manager/cert-manager-webhook-ingress"
    assert webhook["podSelector"] == {"matchLabels": {"app.kubernetes.io/name": "webhook"}}
    assert webhook["ingress"] == [
        {
            "from": [{"ipBlock": {"cidr": "192.168.1.11/32"}}, {"ipBlock": {"cidr": "10.42.0.0/16"}}],
            "ports": [{"port": 10250, "protocol": "TCP"}],
        }
    ]


@pytest.mark.parametrize(("replicas", "budget"), [(1, False), (2, True)])
def test_only_the_webhook_is_doubled(replicas: int, *, budget: bool) -> None:
    found = values(certmanager(replicas=replicas))
    assert found["webhook"]["replicaCount"] == replicas
    assert found["webhook"]["podDisruptionBudget"] == {"enabled": budget, "maxUnavailable": 1}
    assert "replicaCount" not in found


def test_all_images_come_from_the_mirror() -> None:
    found = values(certmanager(registry_mirror=MIRROR))
    images = {
        "controller": found["image"]["repository"],
        **{part: found[part]["image"]["repository"] for part in ("webhook", "cainjector", "startupapicheck")},
    }
    assert images == {part: f"{MIRROR}/quay.io/jetstack/cert-manager-{part}" for part in images}
