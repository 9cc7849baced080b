"""A DNS record that was there before the program, and the command of docs/adopt.md that adopts it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.errors import SandboxError
from tests.support import runbooks
from tests.support.world import World

HOST = "navidrome.harvestasya.org"
RECORD = "c" * 32


def test_a_record_that_exists_already_is_adopted(world: World, tmp_path: Path) -> None:
    account = world.account("cloudflare")
    zone = next(own for own, zone in account.read()["zones"].items() if zone["name"] == "harvestasya.org")
    with account.edit() as data:
        data["objects"].setdefault("DnsRecord", {})[RECORD] = {
            "zoneId": zone,
            "name": HOST,
            "fqdn": HOST,
            "type": "CNAME",
            "content": "elsewhere.example.net",
            "ttl": 300,
            "proxied": False,
        }
    with pytest.raises(SandboxError, match="CNAME record with that host already exists"):
        world.up()
    command = next(
        line for line in runbooks.commands("docs/adopt.md", "## DNS records") if line.startswith("pulumi import ")
    )
    values = {"host": HOST, "zone id": zone, "record id": RECORD, "app": "navidrome"}
    runbooks.run(world, runbooks.filled(command, values), home=tmp_path)
    assert list(account.read()["objects"]["DnsRecord"]).count(RECORD) == 1
    world.up()
    records = [record for record in account.read()["objects"]["DnsRecord"].values() if record["fqdn"] == HOST]
    assert [record["type"] for record in records] == ["A"]
    world.up("--expect-no-changes")
