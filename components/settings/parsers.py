"""Turns text of the right form into a setting's value; a ValueError says in a few words why it cannot be one."""

from __future__ import annotations

import re
from calendar import monthrange
from fractions import Fraction
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

Ip = IPv4Address | IPv6Address
Range = IPv4Network | IPv6Network

NOT_ROUTED: Final = tuple(
    IPv4Network(cidr)
    for cidr in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.168.0.0/16", "224.0.0.0/3"),
    )
)
"""Ranges that no packet of the internet reaches; those kept for documentation may stand in a committed example."""

ROUTED_IPV6: Final = IPv6Network("2000::/3")
"""Where every public IPv6 address lies."""

WIDEST: Final = {4: 8, 6: 32}
"""Prefix of the widest range, by family: a wider one is a slip, and what it is trusted with would be the world's."""

REFUSED_OPTIONS: Final = {
    **dict.fromkeys(("minorversion", "nfsvers", "vers"), "cluster.nfs.version says it"),
    "soft": "what is being written would be lost whenever the server is slow",
}
"""Options of an NFS mount that may not be given, by name, and why."""

LARGEST_SIZE: Final = 2**63 - 1
"""Bytes that Kubernetes can count."""

YEAR: Final = 365 * 24
"""Hours."""
LONGEST_SESSION: Final = 730
"""Hours: a month, the longest that Cloudflare Access offers."""


def address(text: str) -> Ip:
    """An address of either family, in the form that is used for a machine."""
    try:
        parsed = ip_address(text)
    except ValueError:
        raise ValueError("not an address") from None
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        raise ValueError(f"an IPv4 address in IPv6's clothes: {parsed.ipv4_mapped}")
    if parsed.is_unspecified or parsed.is_multicast or parsed in IPv4Network("240.0.0.0/4"):
        raise ValueError("no machine has this address")
    return parsed


def node(text: str) -> Ip:
    """An address that pods can reach."""
    parsed = address(text)
    if parsed.is_loopback or parsed.is_link_local:
        raise ValueError("pods cannot reach it")
    return parsed


def mount_option(text: str) -> str:
    """An option of an NFS mount that neither contradicts another key nor loses data."""
    if reason := REFUSED_OPTIONS.get(text.partition("=")[0]):
        raise ValueError(reason)
    return text


def host_or_address(text: str) -> str:
    """A host name or an address; what has a colon, or ends in a number, can only be an address."""
    if ":" in text or re.fullmatch(r"[0-9]+|0x[0-9a-f]*", text.rpartition(".")[2]):
        address(text)
    return text


def public(text: str) -> Ip:
    """An address that Cloudflare's proxy can reach."""
    parsed = address(text)
    if isinstance(parsed, IPv6Address):
        if parsed not in ROUTED_IPV6:
            raise ValueError(f"Cloudflare cannot proxy to an address outside {ROUTED_IPV6}")
        return parsed
    for unreachable in NOT_ROUTED:
        if parsed in unreachable:
            raise ValueError(f"Cloudflare cannot proxy to {unreachable}, which is not routed on the internet")
    return parsed


def cidr(text: str) -> Range:
    """An address range with no bits set beyond its prefix, as the API server demands."""
    try:
        whole = ip_network(text, strict=False)
        first = ip_address(text.partition("/")[0])
    except ValueError:
        raise ValueError("not an address range") from None
    if whole.network_address != first:
        raise ValueError(f"the range that holds this address is {whole}")
    if whole.prefixlen < WIDEST[whole.version]:
        raise ValueError(f"wider than /{WIDEST[whole.version]}")
    if whole.is_multicast or whole.is_loopback or whole.is_link_local:
        raise ValueError("no pod or Service can have an address of it")
    return whole


def cidrs(text: str) -> tuple[Range, ...]:
    """The range of a cluster with one family of addresses, or both ranges of a dual-stack one."""
    first, *others = (cidr(part) for part in text.split(","))
    if first.version == 6:
        raise ValueError(
            "some of the images listen on IPv4 only: an IPv4 range has to come first, as in 10.42.0.0/16,fd42::/56"
        )
    if any(other.version == 4 for other in others):
        raise ValueError("the second range of a dual-stack cluster is of IPv6")
    return (first, *others)


def with_port(text: str) -> str:
    """`host[:port]` and perhaps a path, of which the pattern has checked all but host and port."""
    parts = re.fullmatch(r"(\[[^]]*\]|[^/:]*)(?::([0-9]+))?(/.*)?", text)
    if parts is None:
        raise ValueError("not a host and a port")
    host_or_address(parts[1].strip("[]"))
    if parts[2] and not 1 <= int(parts[2]) <= 65535:
        raise ValueError("the port is not in 1-65535")
    return text


