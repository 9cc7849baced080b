"""Whose the DNS record of a host is, and what follows when that changes."""

from __future__ import annotations

import pytest

from components.edge.ways_in import RecordOwner, owners
from components.kit import Access, AccessIngress, Exposure, Internal, Public, TraefikRoute, TunnelIngress
from components.outputs import Outputs
from components.vocabulary import ADMINS
from tests.support.parts import site, ways_in
from tests.support.recorder import Recording, Registered, record

HOST = "music.example.org"
PUBLIC = Public(reason="it shows nothing")
PROGRAM, CONTROLLER = RecordOwner.PROGRAM, RecordOwner.CONTROLLER


@pytest.mark.parametrize(
    ("exposure", "with_address", "without"),
    [
        (TraefikRoute(host=HOST, sign_in=PUBLIC), {HOST: PROGRAM}, {HOST: CONTROLLER}),
        (TraefikRoute(host=HOST, sign_in=PUBLIC, path="/files"), {}, {}),
        (TunnelIngress(host=HOST, sign_in=PUBLIC), {HOST: CONTROLLER}, {HOST: CONTROLLER}),
        (AccessIngress(host=HOST, sign_in=Access(group=ADMINS), tunnel_id="id"), {HOST: PROGRAM}, {HOST: PROGRAM}),
        (Internal(), {}, {}),
    ],
)
def test_whose_a_record_is_follows_from_the_exposure_and_the_public_address(
    exposure: Exposure, with_address: dict[str, RecordOwner], without: dict[str, RecordOwner]
) -> None:
    assert owners(exposure, site()) == with_address
    assert owners(exposure, site(public_address=None)) == without


def stashes(owner: RecordOwner) -> dict[RecordOwner, Registered]:
    recording = record(lambda: ways_in({HOST: owner}))
    return {each: recording.one(":Stash", f"{HOST}-{each}") for each in RecordOwner}


@pytest.mark.parametrize("each", RecordOwner)
def test_what_is_put_down_of_a_host_is_replaced_when_its_owner_changes(each: RecordOwner) -> None:
    before, after = stashes(PROGRAM)[each], stashes(CONTROLLER)[each]
    assert before.urn == after.urn
    assert before.replacement_trigger == before.inputs["input"] == PROGRAM
    assert after.replacement_trigger == after.inputs["input"] == CONTROLLER


@pytest.mark.parametrize("owner", RecordOwner)
def test_only_what_hangs_on_the_one_that_gives_the_host_up_is_deleted_first(owner: RecordOwner) -> None:
    first = {each for each, item in stashes(owner).items() if item.delete_before_replace}
    assert first == set(RecordOwner) - {owner}


def test_a_host_has_one_owner() -> None:
    def twice() -> None:
        ways = ways_in({HOST: PROGRAM})
        ways.settle("again", [(HOST, PROGRAM)])
        ways.settle("other", [(HOST, CONTROLLER)])

    with pytest.raises(ValueError, match=f"{HOST}: expected one owner of its DNS record, got program and controller"):
        record(twice)


def bringers(recording: Recording[Outputs]) -> list[Registered]:
    """Whatever brings a DNS record about."""
    return [item for item in recording.resources if item.type.endswith((":DnsRecord", ":Ingress"))]


@pytest.mark.parametrize("home", ["extended", "other_home"])
def test_every_record_and_every_ingress_hangs_on_its_own_hosts_owner(home: str, request: pytest.FixtureRequest) -> None:
    recording: Recording[Outputs] = request.getfixturevalue(home)
    assert bringers(recording)
    for item in bringers(recording):
        record_of_ours = item.type.endswith(":DnsRecord")
        host = item.inputs["name"] if record_of_ours else item.spec["rules"][0]["host"]
        owner = PROGRAM if record_of_ours else CONTROLLER
        assert item.replace_with == {recording.one(":Stash", f"{host}-{owner}").urn}, item.urn


@pytest.mark.parametrize("home", ["extended", "other_home"])
def test_nothing_protected_is_replaced_with_a_host(home: str, request: pytest.FixtureRequest) -> None:
    recording: Recording[Outputs] = request.getfixturevalue(home)
    hanging = [item for item in recording.resources if item.replace_with]
    assert {item.urn for item in hanging} == {item.urn for item in bringers(recording)}
    assert not any(item.protect or item.retain_on_delete for item in hanging)


@pytest.mark.parametrize("home", ["extended", "other_home"])
def test_an_ingress_comes_after_all_hosts_that_may_have_been_its_own(home: str, request: pytest.FixtureRequest) -> None:
    """One of another application by its host's, and Authentik's, which comes early, by those of Access."""
    recording: Recording[Outputs] = request.getfixturevalue(home)
    known = {item.urn for item in recording.of(":Stash")}
    access = {item.name.rpartition("-")[0] for item in recording.of(":Stash")} & {
        item.name for item in recording.of(":DnsRecord") if item.inputs["type"] == "CNAME"
    }
    early = {recording.one(":Stash", f"{host}-{each}").urn for host in access for each in RecordOwner}
    assert early
    for item in recording.of(":Ingress"):
        before = recording.before(item) & known
        assert before == known or (item.name == "authentik-to-traefik" and before >= early), item.urn
