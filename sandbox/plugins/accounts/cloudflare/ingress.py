"""What cloudflared finds wrong with ingress rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from sandbox.plugins.accounts import formats

SCHEMES: Final = frozenset({"http", "https", "tcp", "ssh", "rdp", "smb"})
OWN: Final = re.compile(r"http_status:[1-5]\d\d|hello_world|bastion|socks-proxy|unix(\+tls)?:.+")
"""Services without a host: answers of its own, and sockets."""


def rule_problem(rule: Mapping[str, Any], *, is_last: bool) -> str:
    """What is wrong with a rule; empty if nothing is."""
    hostname = rule.get("hostname", "")
    if is_last and (hostname or rule.get("path")):
        return "the last ingress rule must match all URLs: add a rule with `service: http_status:404` and no hostname"
    if not is_last and hostname in ("", "*") and not rule.get("path"):
        return "it matches every hostname, so the rules after it are never reached: give it a hostname"
    if hostname and (formats.host(hostname) or "*" in hostname.removeprefix("*.")):
        return f"hostname {hostname} is not a host name; a wildcard is allowed in front only"
    service = str(rule["service"])
    return "" if OWN.fullmatch(service) else _address_problem(service)


def _address_problem(service: str) -> str:
    try:
        parts = urlsplit(service)
        port = parts.port
    except ValueError:
        return f"service {service} is not a valid address"
    if parts.scheme not in SCHEMES or not parts.hostname or formats.host(parts.hostname):
        return f"service {service} is not a valid address: expected a scheme and a host, such as http://app:8080"
    if parts.path not in ("", "/") or parts.query:
        return f"service {service}: ingress rules do not support proxying to a path of the origin"
    return f"service {service} names no port" if parts.scheme == "tcp" and port is None else ""
