"""`influx`, InfluxDB's command line, as far as the platform's Job uses it: the real one is no module that can be had.

It speaks to the real InfluxDB as that does, and knows INFLUX_HOST, INFLUX_ORG and INFLUX_TOKEN. Rows are printed as the
real one prints them, with tabs between their columns.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from typing import Any, Final

import urllib3

UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def main(arguments: Sequence[str]) -> int:
    """Run one command; 1 if InfluxDB refuses."""
    given = _parser().parse_args(arguments)
    host, token = os.environ["INFLUX_HOST"], os.environ["INFLUX_TOKEN"]
    try:
        for row in COMMANDS[given.what, given.verb](Client(host, token, os.environ["INFLUX_ORG"]), given):
            sys.stdout.write("\t".join(row) + "\n")
    except RefusedError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    return 0


class RefusedError(Exception):
    """InfluxDB does not do what it is asked for."""


class Client:
    """One InfluxDB, and one organisation in it."""

    def __init__(self, host: str, token: str, organisation: str) -> None:
        self._host, self._token, self.organisation = host, token, organisation

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """What it answers.

        Raises:
            RefusedError: it does not.
        """
        headers = {"Authorization": f"Token {self._token}"}
        response = urllib3.request(method, f"{self._host}{path}", json=body, headers=headers, timeout=30, retries=False)
        answer = response.json() if response.data else {}
        if response.status >= 400:
            raise RefusedError(answer.get("message", response.status))
        return answer

    def organisation_id(self) -> str:
        """The organisation's."""
        return str(self.call("GET", f"/api/v2/orgs?org={self.organisation}")["orgs"][0]["id"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="influx")
    parser.add_argument("what", choices=("bucket", "auth"))
    parser.add_argument("verb", choices=("list", "create", "update"))
    parser.add_argument("--hide-headers", action="store_true")
    for option in ("--id", "--name", "--retention", "--shard-group-duration", "--user", "--description"):
        parser.add_argument(option, default="")
    for option in ("--read-bucket", "--write-bucket"):
        parser.add_argument(option, action="append", default=[])
    return parser


def seconds(text: str) -> int:
    """Of a duration such as `7d`; 0 is for ever."""
    return sum(int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)([smhdw])", text))


def _buckets(client: Client, _given: argparse.Namespace) -> list[list[str]]:
    found = client.call("GET", f"/api/v2/buckets?org={client.organisation}&limit=100")["buckets"]
    return [[bucket["id"], bucket["name"], str(bucket["retentionRules"])] for bucket in found]


def _kept(given: argparse.Namespace) -> list[dict[str, Any]]:
    kept, piece = seconds(given.retention), seconds(given.shard_group_duration)
    return [{"type": "expire", "everySeconds": kept, "shardGroupDurationSeconds": piece}]


def _create_bucket(client: Client, given: argparse.Namespace) -> list[list[str]]:
    bucket = {"name": given.name, "orgID": client.organisation_id(), "retentionRules": _kept(given)}
    made = client.call("POST", "/api/v2/buckets", bucket)
    return [[made["id"], made["name"]]]


def _update_bucket(client: Client, given: argparse.Namespace) -> list[list[str]]:
    made = client.call("PATCH", f"/api/v2/buckets/{given.id}", {"retentionRules": _kept(given)})
    return [[made["id"], made["name"]]]


def _tokens(client: Client, _given: argparse.Namespace) -> list[list[str]]:
    found = client.call("GET", f"/api/v2/authorizations?org={client.organisation}")["authorizations"]
    return [[each["id"], each["description"], each["token"], each["user"]] for each in found]


def _create_token(client: Client, given: argparse.Namespace) -> list[list[str]]:
    organisation = client.organisation_id()
    rights = [
        {"action": action, "resource": {"type": "buckets", "id": bucket, "orgID": organisation}}
        for action, buckets in (("read", given.read_bucket), ("write", given.write_bucket))
        for bucket in buckets
    ]
    user = client.call("GET", f"/api/v2/users?name={given.user}")["users"][0]["id"]
    token = {"orgID": organisation, "userID": user, "description": given.description, "permissions": rights}
    made = client.call("POST", "/api/v2/authorizations", token)
    return [[made["id"], made["description"], made["token"], made["user"]]]


COMMANDS: Final = {
    ("bucket", "list"): _buckets,
    ("bucket", "create"): _create_bucket,
    ("bucket", "update"): _update_bucket,
    ("auth", "list"): _tokens,
    ("auth", "create"): _create_token,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
