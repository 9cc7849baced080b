"""Zones, their settings, and the addresses that Cloudflare calls from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.plugins.accounts.account import Data
from sandbox.plugins.accounts.cloudflare import places, tokens
from sandbox.plugins.accounts.kind import Kind, Lookup, now
from sandbox.plugins.accounts.schema import Schema, anything, flag, group, text
from sandbox.plugins.accounts.shaping import completed
from sandbox.plugins.interface import ProviderError
from sandbox.plugins.wire import Properties

ON_OFF: Final = ("on", "off")
SWITCHES: Final = (
    "0rtt", "always_online", "always_use_https", "automatic_https_rewrites", "brotli", "browser_check",
    "early_hints", "email_obfuscation", "hotlink_protection", "http2", "http3", "ip_geolocation", "ipv6",
    "opportunistic_encryption", "opportunistic_onion", "rocket_loader", "server_side_exclude",
    "tls_client_auth", "websockets",
)  # fmt: skip
SETTINGS: Final[Mapping[str, tuple[Any, ...]]] = {
    **dict.fromkeys(SWITCHES, ON_OFF),
    "cache_level": ("aggressive", "basic", "simplified"),
    "min_tls_version": ("1.0", "1.1", "1.2", "1.3"),
    "security_level": ("off", "essentially_off", "low", "medium", "high", "under_attack"),
    "ssl": ("off", "flexible", "full", "strict", "origin_pull"),
    "tls_1_3": ("on", "off", "zrt"),
}
"""Settings that the sandbox knows, with the values that they take."""


class ZoneSetting(Kind):
    """A setting of a zone: it exists before the program and after it, so deleting it does nothing."""

    permission = tokens.ZONE_SETTINGS

    schema = Schema(
        token="cloudflare:index/zoneSetting:ZoneSetting",  # noqa: S106 a type token
        inputs={
            "zoneId": text(required=True, replace=True),
            "settingId": text(required=True, replace=True),
            "value": anything(required=True),
        },
        outputs={"editable": flag(), "modifiedOn": text(volatile=True)},
    )

    def admit(self, data: Data, given: Properties, own: str) -> None:
        """Refuse unknown settings and values."""
        del own
        places.zone(data, given["zoneId"], "settings")
        setting, value = given["settingId"], given["value"]
        if setting not in SETTINGS:
            raise ProviderError(f"Undefined zone setting: {setting} (1007): known are {', '.join(sorted(SETTINGS))}")
        if value not in SETTINGS[setting]:
            allowed = ", ".join(SETTINGS[setting])
            raise ProviderError(f"Invalid value for zone setting {setting} (1007): {value} is not one of: {allowed}")

    def new_id(self, data: Data, given: Properties) -> str:
        """As it is imported."""
        del data
        return f"{given['zoneId']}/{given['settingId']}"

    def find(self, data: Data, own: str) -> Data | None:
        """The setting, if it was ever changed."""
        zone, _, setting = own.partition("/")
        held: Data | None = data.get("zones", {}).get(zone, {}).get("settings", {}).get(setting)
        return held

    def create(self, data: Data, given: Properties) -> tuple[str, Data]:
        """Change the setting."""
        self.admit(data, given, "")
        live = {**completed(self.schema.whole, given), "editable": True, "modifiedOn": now()}
        data["zones"][given["zoneId"]].setdefault("settings", {})[given["settingId"]] = live
        return self.new_id(data, given), live

    def update(self, data: Data, own: str, given: Properties) -> Data:
        """Change the setting again."""
        del own
        return self.create(data, given)[1]

    def delete(self, data: Data, own: str, live: Data) -> None:
        """A zone always has its settings, so it keeps this one too."""


def _zone(data: Data, args: Properties) -> Data:
    own, wanted = args.get("zoneId"), args.get("filter", {})
    if bool(own) == bool(wanted):
        raise ProviderError("lookup getZone: give exactly one of zoneId and filter")
    zones = data.get("zones", {})
    if own:
        places.zone(data, own, "")
        found = [own]
    else:
        account = wanted.get("account", {}).get("id")
        matches = {key: value for key, value in zones.items() if account in (None, value["account"])}
        found = [key for key, value in matches.items() if wanted.get("name") in (None, value["name"])]
    if len(found) != 1:
        known = ", ".join(sorted(value["name"] for value in zones.values())) or "none"
        raise ProviderError(
            f"lookup getZone: {len(found)} zones match {wanted}, expected one; the account has: {known}"
        )
    zone = zones[found[0]]
    account = zone["account"]
    return {
        "id": found[0],
        "zoneId": found[0],
        "name": zone["name"],
        "status": "active",
        "type": "full",
        "paused": False,
        "nameServers": ["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"],
        "account": {"id": account, "name": data["accounts"][account]["name"]},
    }


ZONE: Final = Lookup(
    token="cloudflare:index/getZone:getZone",  # noqa: S106 a function token
    inputs={
        "zoneId": text(),
        "filter": group(fields={"name": text(), "account": group(fields={"id": text(), "name": text()})}),
    },
    answer=_zone,
    permission=f"{tokens.ZONE} / {tokens.READ}",
)

IPV4: Final = (
    "173.245.48.0/20", "103.21.244.0/22", "103.22.200.0/22", "103.31.4.0/22", "141.101.64.0/18",
    "108.162.192.0/18", "190.93.240.0/20", "188.114.96.0/20", "197.234.240.0/22", "198.41.128.0/17",
    "162.158.0.0/15", "104.16.0.0/13", "104.24.0.0/14", "172.64.0.0/13", "131.0.72.0/22",
)  # fmt: skip
IPV6: Final = (
    "2400:cb00::/32", "2606:4700::/32", "2803:f800::/32", "2405:b500::/32", "2405:8100::/32", "2a06:98c0::/29",
    "2c0f:f248::/32",
)  # fmt: skip
"""The addresses that Cloudflare publishes at https://www.cloudflare.com/ips/ (unchanged since September 2023)."""


def _ip_ranges(data: Data, args: Properties) -> Data:
    if args.get("networks"):
        raise ProviderError("lookup getIpRanges: the sandbox knows no networks but Cloudflare's own: drop `networks`")
    ranges = data.get("ipRanges", {"ipv4Cidrs": list(IPV4), "ipv6Cidrs": list(IPV6)})
    return {"id": "", "etag": "38f79d050aa027e3be3865e495dcc9bc", "jdcloudCidrs": [], **ranges}


IP_RANGES: Final = Lookup(
    token="cloudflare:index/getIpRanges:getIpRanges",  # noqa: S106 a function token
    inputs={"networks": text()},
    answer=_ip_ranges,
)
