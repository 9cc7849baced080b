"""Who judges rules: the real cloudflared, or the sandbox's account in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sandbox.plugins.accounts.account import Data, objects
from sandbox.plugins.accounts.cloudflare.ingress import rule_for
from sandbox.plugins.accounts.cloudflare.tunnels import TUNNEL, TunnelConfig
from sandbox.plugins.interface import ProviderError


class Judge(Protocol):
    """Either of them."""

    def problem(self, rules: Sequence[Mapping[str, Any]]) -> str:
        """What it finds wrong with rules; empty if nothing is."""

    def rule_for(self, rules: Sequence[Mapping[str, Any]], host: str, path: str) -> int:
        """The place of the rule that takes a request."""


@dataclass(frozen=True, kw_only=True)
class SimulatedAccount:
    """The account as it would take rules for one of its tunnels, without taking them."""

    data: Data

    def problem(self, rules: Sequence[Mapping[str, Any]]) -> str:
        """What it refuses rules with."""
        own, tunnel = next(item for item in objects(self.data, TUNNEL).items() if not item[1].get("deletedAt"))
        given = {"accountId": tunnel["accountId"], "tunnelId": own, "config": {"ingresses": list(rules)}}
        try:
            TunnelConfig().admit(self.data, given, own)
        except ProviderError as error:
            return str(error)
        return ""

    def rule_for(self, rules: Sequence[Mapping[str, Any]], host: str, path: str) -> int:
        """As the sandbox understands cloudflared."""
        return rule_for(rules, host, path.partition("?")[0])
