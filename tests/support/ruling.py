"""The rules of a home that has everything."""

from __future__ import annotations

from typing import Final

from components.monitoring.rules import Alert, Record, Watched, rule_groups

EVERYTHING: Final = Watched(
    jobs=["cloudflared", "node-exporter", "traefik"], too_hot=35, runbooks="https://example.org/blob/main"
)
RULES: Final[list[Alert | Record]] = [rule for group in rule_groups(EVERYTHING) for rule in group.rules]
ALERTS: Final = [rule for rule in RULES if isinstance(rule, Alert)]
RECORDS: Final = [rule for rule in RULES if isinstance(rule, Record)]
