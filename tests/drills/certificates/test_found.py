"""What the live objects say of certificates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest

from drills.certificates import found
from drills.certificates.backends import fits
from drills.certificates.found import Pair, Wildcard
from drills.errors import DrillError
from sandbox import kube
from sandbox.controllers import issuing
from sandbox.controllers.objects import encode
from tests.sandbox.controllers.world import thing

NAMES = ["*.example.net", "example.net"]
WILDCARD = Wildcard(namespace="apps", name="tls", secret="tls", names=tuple(NAMES))


class Cluster:
    """Objects in a list."""

    def __init__(self, *objects: Mapping[str, Any]) -> None:
        self.objects = objects

    def list(self, _version: str, kind: str, namespace: str = "") -> list[Mapping[str, Any]]:
        own = [obj for obj in self.objects if obj["kind"] == kind]
        return [obj for obj in own if namespace in ("", obj["metadata"]["namespace"])]

    def get(self, version: str, kind: str, name: str, namespace: str = "") -> Mapping[str, Any] | None:
        return next((obj for obj in self.list(version, kind, namespace) if obj["metadata"]["name"] == name), None)


def cluster(*objects: Mapping[str, Any]) -> kube.Client:
    return cast("kube.Client", Cluster(*objects))


def certificate(name: str = "tls") -> dict[str, Any]:
    return thing("Certificate", name, spec={"secretName": name, "dnsNames": NAMES})


def store(*secrets: str) -> dict[str, Any]:
    entries = [{"secretName": secret} for secret in secrets]
    return thing("TLSStore", "default", spec={"defaultCertificate": entries[0], "certificates": entries})


def challenge(zone: str, reason: str | None) -> dict[str, Any]:
    return thing("Challenge", f"tls-{zone}", spec={"dnsName": zone}, status={"reason": reason})


def test_what_traefik_shows_comes_from_certificates_each_once() -> None:
    assert found.wildcards(cluster(store("tls", "more"), certificate(), certificate("more")))[0] == WILDCARD
    assert len(found.wildcards(cluster(store("tls", "more"), certificate(), certificate("more")))) == 2
    assert WILDCARD.zone == "example.net"
    with pytest.raises(DrillError, match="Secret apps/gone: no Certificate makes it"):
        found.wildcards(cluster(store("gone"), certificate()))


def test_the_reason_is_that_of_the_zones_own_challenges_on_one_line() -> None:
    held = cluster(challenge("example.net", "while\n\tquerying"), challenge("example.org", "else"))
    assert found.reasons(held, WILDCARD) == ["while querying"]
    assert found.reasons(cluster(challenge("example.net", None)), WILDCARD) == []


def test_only_the_tokens_of_the_issuers_are_theirs() -> None:
    solver = {"dns01": {"cloudflare": {"apiTokenSecretRef": {"name": "token", "key": "api"}}}}
    issuer = thing("ClusterIssuer", "letsencrypt", "", spec={"acme": {"server": "https://a/d", "solvers": [solver]}})
    secrets = [
        thing("Secret", "token", data=encode({"api": "t1"})),
        thing("Secret", "other", data=encode({"api": "t2"})),
    ]
    manager = thing("Deployment", "cert-manager")
    manager["metadata"]["labels"] = dict(found.LABELS)
    held = cluster(issuer, *secrets, manager)
    assert found.tokens(held) == {"t1"}
    assert found.acme_servers(held) == ["https://a/d"]


def test_a_pair_fits_by_its_names_its_key_and_its_signer() -> None:
    one, other = (issuing.make(NAMES, common_name=NAMES[0], days=1, algorithm="ECDSA") for _ in range(2))
    good = Pair(certificate=one.certificate, key=one.key)
    assert fits(good, WILDCARD)
    assert found.signed_by(good, one.certificate.encode())
    assert not found.signed_by(good, other.certificate.encode())
    assert not fits(Pair(certificate=one.certificate, key=other.key), WILDCARD)
    assert not fits(None, WILDCARD)
    plain = issuing.make(NAMES[1:], common_name=NAMES[1], days=1, algorithm="ECDSA")
    assert not fits(Pair(certificate=plain.certificate, key=plain.key), WILDCARD)
