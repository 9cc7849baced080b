"""TLS at Traefik."""

from __future__ import annotations

import pytest

from components.certificates.tls import DefaultTls, DefaultTlsArgs
from tests.support.parts import traefik, waits_for
from tests.support.recorder import Recording, record


def tls(*secret_names: str) -> Recording[DefaultTls]:
    return record(lambda: DefaultTls("tls", DefaultTlsArgs(traefik=traefik(), secret_names=secret_names)))


def test_only_tls_1_3_is_spoken() -> None:
    options = tls("tls-example.org").one(":TLSOption", "tls-options")
    assert options.spec == {"minVersion": "VersionTLS13"}
    assert options.object_name == "traefik/default"


def test_the_first_certificate_is_the_default_and_the_others_are_known() -> None:
    store = tls("tls-example.org", "tls-example.net").one(":TLSStore", "tls-store")
    assert store.object_name == "traefik/default"
    assert store.spec == {
        "defaultCertificate": {"secretName": "tls-example.org"},
        "certificates": [{"secretName": "tls-example.net"}],
    }


def test_a_single_certificate_is_the_default_only() -> None:
    assert tls("tls-example.org").one(":TLSStore", "tls-store").spec == {
        "defaultCertificate": {"secretName": "tls-example.org"}
    }


def test_no_certificate_is_refused() -> None:
    where = record(traefik).result
    with pytest.raises(ValueError, match="secret_names: expected at least one TLS Secret"):
        DefaultTlsArgs(traefik=where, secret_names=[])


def test_both_come_after_traefiks_own_kinds() -> None:
    recording = tls("tls-example.org")
    for kind, name in ((":TLSStore", "tls-store"), (":TLSOption", "tls-options")):
        assert waits_for(recording, recording.one(kind, name), ":ConfigMap", "traefik-runs")
