"""What a token of Cloudflare may do, and that each of the program's is given what its user needs, and no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.settings import TOKEN_PERMISSIONS
from sandbox.plugins.accounts.cloudflare import tokens
from sandbox.plugins.interface import ProviderError
from sandbox.plugins.wire import Properties
from tests.support.accounts import ACCOUNT, PERMISSIONS, ZONE, Driver, cloudflare

RECORD: Properties = {"zoneId": ZONE, "name": "a.example.org", "type": "A", "content": "192.0.2.1", "ttl": 1}


def allowed(tmp_path: Path, *permissions: str) -> Driver:
    driver = cloudflare(tmp_path)
    with driver.provider.account.edit() as data:
        data["tokens"] = {"cf": list(permissions)}
    return driver


def uses(driver: Driver) -> list[tuple[str, str]]:
    """Each type and look-up with the permission that it needs."""
    kinds = [(kind.schema.short, f"{kind.permission} / {tokens.EDIT}") for kind in driver.provider.kinds]
    lookups = [(lookup.short, lookup.permission) for lookup in driver.provider.lookups if lookup.permission]
    return kinds + lookups


def test_everything_but_the_published_addresses_needs_a_permission(tmp_path: Path) -> None:
    driver = cloudflare(tmp_path)
    assert {needed for _, needed in uses(driver)} <= set(PERMISSIONS) | {f"{tokens.ZONE} / {tokens.READ}"}
    assert {lookup.short for lookup in driver.provider.lookups if not lookup.permission} == {"getIpRanges"}


@pytest.mark.parametrize("lacking", PERMISSIONS)
def test_a_token_without_the_permission_is_refused(tmp_path: Path, lacking: str) -> None:
    driver = allowed(tmp_path, *(permission for permission in PERMISSIONS if permission != lacking))
    for kind in driver.provider.kinds:
        if f"{kind.permission} / {tokens.EDIT}" == lacking:
            for operation in ("create", "update", "delete"):
                with pytest.raises(ProviderError, match=r"Authentication error \(10000\)"):
                    driver.provider.authorise(driver.provider.account.read(), kind, operation)
        else:
            driver.provider.authorise(driver.provider.account.read(), kind, "create")


def test_reading_needs_less_than_writing(tmp_path: Path) -> None:
    driver = cloudflare(tmp_path)
    own, _ = driver.make("DnsRecord", **RECORD)
    with driver.provider.account.edit() as data:
        data["tokens"] = {"cf": [f"{tokens.DNS} / {tokens.READ}"]}
    assert driver.read("DnsRecord", own, **RECORD) is not None
    with pytest.raises(ProviderError, match="lacks the permission Zone / DNS / Edit"):
        driver.remove("DnsRecord", own)


def test_the_program_s_own_token_may_do_what_the_program_does(tmp_path: Path) -> None:
    driver = allowed(tmp_path, *TOKEN_PERMISSIONS["cloudflareApiToken"])
    driver.make("DnsRecord", **RECORD)
    tunnel, _ = driver.make("ZeroTrustTunnelCloudflared", accountId=ACCOUNT, name="t", configSrc="cloudflare")
    driver.look("getZeroTrustTunnelCloudflaredToken", accountId=ACCOUNT, tunnelId=tunnel)
    driver.make("ZeroTrustAccessIdentityProvider", accountId=ACCOUNT, name="pin", type="onetimepin", config={})
    driver.make("ZeroTrustAccessPolicy", accountId=ACCOUNT, name="all", decision="allow", includes=[{"everyone": {}}])
    driver.look("getIpRanges")
    with pytest.raises(ProviderError, match="lacks the permission Zone / Zone Settings / Edit"):
        driver.make("ZoneSetting", zoneId=ZONE, settingId="ssl", value="full")
