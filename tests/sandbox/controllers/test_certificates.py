from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.controllers import issuers, issuing
from sandbox.controllers.certmanager import VERSION, CertManager
from sandbox.controllers.controller import Environment
from sandbox.controllers.dns01 import ChallengeError, check_cloudflare, solver_for
from sandbox.controllers.durations import parse_duration
from sandbox.controllers.log import Log
from sandbox.paths import Sandbox
from tests.sandbox.controllers.world import SPACE, World, thing

ACCOUNT = {"tokens": ["good"], "zones": {"z1": {"name": "example.net"}}}


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("2160h", timedelta(days=90)),
        ("1h30m", timedelta(minutes=90)),
        ("90s", timedelta(seconds=90)),
        ("1.5h", timedelta(minutes=90)),
    ],
)
def test_durations_are_read_as_go_writes_them(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize("text", ["", "90", "1d", "1h 30m", "h"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="no duration"):
        parse_duration(text)


@pytest.mark.parametrize(("algorithm", "size", "shown"), [("RSA", 2048, "rsaEncryption"), ("ECDSA", 384, "secp384r1")])
def test_key_pairs_are_real_and_carry_every_name(algorithm: str, size: int, shown: str) -> None:
    names = ["*.example.net", "example.net"]
    pair = issuing.make(names, common_name=names[0], days=90, algorithm=algorithm, size=size)
    text = subprocess.run(
        ["openssl", "x509", "-noout", "-text"], input=pair.certificate, capture_output=True, text=True, check=True
    ).stdout
    assert "DNS:*.example.net, DNS:example.net" in text
    assert shown in text
    assert pair.key.startswith("-----BEGIN PRIVATE KEY-----")
    assert pair.not_after - pair.not_before == timedelta(days=90)
    assert abs(pair.not_before - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_client_has_a_common_name_only() -> None:
    pair = issuing.make([], common_name="client", days=1, algorithm="ECDSA")
    text = subprocess.run(
        ["openssl", "x509", "-noout", "-text"], input=pair.certificate, capture_output=True, text=True, check=True
    ).stdout
    assert "CN = client" in text
    assert "DNS:" not in text


def test_an_accounts_key_is_of_the_only_kind_that_cert_manager_takes_for_it() -> None:
    text = subprocess.run(
        ["openssl", "pkey", "-noout", "-text"], input=issuing.private_key(), capture_output=True, text=True, check=True
    ).stdout
    assert "2048 bit" in text


def test_openssls_dates_are_read() -> None:
    assert issuing.parse_date("notAfter=Feb  1 12:00:05 2027 GMT\n") == datetime(2027, 2, 1, 12, 0, 5, tzinfo=UTC)


def test_the_most_specific_solver_takes_a_name() -> None:
    plain = {"dns01": {"cloudflare": {"email": "plain"}}}
    zone = {"selector": {"dnsZones": ["example.net"]}, "dns01": {"z": 1}}
    longer = {"selector": {"dnsZones": ["sub.example.net"]}, "dns01": {"x": 1}}
    exact = {"selector": {"dnsNames": ["www.example.net"]}, "dns01": {"y": 1}}
    http: dict[str, Any] = {"http01": {}}
    solvers: list[Any] = [http, plain, zone, longer, exact]
    assert solver_for("www.example.net", solvers) is exact
    assert solver_for("a.sub.example.net", solvers) is longer
    assert solver_for("*.example.net", solvers) is zone
    assert solver_for("example.org", solvers) is http
    assert solver_for("*.example.org", solvers) is plain
    with pytest.raises(ChallengeError, match=r"no configured challenge solvers can be used for example\.org"):
        solver_for("example.org", [zone])


def test_cloudflare_has_to_take_the_token_and_hold_the_zone() -> None:
    check_cloudflare("*.example.net", "good", ACCOUNT)
    check_cloudflare("example.net", "good", ACCOUNT)
    with pytest.raises(ChallengeError, match="9109: Invalid access token"):
        check_cloudflare("example.net", "bad", ACCOUNT)
    with pytest.raises(ChallengeError, match=r"Found no Zones for domain _acme-challenge\.badexample\.net"):
        check_cloudflare("badexample.net", "good", ACCOUNT)


@pytest.mark.parametrize(
    ("rights", "reason"),
    [
        ([], "Found no Zones for domain"),
        (["Zone / Zone / Read"], 'GET "/zones/z1/dns_records'),
        (["Zone / Zone / Read", "Zone / DNS / Read"], 'POST "/zones/z1/dns_records'),
    ],
)
def test_a_token_without_the_right_fails_where_it_is_needed_first(rights: list[str], reason: str) -> None:
    with pytest.raises(ChallengeError, match=reason):
        check_cloudflare("*.example.net", "good", {**ACCOUNT, "tokens": {"good": rights}})


def acme(**changes: Any) -> dict[str, Any]:
    given = {"server": "https://acme.example.net/directory", "email": "me@harvestasya.org"}
    return {"acme": {**given, "privateKeySecretRef": {"name": "k"}, **changes}}


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (acme(), "ACMEAccountRegistered"),
        (acme(server="http://acme.example.net"), "ErrRegisterACMEAccount"),
        (acme(email="me@example.com"), "ErrRegisterACMEAccount"),
        ({"selfSigned": {}}, "IsReady"),
        ({"ca": {"secretName": "ca"}}, "KeyPairVerified"),
        ({"ca": {"secretName": "nope"}}, "ErrGetKeyPair"),
        ({"vault": {}}, "NotKnown"),
    ],
)
def test_issuers_are_judged(spec: dict[str, Any], reason: str) -> None:
    secrets = {"ca": {"data": {"tls.crt": "x", "tls.key": "y"}}}
    verdict = issuers.judge(spec, secrets)
    assert verdict.reason == reason
    assert verdict.ready is (reason in ("ACMEAccountRegistered", "IsReady", "KeyPairVerified"))
    assert verdict.condition(3)["observedGeneration"] == 3


def test_a_certificate_is_issued_once_although_its_own_event_comes_late(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    controller = CertManager(Environment(client=world, hub=world.hub, log=Log()), Sandbox(root=tmp_path))
    controller.setup()
    deployment = thing("Deployment", "cert-manager", version="apps/v1", status={"readyReplicas": 1})
    labels = {"app.kubernetes.io/name": "cert-manager", "app.kubernetes.io/component": "controller"}
    world.have({**deployment, "metadata": {**deployment["metadata"], "labels": labels}})
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    world.have(thing("Issuer", "own", version=VERSION, spec={"selfSigned": {}}, status=ready))
    spec = {"secretName": "tls", "commonName": "echo", "issuerRef": {"name": "own"}}
    world.have(thing("Certificate", "echo", version=VERSION, spec=spec))
    monkeypatch.setattr(world.hub, "_event", lambda *_event: None)
    key = f"Certificate/{SPACE}/echo"
    controller.reconcile(key)
    first = world.the("Secret", "tls")["data"]
    controller.reconcile(key)
    assert world.the("Secret", "tls")["data"] == first
    assert world.the("Certificate", "echo")["status"]["revision"] == 1