def url(text: str) -> str:
    """An address of a web service without a trailing slash, so that paths can be appended."""
    if "@" in text:
        raise ValueError("a URL in plain configuration carries no credentials")
    try:
        whole = urlsplit(text)
        port = whole.port
    except ValueError:
        raise ValueError("its host or port cannot be one") from None
    if port == 0 or not whole.hostname:
        raise ValueError("its host or port cannot be one")
    if not re.fullmatch(r"[a-z0-9.:\[\]-]+", whole.netloc):
        raise ValueError  # the message shows the host in its right form, if it has one
    host_or_address(whole.hostname)
    return text.rstrip("/")


def git(text: str) -> str:
    """A repository's address; the pattern has checked all but host and port."""
    with_port(text.partition("://")[2].removeprefix("git@"))
    return text


def email(text: str) -> str:
    """A mailbox that Let's Encrypt accepts as an account's contact."""
    name, _, domain = text.rpartition("@")
    if len(name) > 64 or ".." in f".{name}.":
        raise ValueError("no mailbox can be called so")
    if re.fullmatch(r"(.+\.)?example\.(com|net|org)", domain):
        raise ValueError("Let's Encrypt refuses the domains kept for examples")
    return text


def size(text: str) -> str:
    """An amount of storage above zero that Kubernetes can count."""
    if not re.search("[1-9]", text):
        raise ValueError("must be more than nothing")
    if bytes_of(text) > LARGEST_SIZE:
        raise ValueError("more than Kubernetes can count, which is less than 8Ei")
    return text


def bytes_of(text: str) -> Fraction:
    """How many bytes an amount of storage is, in the notation that `size` takes."""
    power = " kMGTPE".index(text.rstrip("i")[-1])
    return Fraction(text.rstrip("iMGTPE")) * Fraction(1024 if text.endswith("i") else 1000) ** power


def not_nfs(text: str) -> str:
    """A storage class that is not called after NFS, where Prometheus and databases lose what they write."""
    if any(word.startswith("nfs") for word in re.split(r"[-.]", text)):
        raise ValueError("Prometheus and databases lose data on NFS")
    return text


def path(text: str) -> str:
    """A path that stays where it says it is."""
    steps = text.split("/")
    if {".", ".."} & set(steps):
        raise ValueError("without . and ..")
    if any(len(step) > 255 for step in steps):
        raise ValueError("no file's name is longer than 255 characters")
    return text


def interval(text: str) -> str:
    """A duration of at least a minute, since a scan reads the whole library over the network; at most a year."""
    return _lasting(text, YEAR, "a year")


def moment(text: str) -> str:
    """A moment that the calendar has; the pattern has checked all but the length of the month."""
    year, month, day = (int(part) for part in text.partition("T")[0].split("-"))
    if day > monthrange(year, month)[1]:
        raise ValueError("no such day in that month")
    return text


def session(text: str) -> str:
    """How long Cloudflare Access may be told to let somebody in."""
    return _lasting(text, LONGEST_SESSION, f"{LONGEST_SESSION}h, which is all that Cloudflare Access offers")


def _lasting(text: str, hours: int, words: str) -> str:
    seconds = {"h": 3600, "m": 60, "s": 1}
    whole = sum(int(number) * seconds[unit] for number, unit in re.findall("([0-9]+)([hms])", text))
    if whole < 60:
        raise ValueError("shorter than a minute")
    if whole > hours * 3600:
        raise ValueError(f"longer than {words}")
    return text


def origin(text: str) -> str:
    """Where a tunnel finds a service; the pattern has checked all but host and port."""
    place = text.partition("://")[2]
    with_port(place)
    if re.match(r"localhost\b|127\.|\[::1\]", place):
        raise ValueError("that is the tunnel's own pod: name the machine as others see it")
    return text


def bucket(text: str) -> str:
    """A bucket's name as S3 wants it, beyond its pattern."""
    if ".." in text or re.fullmatch(r"[0-9]+(\.[0-9]+){3}", text):
        raise ValueError("neither an address nor two dots in a row")
    return text


def certificates(text: str) -> str:
    """Certificates in PEM, at least one, and nothing else: a private key has no place in a stack file."""
    if "PRIVATE KEY" in text:
        raise ValueError("a private key: replace it, others may have read it, and give the certificate alone")
    return f"{text.strip()}\n"
