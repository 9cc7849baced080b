"""Accounts in trouble: what their providers' clients try again, and how they give up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.plugins.accounts.account import objects
from sandbox.plugins.accounts.faults import Trouble
from sandbox.plugins.interface import ProviderError
from tests.support.accounts import ACCOUNT, VAULT, ZONE, Driver, authentik, cloudflare, onepassword

RECORD: dict[str, Any] = {"zoneId": ZONE, "name": "a.example.org", "type": "A", "ttl": 1, "content": "192.0.2.1"}
ITEM: dict[str, Any] = {"vault": VAULT, "title": "key", "category": "password", "passwordRecipe": {"length": 20}}
GROUP: dict[str, Any] = {"name": "people"}
MAKE = {"DnsRecord": RECORD, "Item": ITEM, "Group": GROUP}
CLOUDFLARE_TRIES = 11


def held(driver: Driver, kind: str) -> int:
    return len(objects(driver.provider.account.read(), kind))


def left(driver: Driver) -> list[int]:
    return [fault["times"] for fault in driver.provider.account.read()["faults"]]


@pytest.mark.parametrize("trouble", [Trouble.LIMITED, Trouble.BROKEN, Trouble.SILENT])
def test_what_the_client_tries_again_is_not_seen(tmp_path: Path, trouble: Trouble) -> None:
    driver = cloudflare(tmp_path)
    driver.provider.account.fail("*", "DnsRecord", trouble, times=CLOUDFLARE_TRIES - 1)
    driver.make("DnsRecord", **RECORD)
    assert left(driver) == []
    assert held(driver, "DnsRecord") == 1


@pytest.mark.parametrize("trouble", Trouble)
@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize("operation", ["create", "read", "update", "delete"])
def test_every_call_fails_in_one_line_once_it_is_given_up(
    tmp_path: Path, operation: str, kind: str, trouble: Trouble
) -> None:
    driver = {"DnsRecord": cloudflare, "Item": onepassword, "Group": authentik}[kind](tmp_path)
    driver.provider.tries = 1  # type: ignore[misc] # how often it tries is shown above
    own, olds = ("", {}) if operation == "create" else driver.make(kind, **MAKE[kind])
    before = held(driver, kind)
    calls: dict[str, Callable[[], Any]] = {
        "create": lambda: driver.make(kind, **MAKE[kind]),
        "read": lambda: driver.read(kind, own, **MAKE[kind]),
        "update": lambda: driver.change(kind, own, olds, **MAKE[kind]),
        "delete": lambda: driver.remove(kind, own),
    }
    driver.provider.account.fail(operation, kind, trouble)
    with pytest.raises(ProviderError) as failed:
        calls[operation]()
    assert "\n" not in str(failed.value)
    assert (own.rpartition("/")[2] in str(failed.value)) or kind == "Group"
    done = {"create": 1, "delete": -1}.get(operation, 0) if trouble is Trouble.LOST else 0
    assert held(driver, kind) - before == done
    assert left(driver) == []


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (
            Trouble.LIMITED,
            f'POST "https://api.cloudflare.com/client/v4/zones/{ZONE}/dns_records": 429 Too Many Requests {{',
        ),
        (Trouble.BROKEN, "500 Internal Server Error"),
        (Trouble.SILENT, "connection reset by peer"),
    ],
)
def test_cloudflare_is_asked_eleven_times(tmp_path: Path, trouble: Trouble, said: str) -> None:
    driver = cloudflare(tmp_path)
    driver.provider.account.fail("create", "DnsRecord", trouble, times=CLOUDFLARE_TRIES + 1)
    with pytest.raises(ProviderError) as failed:
        driver.make("DnsRecord", **RECORD)
    assert said in str(failed.value)
    assert left(driver) == [1]


def test_what_cloudflare_made_although_the_answer_was_lost_is_met_by_the_next_try(tmp_path: Path) -> None:
    driver = cloudflare(tmp_path)
    driver.provider.account.fail("create", "DnsRecord", Trouble.LOST)
    with pytest.raises(ProviderError, match="An identical record already exists"):
        driver.make("DnsRecord", **RECORD)
    assert held(driver, "DnsRecord") == 1


def test_cloudflare_itself_makes_two_of_what_has_no_name_of_its_own(tmp_path: Path) -> None:
    """A client that tries a creation again asks for a second policy, and Cloudflare makes it: the first is nobody's."""
    driver = cloudflare(tmp_path)
    driver.provider.account.fail("create", "ZeroTrustAccessPolicy", Trouble.LOST)
    driver.make("ZeroTrustAccessPolicy", accountId=ACCOUNT, name="p", decision="allow", includes=[{"everyone": {}}])
    assert held(driver, "ZeroTrustAccessPolicy") == 2


