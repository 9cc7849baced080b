"""Turns text of the right form into a setting's value; a ValueError says in a few words why it cannot be one."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

NOT_ROUTED = tuple(
    IPv4Network(cidr)
    for cidr in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.168.0.0/16", "224.0.0.0/3"),
    )
)
"""Ranges that no packet of the internet reaches; those kept for documentation may stand in a committed example."""


def host(text: str) -> str:
    """A host name, of which the pattern has checked all but the length (DNS allows 253 characters)."""
    if len(text) > 253:
        raise ValueError("longer than 253 characters")
    return text


def address(text: str) -> IPv4Address | IPv6Address:
    """An address of either family."""
    try:
        return ip_address(text)
    except ValueError:
        raise ValueError("not an address") from None


def host_or_address(text: str) -> str:
    """A host name or an address; what consists of digits and dots, or has a colon, can only be an address."""
    if ":" in text or re.fullmatch("[0-9.]+", text):
        address(text)
    return host(text)


def public_ipv4(text: str) -> IPv4Address:
    """An IPv4 address that Cloudflare's proxy can reach."""
    parsed = address(text)
    if not isinstance(parsed, IPv4Address):
        raise ValueError("not an IPv4 address")
    for unreachable in NOT_ROUTED:
        if parsed in unreachable:
            raise ValueError(f"Cloudflare cannot proxy to {unreachable}, which is not routed on the internet")
    return parsed


def cidr(text: str) -> IPv4Network | IPv6Network:
    """An address range with no bits set beyond its prefix, as the API server demands."""
    try:
        whole = ip_network(text, strict=False)
    except ValueError:
        raise ValueError("not an address range") from None
    if str(whole.network_address) != str(address(text.partition("/")[0])):
        raise ValueError(f"the range that holds this address is {whole}")
    return whole


def with_port(text: str) -> str:
    """`host[:port]` and perhaps a path, of which the pattern has checked all but the port."""
    port = re.match("[^/:]*:([0-9]+)", text)
    if port and not 1 <= int(port[1]) <= 65535:
        raise ValueError("the port is not in 1-65535")
    return text


def url(text: str) -> str:
    """An address of a web service without a trailing slash, so that paths can be appended."""
    if "@" in text:
        raise ValueError("a URL in plain configuration carries no credentials")
    try:
        _ = urlsplit(text).port
    except ValueError:
        raise ValueError("its host or port cannot be one") from None
    return text.rstrip("/")


def email(text: str) -> str:
    """A mailbox that Let's Encrypt accepts as an account's contact."""
    domain = text.partition("@")[2].lower()
    if re.fullmatch(r"(.+\.)?example\.(com|net|org)", domain):
        raise ValueError("Let's Encrypt refuses the domains kept for examples")
    return text


def size(text: str) -> str:
    """An amount of storage above zero."""
    if not re.search("[1-9]", text):
        raise ValueError("must be more than nothing")
    return text


def path(text: str) -> str:
    """A path that stays where it says it is."""
    if {".", ".."} & set(text.split("/")):
        raise ValueError("without . and ..")
    return text


def interval(text: str) -> str:
    """A duration of at least a minute: a scan reads the whole library over the network."""
    seconds = {"h": 3600, "m": 60, "s": 1}
    if sum(int(number) * seconds[unit] for number, unit in re.findall("([0-9]+)([hms])", text)) < 60:
        raise ValueError("shorter than a minute")
    return text


def origin(text: str) -> str:
    """Where a tunnel finds a service; the pattern has checked all but the port."""
    with_port(text.partition("://")[2])
    return text
