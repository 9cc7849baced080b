"""The stand-in for `influx` asks InfluxDB's API for what the platform's Job wants, and prints what that reads."""

from __future__ import annotations

import argparse
from typing import Any

import pytest

from drills.monitoring import influx_cli
from drills.monitoring.influx_cli import Client, RefusedError, main, seconds


class Server(Client):
    """Remembers what it was told."""

    def __init__(self, *_: str) -> None:
        super().__init__("", "", "homelab")
        self.bodies: list[tuple[str, str, Any]] = []

    def call(self, method: str, path: str, body: Any = None) -> Any:
        self.bodies.append((method, path, body))
        if path.startswith("/api/v2/orgs"):
            return {"orgs": [{"id": "o1"}]}
        if path.startswith("/api/v2/users"):
            return {"users": [{"id": "u1"}]}
        if method == "GET" and "buckets" in path:
            return {"buckets": [{"id": "b1", "name": "proxmox", "retentionRules": []}]}
        if method == "GET":
            return {"authorizations": []}
        return {"id": "new", "name": "proxmox", "token": "secret", "description": "d", "user": "admin"}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    made = Server()
    monkeypatch.setattr(influx_cli, "Client", lambda *_: made)
    for name in ("INFLUX_HOST", "INFLUX_TOKEN", "INFLUX_ORG"):
        monkeypatch.setenv(name, "homelab")
    return made


@pytest.mark.parametrize(("text", "expected"), [("0", 0), ("7d", 604_800), ("365d", 31_536_000), ("1h30m", 5400)])
def test_durations(text: str, expected: int) -> None:
    assert seconds(text) == expected


@pytest.mark.usefixtures("server")
def test_buckets_are_rows_with_tabs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bucket", "list", "--hide-headers"]) == 0
    assert capsys.readouterr().out.split("\t")[:2] == ["b1", "proxmox"]


def test_a_bucket_is_kept_for_what_it_is_told(server: Server) -> None:
    assert main(["bucket", "create", "--name", "a", "--retention", "7d", "--shard-group-duration", "1d"]) == 0
    method, path, body = server.bodies[-1]
    assert (method, path, body["name"], body["orgID"]) == ("POST", "/api/v2/buckets", "a", "o1")
    assert body["retentionRules"] == [{"type": "expire", "everySeconds": 604_800, "shardGroupDurationSeconds": 86_400}]


def test_a_token_may_do_what_it_is_made_for_and_no_more(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = ["--user", "admin", "--description", "d", "--read-bucket", "b1", "--write-bucket", "b2"]
    assert main(["auth", "create", "--hide-headers", *wanted]) == 0
    assert capsys.readouterr().out.split("\t")[1:3] == ["d", "secret"]
    rights = [(each["action"], each["resource"]["id"]) for each in server.bodies[-1][2]["permissions"]]
    assert rights == [("read", "b1"), ("write", "b2")]


def test_a_refusal_is_its_reason_and_a_failure(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: Any) -> Any:
        raise RefusedError("unauthorized access")

    monkeypatch.setattr(server, "call", refuse)
    assert main(["auth", "list"]) == 1
    assert "unauthorized access" in capsys.readouterr().err


def test_every_command_is_one_that_the_parser_knows() -> None:
    for what, verb in influx_cli.COMMANDS:
        given: argparse.Namespace = influx_cli._parser().parse_args([what, verb])
        assert (given.what, given.verb) == (what, verb)
