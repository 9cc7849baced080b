"""By what things are known: every type that the program makes in an account is."""

from __future__ import annotations

import pytest

from recovery import Thing
from recovery.authentik import _LISTS as AUTHENTIK
from recovery.cloudflare import _LISTS as CLOUDFLARE
from recovery.kinds import KINDS, NO_THINGS, OBJECT, kind_of, package
from sandbox.paths import REPOSITORY
from tests.recovery.conftest import resource

URNS = (REPOSITORY / "docs" / "urns.txt").read_text().splitlines()[1:]
TYPES = {line.split("::")[0].rpartition("$")[2] for line in URNS}
RECORD = "cloudflare:index/dnsRecord:DnsRecord"


def test_every_type_of_an_account_is_known() -> None:
    made = {kind for kind in TYPES if not kind.startswith(("homelab:", "kubernetes:", *NO_THINGS))}
    assert made == KINDS.keys()


def test_the_clients_of_the_accounts_list_every_type_of_theirs() -> None:
    by_account = {"cloudflare": CLOUDFLARE, "authentik": AUTHENTIK}
    for account, lists in by_account.items():
        assert lists.keys() == {kind.rpartition(":")[2] for kind in KINDS if kind.startswith(account)}


@pytest.mark.parametrize(
    ("name", "there", "same"),
    [
        ("a.example.org", "a.example.org", True),
        ("A.example.org", "a.example.org.", True),
        ("a.example.org", "b.example.org", False),
    ],
)
def test_names_are_compared_as_accounts_write_them(name: str, there: str, same: bool) -> None:
    record = resource(RECORD, "a", {"zoneId": "z", "name": name, "type": "A"})
    thing = Thing(id="1", properties={"zoneId": "z", "name": there, "type": "A"})
    assert KINDS[RECORD].matching(record, [thing]) == ([thing] if same else [])


def test_what_it_is_known_by_has_to_be_known() -> None:
    binding = "authentik:index/policyBinding:PolicyBinding"
    made_later = resource(binding, "b", {"target": "[unknown]", "group": "g", "order": 0})
    assert KINDS[binding].matching(made_later, [Thing(id="1", properties={"group": "g", "order": 0})]) == []


@pytest.mark.parametrize(
    ("kind", "inputs", "path"),
    [
        (RECORD, {"zoneId": "z"}, "z/1"),
        ("cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared", {"accountId": "a"}, "a/1"),
        ("cloudflare:index/zeroTrustAccessPolicy:ZeroTrustAccessPolicy", {"accountId": "a"}, "a/1"),
        (
            "cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication",
            {"accountId": "a"},
            "accounts/a/1",
        ),
        ("authentik:index/group:Group", {}, "1"),
    ],
)
def test_an_account_reads_it_for_the_first_time_by_the_path_of_an_import(
    kind: str, inputs: dict[str, str], path: str
) -> None:
    assert KINDS[kind].entered(resource(kind, "x", inputs), Thing(id="1")) == (path, {})


def test_what_is_in_the_state_alone_is_not_looked_up() -> None:
    component = {"type": "homelab:kit:App", "custom": False}
    provider = {"type": "pulumi:providers:cloudflare", "custom": True}
    assert [kind_of(each) for each in (component, provider)] == [None, None]
    deployment = resource("kubernetes:apps/v1:Deployment", "web", {})
    assert (kind_of(deployment), package(deployment)) == (OBJECT, "kubernetes")
