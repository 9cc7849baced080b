"""The routes beside that of Argo CD's pages: what is let in by them, and who hears it."""

from __future__ import annotations

from typing import Any

import pytest

from components.gitops.webhook import Webhook, WebhookArgs
from components.kit import Endpoint
from tests.support.parts import middleware, namespace, peer, policies, store, traefik, waits_for
from tests.support.recorder import Recording, record

HOST = "argocd.example.org"


def build() -> Webhook:
    place = namespace("argocd")
    server, sets = (
        Endpoint(namespace=place, service=f"argocd-{part}", port=port, pods={"part": part}, pod_port=port)
        for part, port in (("server", 80), ("applicationset-controller", 7000))
    )
    way_in = traefik()
    args = WebhookArgs(
        store=store(),
        host=HOST,
        server=server,
        application_sets=sets,
        installed="deployed",
        traefik=way_in,
        public_chain=middleware("chain-public", way_in.pods.namespace),
    )
    return Webhook("argocd-webhook", args)


@pytest.fixture(scope="module")
def recording() -> Recording[Webhook]:
    return record(build)


def rule(recording: Recording[Any], name: str) -> Any:
    route = recording.one(":IngressRoute", name)
    assert route.spec["entryPoints"] == ["websecure"]
    assert route.spec["tls"] == {}
    (only,) = route.spec["routes"]
    assert only["middlewares"] == [{"name": "chain-public", "namespace": "traefik"}]
    return only


def test_only_what_is_posted_to_the_one_path_is_let_in(recording: Recording[Any]) -> None:
    found = rule(recording, "argocd-webhook-ingressroute")
    assert found["match"] == "Host(`argocd.example.org`) && Path(`/api/webhook`) && Method(`POST`)"
    assert recording.result.url == "https://argocd.example.org/api/webhook"
    notes = recording.one(":IngressRoute", "argocd-webhook-ingressroute").inputs["metadata"]["annotations"]
    assert notes["homelab/sign-in"] == "public"
    assert "signature" in notes["homelab/public-reason"]


def test_both_of_argo_cds_services_hear_of_a_push(recording: Recording[Any]) -> None:
    (service,) = rule(recording, "argocd-webhook-ingressroute")["services"]
    both = recording.one(":TraefikService", "argocd-webhook-traefikservice")
    assert (service["kind"], f"{service['namespace']}/{service['name']}") == ("TraefikService", both.object_name)
    assert both.spec["mirroring"] == {
        "name": "argocd-server",
        "namespace": "argocd",
        "port": 80,
        "maxBodySize": 5_000_000,
        "mirrors": [{"name": "argocd-applicationset-controller", "namespace": "argocd", "port": 7000, "percent": 100}],
    }
    spec = policies(recording)["argocd/argocd-webhook-from-traefik-ingress"]
    caller = peer("traefik", {"app.kubernetes.io/name": "traefik"})
    assert spec["podSelector"] == {"matchLabels": {"part": "applicationset-controller"}}
    assert spec["ingress"] == [{"from": [caller], "ports": [{"port": 7000, "protocol": "TCP"}]}]


def test_what_github_signs_with_is_made_up_in_the_vault_and_argo_cd_may_read_it(recording: Recording[Any]) -> None:
    item = recording.one(":OnePasswordItem", "argocd-webhook").inputs["metadata"]
    assert (item["namespace"], item["name"]) == ("argocd", "secret-argocd-webhook")
    assert item["labels"] == {"app.kubernetes.io/part-of": "argocd"}
    (generated,) = (item for item in recording.of(":Item") if item.name == "argocd-webhook-github")
    assert generated.inputs["passwordRecipe"]["length"] == 64


def test_the_controller_starts_anew_when_the_secret_is_there_and_before_anyone_may_call(
    recording: Recording[Any],
) -> None:
    patch = recording.one(":DeploymentPatch", "argocd-webhook-restart")
    assert patch.object_name == "argocd/argocd-applicationset-controller"
    (container,) = patch.spec["template"]["spec"]["containers"]
    (variable,) = container["env"]
    reference = variable["valueFrom"]["secretKeyRef"]
    assert (reference["name"], reference["key"]) == ("secret-argocd-webhook", "github")
    assert waits_for(recording, patch, ":OnePasswordItem", "argocd-webhook")
    route = recording.one(":IngressRoute", "argocd-webhook-ingressroute")
    assert waits_for(recording, route, ":DeploymentPatch", "argocd-webhook-restart")


def test_the_command_line_reaches_the_server_by_http2_without_tls(recording: Recording[Any]) -> None:
    found = rule(recording, "argocd-webhook-grpc-ingressroute")
    assert found["match"] == "Host(`argocd.example.org`) && Header(`Content-Type`, `application/grpc`)"
    assert len(found["match"]) > len("Host(`argocd.example.org`)")
    assert found["services"] == [{"name": "argocd-server", "namespace": "argocd", "port": 80, "scheme": "h2c"}]
    notes = recording.one(":IngressRoute", "argocd-webhook-grpc-ingressroute").inputs["metadata"]["annotations"]
    assert notes == {"homelab/sign-in": "oidc"}
