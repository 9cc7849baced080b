"""DNS records."""

from __future__ import annotations

from typing import Any, Final

from sandbox.plugins.accounts import formats
from sandbox.plugins.accounts.account import Data
from sandbox.plugins.accounts.cloudflare import places, tokens
from sandbox.plugins.accounts.cloudflare.resource import Resource
from sandbox.plugins.accounts.kind import hexadecimal, now, others
from sandbox.plugins.accounts.schema import Schema, anything, flag, group, number, text, texts
from sandbox.plugins.interface import ProviderError
from sandbox.plugins.wire import Properties

TYPES: Final = (
    "A", "AAAA", "CNAME", "MX", "NS", "OPENPGPKEY", "PTR", "TXT", "CAA", "CERT", "DNSKEY", "DS", "HTTPS", "LOC",
    "NAPTR", "SMIMEA", "SRV", "SSHFP", "SVCB", "TLSA", "URI",
)  # fmt: skip
PROXIABLE: Final = frozenset({"A", "AAAA", "CNAME"})
AUTOMATIC: Final = 1
WITH_DATA: Final = frozenset({"CAA", "SRV"})
"""Types whose parts are given apart; the sandbox knows no others of that sort."""


def _ttl(value: Any) -> str:
    return "" if value == AUTOMATIC or 60 <= value <= 86400 else "1 (automatic) or between 60 and 86400 seconds"


def _port(value: Any) -> str:
    return "" if 0 <= value <= 65535 else "between 0 and 65535"


def _comment(value: Any) -> str:
    return "" if len(str(value)) <= 500 else "at most 500 characters long"


class DnsRecord(Resource):
    """A DNS record of a zone. Another type is another record, for the provider since its version 5."""

    permission = tokens.DNS
    import_form = "<zone_id>/<dns_record_id>"

    schema = Schema(
        token="cloudflare:index/dnsRecord:DnsRecord",  # noqa: S106 a type token
        inputs={
            "zoneId": text(required=True, replace=True),
            "name": text(required=True, rule=formats.filled),
            "type": text(required=True, choices=TYPES, replace=True),
            "ttl": number(required=True, rule=_ttl),
            "content": text(),
            "proxied": flag(default=False),
            "priority": number(rule=_port),
            "comment": text(rule=_comment),
            "tags": texts(computed=True),
            "settings": group(computed=True, fields={"ipv4Only": flag(), "ipv6Only": flag(), "flattenCname": flag()}),
            "data": group(
                fields={
                    "flags": anything(),
                    "tag": text(choices=("issue", "issuewild", "iodef")),
                    "value": text(),
                    "service": text(),
                    "target": text(),
                    "port": number(rule=_port),
                    "priority": number(rule=_port),
                    "weight": number(rule=_port),
                }
            ),
        },
        outputs={
            "proxiable": flag(),
            "meta": text(),
            "createdOn": text(),
            "modifiedOn": text(volatile=True),
            "commentModifiedOn": text(),
            "tagsModifiedOn": text(),
        },
    )

    def admit(self, data: Data, given: Properties, own: str) -> None:
        """Refuse what the zone cannot hold."""
        zone = places.zone(data, given["zoneId"], "dns_records")
        fqdn = _fqdn(given["name"], zone["name"])
        where = f"DNS record {fqdn} {given['type']}"
        if formats.host(fqdn) or not (fqdn == zone["name"] or fqdn.endswith(f".{zone['name']}")):
            raise ProviderError(f"{where}: DNS name is invalid (9000): expected a name inside the zone {zone['name']}")
        _content(given, where)
        if given.get("proxied"):
            _proxied(given, where)
        _conflicts(data, given, own, fqdn)

    def new_id(self, data: Data, given: Properties) -> str:
        """The API's ids are 32 hexadecimal digits."""
        del data, given
        return hexadecimal()

    def computed(self, data: Data, given: Properties, own: str, old: Data) -> Data:
        """The times, and whether Cloudflare can stand in front."""
        del own
        added = {
            "fqdn": _fqdn(given["name"], data["zones"][given["zoneId"]]["name"]),
            "proxiable": given["type"] in PROXIABLE,
            "meta": "{}",
            "settings": given.get("settings", {}),
            "tags": given.get("tags", []),
            "createdOn": old.get("createdOn") or now(),
            "modifiedOn": now(),
        }
        for name in ("comment", "tags"):
            kept = old.get(f"{name}ModifiedOn") if old.get(name) == given.get(name) else None
            added[f"{name}ModifiedOn"] = (kept or now()) if given.get(name) else None
        return added


def _fqdn(name: str, zone: str) -> str:
    """The whole name: `@` is the zone itself, and a single label lies in it."""
    plain = name.lower().rstrip(".")
    if plain == "@":
        return zone
    return plain if "." in plain.removeprefix("*.") or plain == zone else f"{plain}.{zone}"


def _content(given: Properties, where: str) -> None:
    kind, content = given["type"], given.get("content", "")
    if kind in WITH_DATA:
        if not given.get("data"):
            raise ProviderError(f"{where}: data is a required field (9101) for records of this type")
        return
    if not content:
        raise ProviderError(f"{where}: content is a required field (9101)")
    if kind == "A" and not formats.is_address(content, 4):
        raise ProviderError(f"{where}: Content for A record must be a valid IPv4 address (9005): was given {content}")
    if kind == "AAAA" and not formats.is_address(content, 6):
        raise ProviderError(
            f"{where}: Content for AAAA record must be a valid IPv6 address (9006): was given {content}"
        )
    if kind in ("CNAME", "MX", "NS", "PTR") and formats.host(content):
        raise ProviderError(f"{where}: Content for {kind} record is invalid (9007): {content} is no host name")
    if kind == "MX" and "priority" not in given:
        raise ProviderError(f"{where}: priority is a required field (9101) for MX records")


def _proxied(given: Properties, where: str) -> None:
    if given["type"] not in PROXIABLE:
        raise ProviderError(f"{where}: this record type cannot be proxied (9004): set proxied to false")
    if given["ttl"] != AUTOMATIC:
        raise ProviderError(f"{where}: ttl was {given['ttl']}, but a proxied record's is 1 (automatic): set ttl to 1")


def _conflicts(data: Data, given: Properties, own: str, fqdn: str) -> None:
    hint = f"import that record, or delete it in the zone, before this program makes {fqdn}"
    kind, content = given["type"], given.get("content")
    for other, record in others(data, "DnsRecord", own):
        if record["zoneId"] != given["zoneId"] or record["fqdn"] != fqdn:
            continue
        if record["type"] == kind and record.get("content") == content and record.get("data") == given.get("data"):
            raise ProviderError(f"An identical record already exists ({other}) (81058): {hint}")
        if kind == "CNAME" and record["type"] in PROXIABLE:
            raise ProviderError(f"An A, AAAA, or CNAME record with that host already exists ({other}) (81053): {hint}")
        if record["type"] == "CNAME" and kind in PROXIABLE:
            raise ProviderError(f"A CNAME record with that host already exists ({other}) (81054): {hint}")
