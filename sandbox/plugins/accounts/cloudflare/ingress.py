"""What cloudflared finds wrong with ingress rules, and which of them it takes for a request.

What it refuses is refused here, and the drill `tunnel` holds both against the real one. Beyond that a host has to be a
host name, and a service one of the schemes that Cloudflare's pages list: cloudflared itself would take anything, and
send it nowhere. Not covered: host names outside of ASCII.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from sandbox.plugins.accounts import formats

SCHEMES: Final = frozenset({"http", "https", "tcp", "ssh", "rdp", "smb"})
OWN: Final = re.compile(r"http_status:[1-9]\d\d|hello[-_]world|bastion|socks-proxy|unix(\+tls)?:.+")
"""Services without a host: answers of its own, and sockets."""
EVERY: Final = ("", "*")
"""Host names that stand for all."""


def rule_problem(rule: Mapping[str, Any], *, is_last: bool) -> str:
    """What is wrong with a rule; empty if nothing is."""
    hostname, path = rule.get("hostname", ""), rule.get("path", "")
    catches_all = hostname in EVERY and not path
    if is_last and not catches_all:
        return "the last ingress rule must match all URLs: add a rule with `service: http_status:404` and no hostname"
    if not is_last and catches_all:
        return "it matches every hostname, so the rules after it are never reached: give it a hostname"
    if hostname not in EVERY and (formats.host(hostname) or "*" in hostname.removeprefix("*.")):
        return f"hostname {hostname} is not a host name; a wildcard is allowed in front only"
    if path and formats.go_regex(path):
        return f"path {path} is not a regular expression of Go's: it has no lookaround and no references"
    service = str(rule["service"])
    return "" if OWN.fullmatch(service) else _address_problem(service)


def _address_problem(service: str) -> str:
    try:
        parts = urlsplit(service)
        valid = parts.scheme in SCHEMES and parts.hostname and not formats.host(parts.hostname)
        _ = parts.port
    except ValueError:
        valid = False
    if not valid:
        return f"service {service} is not a valid address: expected a scheme and a host, such as http://app:8080"
    if parts.path:
        return f"service {service}: ingress rules do not support proxying to a path of the origin, not even to /"
    return ""


def rule_for(rules: Sequence[Mapping[str, Any]], host: str, path: str) -> int:
    """The place of the first rule that takes a request; the last one takes what is left.

    As cloudflared does it: hosts are compared letter by letter, case and a final dot included; a wildcard stands for
    any number of labels; a path is searched for anywhere in that of the request.
    """
    name = host.rpartition(":")[0] if re.search(r":\d*$", host) else host
    for index, rule in enumerate(rules):
        if _host_matches(rule.get("hostname", ""), name) and re.search(rule.get("path", ""), path):
            return index
    return len(rules) - 1


def _host_matches(pattern: str, host: str) -> bool:
    if pattern in EVERY or pattern == host:
        return True
    return pattern.startswith("*.") and host.endswith(pattern.removeprefix("*"))
