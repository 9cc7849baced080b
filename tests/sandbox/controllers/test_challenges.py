"""Challenges in a cluster in memory: what is in the way of a Certificate's names stands there, and goes with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.controllers.challenges import Challenges
from sandbox.controllers.dns01 import ChallengeError
from sandbox.plugins.accounts.account import Account
from tests.sandbox.controllers.world import SPACE, World, thing

ZONES = {"z1": {"name": "example.net"}, "z2": {"name": "example.org"}}
RIGHTS = ["Zone / Zone / Read", "Zone / DNS / Edit"]
SOLVER = {"dns01": {"cloudflare": {"apiTokenSecretRef": {"name": "token", "key": "api-token"}}}}
ISSUER: dict[str, Any] = {"kind": "ClusterIssuer", "spec": {"acme": {"solvers": [SOLVER]}}}
NAMES = ["*.example.net", "example.net"]


@pytest.fixture
def account(tmp_path: Path) -> Account:
    made = Account(tmp_path / "cloudflare.json")
    made.create({"faults": [], "tokens": {"good": RIGHTS}, "zones": ZONES, "objects": {}})
    return made


@pytest.fixture
def challenges(world: World, account: Account) -> Challenges:
    world.hub.on("v1", "Secret", lambda _event, _obj: None)
    world.secret("token", **{"api-token": "good"})
    return Challenges(client=world, hub=world.hub, cloudflare=account.path)


def certificate(world: World, name: str = "tls") -> Any:
    spec = {"issuerRef": {"kind": "ClusterIssuer", "name": "letsencrypt"}}
    return world.have(thing("Certificate", name, version="cert-manager.io/v1", spec=spec))


def reasons(world: World) -> list[str]:
    return [obj["status"]["reason"] for obj in world.list("", "Challenge", SPACE)]


def test_what_can_be_proven_leaves_nothing(world: World, challenges: Challenges) -> None:
    challenges.prove(certificate(world), NAMES, ISSUER, SPACE)
    assert reasons(world) == []


def test_the_obstacle_stands_in_a_challenge_of_the_certificate_until_it_is_gone(
    world: World, challenges: Challenges, account: Account
) -> None:
    own = certificate(world)
    with account.edit() as data:
        data["tokens"]["good"] = RIGHTS[:1]
    for _ in range(2):
        with pytest.raises(ChallengeError):
            challenges.prove(own, NAMES, ISSUER, SPACE)
    (challenge,) = world.list("", "Challenge", SPACE)
    assert (challenge["spec"]["dnsName"], challenge["spec"]["wildcard"]) == ("example.net", True)
    assert challenge["metadata"]["ownerReferences"][0]["uid"] == own["metadata"]["uid"]
    assert reasons(world)[0].endswith("10000: Authentication error")
    with account.edit() as data:
        data["tokens"]["good"] = RIGHTS
    challenges.prove(own, NAMES, ISSUER, SPACE)
    assert reasons(world) == []


def test_one_certificate_does_not_clear_what_is_in_the_way_of_another(world: World, challenges: Challenges) -> None:
    with pytest.raises(ChallengeError):
        challenges.prove(certificate(world, "other"), ["elsewhere.test"], ISSUER, SPACE)
    challenges.prove(certificate(world), NAMES, ISSUER, SPACE)
    assert len(reasons(world)) == 1


def test_the_account_fails_as_it_was_asked_to_for_the_very_record(
    world: World, challenges: Challenges, account: Account
) -> None:
    account.fail("create", "DnsRecord", "429 Too Many Requests", name="_acme-challenge.example.net", times=1)
    challenges.prove(certificate(world, "other"), ["*.example.org"], ISSUER, SPACE)
    with pytest.raises(ChallengeError, match="429"):
        challenges.prove(certificate(world), NAMES, ISSUER, SPACE)
    challenges.prove(certificate(world), NAMES, ISSUER, SPACE)


def test_a_failure_that_is_meant_for_the_program_is_left_to_it(
    world: World, challenges: Challenges, account: Account
) -> None:
    account.fail("create", "DnsRecord", "out of order")
    challenges.prove(certificate(world), NAMES, ISSUER, SPACE)
    assert len(account.read()["faults"]) == 1