@pytest.mark.parametrize("operation", ["update", "delete"])
def test_a_lost_answer_of_cloudflares_is_no_loss_where_the_call_may_be_made_twice(
    tmp_path: Path, operation: str
) -> None:
    driver = cloudflare(tmp_path)
    own, olds = driver.make("DnsRecord", **RECORD)
    driver.provider.account.fail(operation, "DnsRecord", Trouble.LOST)
    if operation == "update":
        assert driver.change("DnsRecord", own, olds, **{**RECORD, "comment": "new"})["comment"] == "new"
    else:
        with pytest.raises(ProviderError, match="404 Not Found"):
            driver.remove("DnsRecord", own)
    assert left(driver) == []


@pytest.mark.parametrize("by_connect", [False, True])
def test_1password_and_authentik_are_asked_once(tmp_path: Path, *, by_connect: bool) -> None:
    vault, server = onepassword(tmp_path / "a", by_connect=by_connect), authentik(tmp_path / "b")
    vault.provider.account.fail("create", "Item", Trouble.LIMITED, times=2)
    server.provider.account.fail("create", "Group", Trouble.LIMITED, times=2)
    with pytest.raises(ProviderError, match=r"429.* Too Many Requests"):
        vault.make("Item", **ITEM)
    with pytest.raises(
        ProviderError, match=r"HTTP Error '429 Too Many Requests' during request 'POST /api/v3/core/groups/'"
    ):
        server.make("Group", **GROUP)
    assert left(vault) == left(server) == [1]


def test_a_second_item_of_one_title_is_made_where_the_first_answer_was_lost(tmp_path: Path) -> None:
    driver = onepassword(tmp_path)
    driver.provider.account.fail("create", "Item", Trouble.LOST)
    with pytest.raises(ProviderError, match="got error op error: EOF"):
        driver.make("Item", **ITEM)
    driver.make("Item", **ITEM)
    assert held(driver, "Item") == 2


def test_a_silent_server_of_authentiks_is_given_up(tmp_path: Path) -> None:
    driver = authentik(tmp_path)
    before = held(driver, "Group")
    driver.provider.account.fail("create", "Group", Trouble.SILENT)
    with pytest.raises(ProviderError, match=r"/api/v3/core/groups/.*context deadline exceeded' without http response"):
        driver.make("Group", **GROUP)
    assert held(driver, "Group") == before


@pytest.mark.parametrize(
    ("make", "lookup", "args", "said"),
    [
        (cloudflare, "getIpRanges", {}, "client/v4/ips"),
        (cloudflare, "getZone", {"zoneId": ZONE}, f"client/v4/zones/{ZONE}"),
        (authentik, "getFlow", {"slug": "default-source-enrollment"}, "/api/v3/flows/instances/"),
        (onepassword, "getVault", {"uuid": VAULT}, "Unable to read vault, got error: op error: (429)"),
    ],
)
def test_a_look_up_is_given_up_in_one_line(
    tmp_path: Path, make: Callable[[Path], Driver], lookup: str, args: dict[str, Any], said: str
) -> None:
    driver = make(tmp_path)
    driver.provider.account.fail("invoke", lookup, Trouble.LIMITED, times=driver.provider.tries)
    with pytest.raises(ProviderError) as failed:
        driver.look(lookup, **args)
    assert said in str(failed.value)
    assert "\n" not in str(failed.value)


def test_the_client_waits_as_long_as_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = cloudflare(tmp_path)
    waited: list[float] = []
    monkeypatch.setattr("sandbox.plugins.accounts.provider.time.sleep", waited.append)
    driver.provider.account.fail("create", "DnsRecord", Trouble.LIMITED, times=2, wait=0.5)
    driver.make("DnsRecord", **RECORD)
    assert waited == [0.5, 0.5]
