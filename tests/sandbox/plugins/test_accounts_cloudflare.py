from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Any

import pytest

from sandbox.plugins.interface import ProviderError
from sandbox.plugins.wire import Properties
from tests.support.accounts import ACCOUNT, OTHER_ZONE, ZONE, Driver, cloudflare, plain


@pytest.fixture
def cf(tmp_path: Path) -> Driver:
    return cloudflare(tmp_path)


def record(**more: Any) -> Properties:
    return {"zoneId": ZONE, "name": "a.example.org", "type": "A", "ttl": 1, "content": "192.0.2.1", **more}


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"zoneId": ZONE, "name": "a", "type": "A"}, "ttl: this property is required and missing"),
        (record(type="AAAAA"), 'type: "AAAAA" is not one of: A, AAAA, CNAME,'),
        (record(ttl=30), "ttl: 30 is not 1 (automatic) or between 60 and 86400 seconds"),
        (record(ttl="1"), "ttl: expected a number, was given a string"),
        (record(tag=["x"]), "tag: the sandbox does not know this property; it knows: comment, content, data,"),
        (record(privateRouting=True), "privateRouting: the sandbox does not know this property"),
        (record(settings={"ipv6": True}), "settings.ipv6: the sandbox does not know this property"),
        (
            record(zoneId="f" * 32),
            "your object identifier is invalid? (7003): the account's zones are example.net (3e9b",
        ),
        (record(name="a.example.com"), "DNS name is invalid (9000): expected a name inside the zone example.org"),
        (record(name="a.example.net"), "DNS name is invalid (9000): expected a name inside the zone example.org"),
        (record(name="a..example.org"), "DNS name is invalid (9000)"),
        (record(content="203.0.113.256"), "Content for A record must be a valid IPv4 address (9005)"),
        (record(content="2001:db8::1"), "Content for A record must be a valid IPv4 address (9005)"),
        (record(type="AAAA"), "Content for AAAA record must be a valid IPv6 address (9006)"),
        (record(type="CNAME", content="not a host"), "Content for CNAME record is invalid (9007)"),
        (record(content=""), "content is a required field (9101)"),
        (record(type="MX", content="mail.example.org"), "priority is a required field (9101) for MX records"),
        (record(type="CAA"), "data is a required field (9101)"),
        (record(proxied=True, ttl=300), "ttl was 300, but a proxied record's is 1 (automatic): set ttl to 1"),
        (record(type="TXT", proxied=True), "this record type cannot be proxied (9004): set proxied to false"),
    ],
)
def test_record_refusals(cf: Driver, inputs: Properties, message: str) -> None:
    with pytest.raises(ProviderError, match=re.escape(message)):
        cf.make("DnsRecord", **inputs)
    assert cf.provider.account.read()["objects"].get("DnsRecord", {}) == {}


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (record(), record(comment="other"), "An identical record already exists"),
        (record(), record(name="a"), "(81058): import that record, or delete it in the zone"),
        (record(), record(type="CNAME", content="b.example.org"), "An A, AAAA, or CNAME record with that host already"),
        (record(type="CNAME", content="b.example.org"), record(), "A CNAME record with that host already exists"),
        (
            record(type="CNAME", content="b.example.org"),
            record(type="CNAME", content="c.example.org"),
            "An A, AAAA, or CNAME record with that host already exists",
        ),
    ],
)
def test_records_that_exclude_each_other(cf: Driver, first: Properties, second: Properties, message: str) -> None:
    cf.make("DnsRecord", **first)
    with pytest.raises(ProviderError, match=re.escape(message)):
        cf.make("DnsRecord", **second)


def test_records_that_live_side_by_side(cf: Driver) -> None:
    cf.make("DnsRecord", **record())
    cf.make("DnsRecord", **record(content="192.0.2.2"))
    cf.make("DnsRecord", **record(type="AAAA", content="2001:db8::1"))
    cf.make("DnsRecord", **record(type="TXT", content="hello"))
    cf.make("DnsRecord", **record(name="@", type="CNAME", content="b.example.org", proxied=True))
    cf.make("DnsRecord", **record(name="*.example.org"))
    cf.make("DnsRecord", **record(zoneId=OTHER_ZONE, name="a.example.net"))
    cf.make(
        "DnsRecord", **record(type="CAA", content=None, data={"flags": 0, "tag": "issue", "value": "letsencrypt.org"})
    )


