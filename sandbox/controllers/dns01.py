"""Which of an ACME issuer's solvers takes a name, and whether Cloudflare would let it prove the name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.plugins.accounts.cloudflare import tokens


class ChallengeError(Exception):
    """Why a name cannot be proven."""


def solver_for(name: str, solvers: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The most specific solver for a name: by exact DNS name, else by the longest zone, else one without selector."""
    bare = name.removeprefix("*.")
    best: tuple[int, int] = (-1, -1)
    chosen: Mapping[str, Any] | None = None
    for solver in solvers:
        if name.startswith("*.") and not solver.get("dns01"):
            continue
        rank = _rank(name, bare, solver.get("selector") or {})
        if rank is not None and rank > best:
            best, chosen = rank, solver
    if chosen is None:
        raise ChallengeError(f"no configured challenge solvers can be used for {name}")
    return chosen


def _rank(name: str, bare: str, selector: Mapping[str, Any]) -> tuple[int, int] | None:
    names, zones = selector.get("dnsNames") or [], selector.get("dnsZones") or []
    if not names and not zones:
        return (0, 0)
    if name in names:
        return (2, 0)
    matching = [len(zone) for zone in zones if bare == zone or bare.endswith(f".{zone}")]
    return (1, max(matching)) if matching else None


def record_of(name: str) -> str:
    """The name of the TXT record that proves a name, a wildcard's being that of its zone."""
    return f"_acme-challenge.{name.removeprefix('*.')}"


def check_cloudflare(name: str, token: str, account: Mapping[str, Any]) -> None:
    """Whether the account takes the token and has a zone for the name; ChallengeError if not, as `tools/cert-manager`.

    Records are read before one is made, so a token that may not edit them fails only where it may read them.
    """
    record = record_of(name)
    if not accepts(account, token):
        raise ChallengeError(
            f"while attempting to find Zones for domain {record}.\n"
            f"{_queried('GET', f'/zones?name={record}')}9109: Invalid access token"
        )
    bare = name.removeprefix("*.")
    # A token that may not read zones is shown an empty list of them.
    seen = zones(account) if tokens.permits(account, token, tokens.ZONE, tokens.READ) else {}
    if not any(bare == zone or bare.endswith(f".{zone}") for zone in seen):
        raise ChallengeError(f"Found no Zones for domain {record}. (the token needs Zone.read rights)")
    records = f"/zones/{_zone_of(bare, seen)}/dns_records"
    if not tokens.permits(account, token, tokens.DNS, tokens.READ):
        looked = f"{records}?per_page=100&type=TXT&name={record}"
        raise ChallengeError(f"{_queried('GET', looked)}10000: Authentication error")
    if not tokens.permits(account, token, tokens.DNS, tokens.EDIT):
        raise ChallengeError(f"{_queried('POST', records)}10000: Authentication error")


def _queried(method: str, path: str) -> str:
    return f'while querying the Cloudflare API for {method} "{path}" \n\t Error: '


def accepts(account: Mapping[str, Any], token: str) -> bool:
    """Whether the simulated account takes an API token."""
    return tokens.knows(account, token)


def _zone_of(name: str, known: Mapping[str, str]) -> str:
    return next(own for zone, own in known.items() if name == zone or name.endswith(f".{zone}"))


def zones(account: Mapping[str, Any]) -> dict[str, str]:
    """The account's zones: id by name."""
    return {zone["name"]: uuid for uuid, zone in (account.get("zones") or {}).items()}
