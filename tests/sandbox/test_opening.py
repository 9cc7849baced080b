"""What is added to the stack file of a sandbox that exists already reaches its accounts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.errors import SandboxError
from sandbox.opening import open_accounts
from sandbox.paths import Sandbox
from sandbox.plugins.accounts.account import NAMES, Account, Data

ACCOUNT = {"accountId": "a-1", "team": "t"}
VALUES: dict[str, Any] = {"zones": {"a.org": {"id": "1"}}, "cloudflare": ACCOUNT, "onepassword": {"vault": "v-1"}}
MADE = {"cloudflareApiToken": "c", "onepasswordServiceAccountToken": "s", "onepasswordConnectToken": "o"}


def content(root: Path, name: str) -> Data:
    return Account(Sandbox(root=root).account(name)).read()


def test_a_zone_an_account_a_vault_and_a_token_that_were_added_are_taken_up_beside_what_is_there(
    tmp_path: Path,
) -> None:
    open_accounts(tmp_path, VALUES, MADE)
    with Account(Sandbox(root=tmp_path).account("cloudflare")).edit() as data:
        data["zones"]["1"]["settings"]["ssl"] = "strict"
        data["objects"]["DnsRecord"] = {"r": {"name": "x"}}
    more = {
        "zones": {"a.org": {"id": "1"}, "b.org": {"id": "2"}},
        "cloudflare": {"accountId": "a-2"},
        "onepassword": {"vault": "v-2"},
    }
    open_accounts(tmp_path, more, {"cloudflareDnsToken": "d"})
    cloudflare, vault = content(tmp_path, "cloudflare"), content(tmp_path, "onepassword")
    assert {key: (zone["name"], zone["account"]) for key, zone in cloudflare["zones"].items()} == {
        "1": ("a.org", "a-1"),
        "2": ("b.org", "a-2"),
    }
    assert cloudflare["zones"]["1"]["settings"] == {"ssl": "strict"}
    assert cloudflare["objects"] == {"DnsRecord": {"r": {"name": "x"}}}
    assert set(cloudflare["accounts"]) == {"a-1", "a-2"}
    assert set(cloudflare["tokens"]) == {"c", "d"}
    assert all(cloudflare["tokens"].values())
    assert set(vault["vaults"]) == {"v-1", "v-2"}
    assert vault["tokens"] == {"service_account": ["s"], "connect": ["o"]}


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    open_accounts(tmp_path, VALUES, MADE)
    before = {name: content(tmp_path, name) for name in NAMES}
    open_accounts(tmp_path, VALUES, {})
    assert {name: content(tmp_path, name) for name in NAMES} == before


def test_only_a_server_that_runs_is_told_of_another_token(tmp_path: Path) -> None:
    open_accounts(tmp_path, VALUES, {"authentikToken": "first"})
    assert content(tmp_path, "authentik")["tokens"] == []
    with Account(Sandbox(root=tmp_path).account("authentik")).edit() as data:
        data["started"], data["tokens"] = True, ["first"]
    open_accounts(tmp_path, VALUES, {"authentikToken": "second"})
    assert content(tmp_path, "authentik")["tokens"] == ["first", "second"]


@pytest.mark.parametrize(
    "odd", [None, "text", 5, [], ["x"], {"a.org": None}, {"a.org": {"id": 5}}, {"accountId": None}]
)
def test_what_the_file_has_wrongly_is_left_to_the_program_to_say(tmp_path: Path, odd: Any) -> None:
    open_accounts(tmp_path, {"zones": odd, "cloudflare": odd, "onepassword": odd}, {})
    open_accounts(tmp_path, {}, {})
    cloudflare = content(tmp_path, "cloudflare")
    assert (cloudflare["zones"], cloudflare["accounts"], content(tmp_path, "onepassword")["vaults"]) == ({}, {}, {})


@pytest.mark.parametrize("name", ["cloudflare", "onepassword"])
@pytest.mark.parametrize("damage", ["", "{", "[]", "{}", '{"tokens": 5}', '{"tokens": [], "accounts": []}', "\x00"])
def test_a_damaged_account_is_one_line(tmp_path: Path, name: str, damage: str) -> None:
    open_accounts(tmp_path, VALUES, MADE)
    file = Sandbox(root=tmp_path).account(name)
    file.write_text(damage)
    with pytest.raises(SandboxError, match=f"^account file {file}") as refused:
        open_accounts(tmp_path, VALUES, {"cloudflareDnsToken": "d"})
    assert "\n" not in str(refused.value)
    assert file.read_text() == damage
