"""One certificate for a whole zone."""

from __future__ import annotations

import pytest

from components.certificates.wildcard import WildcardCertificate, WildcardCertificateArgs
from tests.support.parts import done, namespace, waits_for
from tests.support.recorder import Recording, record


@pytest.fixture(scope="module")
def recording() -> Recording[WildcardCertificate]:
    return record(
        lambda: WildcardCertificate(
            "wildcard",
            WildcardCertificateArgs(
                domain="example.org",
                issuer="letsencrypt-production",
                issuer_ready=[done("issuer")],
                namespace=namespace("traefik"),
            ),
        )
    )


def test_it_covers_the_domain_and_every_host_directly_below_it(recording: Recording[WildcardCertificate]) -> None:
    made = recording.one(":Certificate", "wildcard")
    assert made.object_name == "traefik/tls-example.org"
    assert made.spec == {
        "secretName": "tls-example.org",
        "dnsNames": ["*.example.org", "example.org"],
        "issuerRef": {"kind": "ClusterIssuer", "name": "letsencrypt-production"},
        "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        "renewBefore": "720h",
    }
    assert recording.result.secret_name == "tls-example.org"


def test_an_update_waits_until_it_is_issued(recording: Recording[WildcardCertificate]) -> None:
    made = recording.one(":Certificate", "wildcard")
    assert made.inputs["metadata"]["annotations"] == {"pulumi.com/waitFor": "condition=Ready"}


@pytest.mark.parametrize(("kind", "name"), [(":ConfigMap", "issuer"), ("core/v1:Namespace", "traefik")])
def test_it_comes_after_its_issuer_and_its_namespace(
    recording: Recording[WildcardCertificate], kind: str, name: str
) -> None:
    assert waits_for(recording, recording.one(":Certificate", "wildcard"), kind, name)
