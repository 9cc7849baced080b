"""The tunnel whose rules its controller writes."""

from __future__ import annotations

from typing import Any

import pytest

from components.edge.tunnel import TunnelIngressController, TunnelIngressControllerArgs
from tests.support.parts import MIRROR, chart_values, policies, project, site, store, waits_for
from tests.support.recorder import Recording, Secret, record

CREDENTIALS = {"api-token": "token", "account-id": "account", "tunnel-name": "tunnel"}


def controller(**changes: Any) -> Recording[TunnelIngressController]:
    return record(
        lambda: TunnelIngressController(
            "tunnel",
            TunnelIngressControllerArgs(
                site=site(**changes),
                project=project(),
                store=store(),
                account_id="account",
                api_token="token",
            ),
        )
    )


@pytest.fixture(scope="module")
def recording() -> Recording[TunnelIngressController]:
    return controller()


def values(recording: Recording[Any]) -> Any:
    return chart_values(recording, "tunnel")


def test_the_tunnel_is_protected_since_its_name_stays_taken(recording: Recording[Any]) -> None:
    (tunnel,) = recording.of(":ZeroTrustTunnelCloudflared")
    assert tunnel.inputs == {"accountId": "account", "name": "tunnel", "configSrc": "cloudflare"}
    assert tunnel.protect


def test_the_controller_finds_its_credentials_by_keys_that_the_secret_has(recording: Recording[Any]) -> None:
    sections = recording.one(":Item", "tunnel-cloudflare").inputs["sections"]
    assert isinstance(sections, Secret)
    assert {field["label"]: field["value"] for field in sections.value[0]["fields"]} == CREDENTIALS
    assert values(recording)["cloudflare"] == {
        "secretRef": {
            "name": "secret-tunnel-cloudflare",
            "apiTokenKey": "api-token",
            "accountIDKey": "account-id",
            "tunnelNameKey": "tunnel-name",
        }
    }


@pytest.mark.parametrize(
    ("kind", "name"),
    [(":ZeroTrustTunnelCloudflared", "tunnel"), (":OnePasswordItem", "tunnel-cloudflare"), (":ConfigMap", "project")],
)
def test_the_controller_starts_after_what_it_needs(recording: Recording[Any], kind: str, name: str) -> None:
    assert waits_for(recording, recording.one(":Application", "tunnel"), kind, name)


def test_a_tunnel_that_is_made_anew_is_another_pods(recording: Recording[TunnelIngressController]) -> None:
    """The controller looks its tunnel up when it starts, and not again."""
    assert list(values(recording)["podAnnotations"].values()) == ["tunnel-id"]  # as the mocks make them


def test_the_controller_calls_apis_and_the_connector_cloudflares_edge(recording: Recording[Any]) -> None:
    controller = {"app.kubernetes.io/name": "cloudflare-tunnel-ingress-controller"}
    connector = {"app": "controlled-cloudflared-connector"}
    permitted = {
        name.partition("/")[2]: (
            spec["podSelector"]["matchLabels"],
            [(port["port"], port["protocol"]) for port in spec["egress"][0]["ports"]],
        )
        for name, spec in policies(recording).items()
    }
    assert permitted == {
        "tunnel-to-cloudflare-api-egress": (controller, [(443, "TCP")]),
        "tunnel-to-api-server-egress": (controller, [(6443, "TCP")]),
        "tunnel-to-cloudflare-edge-egress": (connector, [(7844, "TCP")]),
        "tunnel-to-cloudflare-edge-quic-egress": (connector, [(7844, "UDP")]),
    }


def test_it_is_not_the_class_of_ingresses_that_name_none(recording: Recording[Any]) -> None:
    assert values(recording)["ingressClass"] == {"name": "cloudflare-tunnel", "isDefaultClass": False}


def test_its_own_pod_is_restricted_although_its_namespace_cannot_be(recording: Recording[Any]) -> None:
    assert values(recording)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert values(recording)["podSecurityContext"]["runAsNonRoot"] is True
    labels = recording.one("core/v1:Namespace", "tunnel").inputs["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "baseline"


def test_the_number_of_connectors_and_the_mirror_reach_the_chart() -> None:
    found = values(controller(replicas=2, registry_mirror=MIRROR))
    assert found["cloudflared"]["replicaCount"] == 2
    assert found["cloudflared"]["image"]["repository"].startswith(f"{MIRROR}/")
    assert found["image"]["repository"].startswith(f"{MIRROR}/")


def test_ingresses_see_the_connectors_pods(recording: Recording[TunnelIngressController]) -> None:
    connector = recording.result.controller.pods
    assert (connector.namespace.name, connector.labels) == ("tunnel", {"app": "controlled-cloudflared-connector"})


def test_the_connectors_namespace_goes_before_its_tunnel() -> None:
    """Cloudflare refuses to delete a tunnel with connections, and the connector is nobody's but the namespace's."""
    recording = controller()
    (tunnel,) = recording.of(":ZeroTrustTunnelCloudflared")
    assert tunnel.urn in recording.before(recording.one("core/v1:Namespace", "tunnel"))