def test_a_record_s_life(cf: Driver) -> None:
    inputs = record(proxied=True, comment="made by a test", tags=["a:b"])
    own, outputs = cf.make("DnsRecord", **inputs)
    assert re.fullmatch("[0-9a-f]{32}", own)
    assert outputs["proxiable"] is True
    assert set(outputs) >= {"createdOn", "modifiedOn", "commentModifiedOn", "tagsModifiedOn", "meta", "settings"}
    assert "fqdn" not in outputs
    assert cf.diff("DnsRecord", outputs, **inputs) == []
    changed = cf.change("DnsRecord", own, outputs, **record(name="b.example.org"))
    assert (changed["name"], changed["proxied"], changed["createdOn"]) == ("b.example.org", False, outputs["createdOn"])
    assert "commentModifiedOn" not in changed
    live = cf.read("DnsRecord", f"{ZONE}/{own}")
    assert live is not None
    assert (live.id, live.inputs) == (own, record(name="b.example.org"))
    subject = cf.subject("DnsRecord", own=f"{ZONE}/{own}")
    assert cf.provider.read(subject, record(comment="noted"), {}) == live  # without outputs it is imported
    cf.remove("DnsRecord", own)
    assert cf.read("DnsRecord", own, **record()) is None
    with pytest.raises(ProviderError, match="is not there any more: run `pulumi refresh`"):
        cf.change("DnsRecord", own, changed, **record())


def test_what_makes_a_new_object(cf: Driver) -> None:
    _, outputs = cf.make("DnsRecord", **record())
    found = cf.diff("DnsRecord", outputs, **record(zoneId=OTHER_ZONE, name="b.example.org", type="AAAA"))
    assert {change.path: change.replace for change in found} == {"zoneId": True, "name": False, "type": True}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "provider argument apiToken: this property is required and missing"),
        ({"apiToken": "t", "email": "a@b"}, "provider argument email: the sandbox does not know this property"),
    ],
)
def test_provider_arguments(cf: Driver, arguments: Properties, message: str) -> None:
    assert cf.provider.check_config(arguments)[0].reason.startswith(message)


def test_a_bad_token(cf: Driver) -> None:
    own, _ = cf.make("DnsRecord", **record())
    cf.provider.configure({"apiToken": "guess"})
    for call in (
        lambda: cf.make("DnsRecord", **record(name="b")),
        lambda: cf.read("DnsRecord", own, **record()),
        lambda: cf.remove("DnsRecord", own),
        lambda: cf.look("getIpRanges"),
    ):
        with pytest.raises(ProviderError, match=r"Authentication error \(10000\)"):
            call()


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"settingId": "min_tls", "value": "1.3"}, "Undefined zone setting: min_tls (1007): known are 0rtt,"),
        (
            {"settingId": "ssl", "value": "very"},
            "Invalid value for zone setting ssl (1007): very is not one of: off, fle",
        ),
        ({"settingId": "always_use_https", "value": True}, "True is not one of: on, off"),
        ({"settingId": "ssl"}, "value: this property is required and missing"),
        ({"settingId": "ssl", "value": "full", "enabled": True}, "enabled: the sandbox does not know this property"),
        ({"settingId": "ssl", "value": "full", "zoneId": "f" * 32}, "(7003)"),
    ],
)
def test_zone_setting_refusals(cf: Driver, inputs: Properties, message: str) -> None:
    with pytest.raises(ProviderError, match=re.escape(message)):
        cf.make("ZoneSetting", **{"zoneId": ZONE, **inputs})


def test_a_zone_keeps_its_settings(cf: Driver) -> None:
    own, outputs = cf.make("ZoneSetting", zoneId=ZONE, settingId="min_tls_version", value="1.2")
    assert (own, outputs["editable"]) == (f"{ZONE}/min_tls_version", True)
    cf.change("ZoneSetting", own, outputs, zoneId=ZONE, settingId="min_tls_version", value="1.3")
    cf.remove("ZoneSetting", own)
    live = cf.read("ZoneSetting", own)
    assert live is not None
    assert live.outputs["value"] == "1.3"


def test_address_ranges(cf: Driver) -> None:
    ranges = cf.look("getIpRanges")
    assert {ipaddress.ip_network(cidr).version for cidr in ranges["ipv4Cidrs"]} == {4}
    assert {ipaddress.ip_network(cidr).version for cidr in ranges["ipv6Cidrs"]} == {6}
    assert (len(ranges["ipv4Cidrs"]), len(ranges["ipv6Cidrs"])) == (15, 7)
    with pytest.raises(ProviderError, match="knows no networks but Cloudflare's own"):
        cf.look("getIpRanges", networks="jdcloud")


def test_zones_are_looked_up_by_id_or_name(cf: Driver) -> None:
    by_id, by_name = cf.look("getZone", zoneId=ZONE), cf.look("getZone", filter={"name": "example.org"})
    assert plain(by_id)["name"] == by_name["name"] == "example.org"
    assert by_id["account"] == {"id": ACCOUNT, "name": "homelab"}
    with pytest.raises(ProviderError, match=r"0 zones match .*the account has: example.net, example.org"):
        cf.look("getZone", filter={"name": "example.com"})
    with pytest.raises(ProviderError, match="give exactly one of zoneId and filter"):
        cf.look("getZone")
