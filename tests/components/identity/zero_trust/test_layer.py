"""Zero trust as a whole: the hosts behind Cloudflare Access and the tunnel that leads to them."""

from __future__ import annotations

from typing import Any

import pytest

from components.identity import ZeroTrust, ZeroTrustArgs
from components.kit import Access, AccessIngress, Foundation
from components.settings import AccessHost, Cloudflare
from components.vocabulary import ADMINS, USERS
from tests.support.parts import base, shared, waits_for
from tests.support.recorder import Recording, Secret, record

SSH = "ssh.harvestasya.org"
OTHER_SSH = "ssh.suzutan.jp"
PAGE = "nas.harvestasya.org"
HOSTS = {
    SSH: AccessHost(target="ssh://192.168.1.11:22"),
    OTHER_SSH: AccessHost(target="ssh://192.168.1.12:22"),
    PAGE: AccessHost(target="https://nas.lan", group=USERS, session="1h"),
}
ZONES = {"harvestasya.org": "zone-1", "suzutan.jp": "zone-2"}


def zero_trust(*names: str) -> Recording[Foundation]:
    def program() -> Foundation:
        found = base(zones=ZONES)
        args = ZeroTrustArgs(
            base=found,
            shared=shared(),
            cloudflare=Cloudflare(account_id="0" * 32, team="homelab"),
            hosts={name: HOSTS[name] for name in names},
        )
        ZeroTrust("zero-trust", args)
        return found

    return record(program)


@pytest.fixture(scope="module")
def recording() -> Recording[Foundation]:
    return zero_trust(*HOSTS)


def test_without_hosts_there_is_nothing_of_it() -> None:
    recording = zero_trust()
    layer = recording.one(":ZeroTrust", "zero-trust")
    assert [item.name for item in recording.resources if item.parent == layer.urn] == []
    assert recording.result.contributions.catalog.close() == ()
    assert recording.result.contributions.secrets.close() == ()
    assert layer.urn in recording.finished


@pytest.mark.parametrize("host", HOSTS)
def test_each_host_has_an_application_of_its_kind_its_group_and_its_session(
    recording: Recording[Any], host: str
) -> None:
    made = recording.one(":ZeroTrustAccessApplication", host).inputs
    assert (made["domain"], made["name"]) == (host, host)
    assert made["type"] == ("ssh" if HOSTS[host].target.startswith("ssh://") else "self_hosted")
    assert made["sessionDuration"] == HOSTS[host].session
    assert made["policies"] == [{"id": f"zero-trust-{HOSTS[host].group}-id", "precedence": 1}]


def test_there_is_a_policy_for_each_group_that_is_wanted_and_for_no_other() -> None:
    for hosts, groups in (((SSH,), {ADMINS}), ((SSH, OTHER_SSH), {ADMINS}), ((SSH, PAGE), {ADMINS, USERS})):
        recording = zero_trust(*hosts)
        assert {item.inputs["name"] for item in recording.of(":ZeroTrustAccessPolicy")} == groups
        allowed = {item.inputs["group"] for item in recording.of(":PolicyBinding")}
        assert allowed == {f"{group}-id" for group in groups}


def test_cloudflares_redirect_is_the_one_that_authentik_accepts(recording: Recording[Any]) -> None:
    (redirect,) = recording.one(":ProviderOauth2", "cloudflare-access").inputs["allowedRedirectUris"]
    assert redirect["url"] == "https://homelab.cloudflareaccess.com/cdn-cgi/access/callback"


def test_cloudflare_has_the_credentials_and_the_addresses_of_that_client(recording: Recording[Any]) -> None:
    config = recording.one(":ZeroTrustAccessIdentityProvider", "zero-trust").inputs["config"]
    assert isinstance(config, Secret)
    client = recording.one(":ProviderOauth2", "cloudflare-access").inputs
    assert Secret(config.value["clientId"]) == client["clientId"]
    assert Secret(config.value["clientSecret"]) == client["clientSecret"]
    assert config.value["certsUrl"] == "https://auth.example.org/application/o/cloudflare-access/jwks/"


def test_two_hosts_of_one_first_label_in_two_zones_go_to_their_own_targets(recording: Recording[Any]) -> None:
    rules = recording.one(":ZeroTrustTunnelCloudflaredConfig", "access-tunnel").inputs["config"]["ingresses"]
    targets = {rule["hostname"]: rule["service"] for rule in rules if "hostname" in rule}
    assert targets == {host: access.target for host, access in HOSTS.items()}
    policies = {item.name for item in recording.of(":NetworkPolicy")}
    assert {f"access-tunnel-to-{host}-egress" for host in (SSH, OTHER_SSH)} <= policies


def test_each_host_is_handed_in_for_its_record(recording: Recording[Foundation]) -> None:
    found = {entry.name: entry for entry in recording.result.contributions.catalog.close()}
    assert set(found) == set(HOSTS)
    for host, entry in found.items():
        assert isinstance(entry.exposure, AccessIngress)
        assert (entry.exposure.host, entry.exposure.sign_in) == (host, Access(group=HOSTS[host].group))
        assert (entry.title, entry.endpoint, entry.namespace.name) == (host, None, "access-tunnel")


def test_the_tunnels_token_is_handed_in_for_the_outputs(recording: Recording[Foundation]) -> None:
    assert [secret.name for secret in recording.result.contributions.secrets.close()] == ["secret-access-tunnel"]


@pytest.mark.parametrize(("before", "after"), [((SSH,), (OTHER_SSH, SSH)), ((SSH,), (SSH, OTHER_SSH))])
def test_a_host_that_is_added_changes_nothing_of_another_one_but_the_rules_they_share(
    before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    old, new = zero_trust(*before), zero_trust(*after)
    now = {item.urn: item.inputs for item in new.resources}
    changed = {item.urn for item in old.resources if now.get(item.urn) != item.inputs}
    assert changed == {old.one(":ZeroTrustTunnelCloudflaredConfig", "access-tunnel").urn}


def test_the_order_of_the_hosts_changes_nothing() -> None:
    first, second = zero_trust(SSH, PAGE), zero_trust(PAGE, SSH)
    assert {item.urn: item.inputs for item in first.resources} == {item.urn: item.inputs for item in second.resources}


def test_the_rules_come_after_the_applications_whose_tokens_they_ask_for(recording: Recording[Any]) -> None:
    config = recording.one(":ZeroTrustTunnelCloudflaredConfig", "access-tunnel")
    for host in HOSTS:
        assert waits_for(recording, config, ":ZeroTrustAccessApplication", host)
