"""Four accounts, each an explicit provider."""

from __future__ import annotations

from typing import Any

import pytest

from components.outputs import Outputs
from tests.conftest import build_with
from tests.support.recorder import Recording, Secret

LOOKUPS = {
    "cloudflare:index/getIpRanges:getIpRanges": "cloudflare",
    "cloudflare:index/getZeroTrustTunnelCloudflaredToken:getZeroTrustTunnelCloudflaredToken": "cloudflare",
    "authentik:index/getCertificateKeyPair:getCertificateKeyPair": "authentik",
}


def test_there_are_exactly_four(homelab: Recording[Outputs]) -> None:
    found = sorted(item.type for item in homelab.resources if item.type.startswith("pulumi:providers:"))
    packages = ("authentik", "cloudflare", "kubernetes", "onepassword")
    assert found == [f"pulumi:providers:{package}" for package in packages]


@pytest.mark.parametrize(
    ("provider", "key", "secret"),
    [
        ("cloudflare", "apiToken", "cloudflareApiToken-value"),
        ("onepassword", "serviceAccountToken", "onepasswordServiceAccountToken-value"),
        ("authentik", "token", "authentikToken-value"),
    ],
)
def test_each_has_its_own_credential_as_a_secret(
    homelab: Recording[Outputs], provider: str, key: str, secret: str
) -> None:
    assert homelab.one(f"providers:{provider}", provider).inputs[key] == Secret(secret)


def test_the_cluster_is_the_configured_context_with_server_side_apply(homelab: Recording[Outputs]) -> None:
    made = homelab.one("providers:kubernetes", "cluster").inputs
    assert made["context"] == "homelab"
    # So that another address of the cluster replaces nothing.
    assert made["clusterIdentifier"] == "homelab"
    # Providers take nothing but strings over the wire.
    assert made["enableServerSideApply"] == "true"


@pytest.mark.parametrize(
    ("changes", "identifier"),
    [
        ({"cluster__context": "home"}, "home"),
        ({"cluster__context": "home", "cluster__identifier": "homelab"}, "homelab"),
        ({"cluster__kubeconfig": "/elsewhere/kubeconfig"}, "homelab"),
    ],
)
def test_the_cluster_is_the_same_one_for_as_long_as_it_is_called_so(
    stack_values: dict[str, Any], changes: dict[str, str], identifier: str
) -> None:
    made = build_with(stack_values, **changes).one("providers:kubernetes", "cluster")
    assert made.inputs["clusterIdentifier"] == identifier


def test_authentiks_comes_after_its_server_its_certificate_and_its_route(homelab: Recording[Outputs]) -> None:
    provider = homelab.one("providers:authentik", "authentik")
    assert provider.inputs["url"] == "https://grathnode.harvestasya.org"
    before = homelab.before(provider)
    for kind, name in (
        (":Application", "authentik"),
        (":IngressRoute", "authentik"),
        (":DnsRecord", "grathnode.harvestasya.org"),
        (":TLSStore", "default-tls-store"),
    ):
        assert homelab.one(f"{'argoproj.io/v1alpha1' if kind == ':Application' else ''}{kind}", name).urn in before


def test_every_look_up_names_its_provider(homelab: Recording[Outputs]) -> None:
    assert {token: provider.split("::")[-2] for token, provider in homelab.lookups.items()} == LOOKUPS


def test_no_component_waits_for_a_provider_that_is_ready_late(homelab: Recording[Outputs]) -> None:
    """Authentik's is ready once the server answers; what only shares a component with its objects is made before."""
    late = {item.urn for item in homelab.resources if item.type.startswith("pulumi:providers:") and item.depends_on}
    assert late == {homelab.one("providers:authentik", "authentik").urn}
    components = [item for item in homelab.resources if not item.custom]
    assert any(item.handed_on for item in components)
    assert [item.urn for item in components if item.handed_on & late] == []


def test_everything_in_authentik_has_authentiks_provider(homelab: Recording[Outputs]) -> None:
    provider = homelab.one("providers:authentik", "authentik").urn
    there = [item for item in homelab.resources if item.type.startswith("authentik:")]
    assert there
    assert {item.provider.rpartition("::")[0] for item in there} == {provider}
