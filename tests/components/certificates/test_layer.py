"""The layer of certificates: one for each zone, and Traefik's use of them."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from components.certificates import Certificates, CertificatesArgs
from components.kit import Foundation
from components.settings import Acme
from tests.support.parts import base, traefik, waits_for
from tests.support.recorder import Recording, record

ZONES = {"example.org": "zone-1", "example.net": "zone-2"}


def certificates(issuer: Literal["staging", "production"] = "production") -> Recording[tuple[Foundation, Certificates]]:
    def program() -> tuple[Foundation, Certificates]:
        found = base(zones=ZONES)
        acme = Acme(email="admin@harvestasya.org", issuer=issuer)
        args = CertificatesArgs(base=found, acme=acme, dns_token="token", traefik=traefik())
        return found, Certificates("certificates", args)

    return record(program)


@pytest.fixture(scope="module")
def recording() -> Recording[Any]:
    return certificates()


def test_each_zone_has_a_certificate_in_traefiks_namespace(recording: Recording[Any]) -> None:
    made = {item.name: item.object_name for item in recording.of(":Certificate")}
    assert made == {f"wildcard-{domain}": f"traefik/tls-{domain}" for domain in ZONES}


def test_traefik_shows_the_first_zones_certificate_and_knows_the_others(recording: Recording[Any]) -> None:
    first, *others = (f"tls-{domain}" for domain in ZONES)
    assert recording.one(":TLSStore", "default-tls-store").spec == {
        "defaultCertificate": {"secretName": first},
        "certificates": [{"secretName": name} for name in others],
    }


@pytest.mark.parametrize("issuer", ["staging", "production"])
def test_all_are_ordered_from_the_issuer_that_is_configured(issuer: Literal["staging", "production"]) -> None:
    recording = certificates(issuer)
    assert {item.spec["issuerRef"]["name"] for item in recording.of(":Certificate")} == {f"letsencrypt-{issuer}"}
    for item in recording.of(":Certificate"):
        assert waits_for(recording, item, ":ClusterIssuer", f"cert-manager-{issuer}")


def test_the_dns_token_is_handed_in_for_the_outputs(recording: Recording[Any]) -> None:
    found, _ = recording.result
    assert [secret.name for secret in found.contributions.secrets.close()] == ["secret-cert-manager-cloudflare"]


def test_whoever_needs_tls_waits_for_traefik_to_have_every_certificate(recording: Recording[Any]) -> None:
    _, layer = recording.result
    store = recording.one(":TLSStore", "default-tls-store")
    assert (layer.ready.pulumi_resource_type, layer.ready.pulumi_resource_name) == (store.type, store.name)
    for domain in ZONES:
        assert waits_for(recording, store, ":Certificate", f"wildcard-{domain}"), domain
