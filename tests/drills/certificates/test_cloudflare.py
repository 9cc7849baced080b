"""Cloudflare's API over the account's state: what tokens may do, what is answered, and trouble."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from drills.certificates.cloudflare import BROKEN, HOST, LIMITED, Api, Trouble, texts
from drills.web import Answer, Asked
from sandbox.plugins.accounts.account import Account

RECORDS = "/client/v4/zones/z1/dns_records"
ZONE_READ, DNS_EDIT = "Zone / Zone / Read", "Zone / DNS / Edit"
RECORD = {"type": "TXT", "name": "_acme-challenge.example.net", "content": "proof", "ttl": 120}


@pytest.fixture
def heard() -> list[None]:
    return []


@pytest.fixture
def api(tmp_path: Path, heard: list[None]) -> Api:
    account = Account(tmp_path / "cloudflare.json")
    tokens = {"all": [ZONE_READ, DNS_EDIT], "zones": [ZONE_READ], "dns": [DNS_EDIT]}
    zones = {"z1": {"name": "example.net"}, "z2": {"name": "example.org"}}
    account.create({"faults": [], "tokens": tokens, "zones": zones, "objects": {}})
    return Api(account=account, changed=lambda: heard.append(None))


def asked(api: Api, method: str, path: str, *, who: str = "all", body: Any = None, query: str = "") -> Answer:
    headers = {"authorization": f"Bearer {who}"}
    sent = b"" if body is None else json.dumps(body).encode()
    return api.answer(Asked(method=method, host=HOST, path=path, query=query, headers=headers, body=sent))


def result(answer: Answer) -> Any:
    content = json.loads(answer.body)
    assert content["success"] is (answer.status == 200)
    return content["result"]


def refusal(answer: Answer) -> tuple[int, int]:
    return answer.status, json.loads(answer.body)["errors"][0]["code"]


def test_a_zone_is_found_by_its_name_and_only_by_who_may_read_it(api: Api) -> None:
    path, query = "/client/v4/zones", "name=example.net"
    assert [zone["id"] for zone in result(asked(api, "GET", path, query=query))] == ["z1"]
    assert result(asked(api, "GET", path, query="name=_acme-challenge.example.net")) == []
    assert result(asked(api, "GET", path, who="dns", query=query)) == []
    assert refusal(asked(api, "GET", path, who="guessed", query=query)) == (403, 9109)


def test_a_record_is_made_found_and_removed_in_the_account_and_everybody_is_told(api: Api, heard: list[None]) -> None:
    own = result(asked(api, "POST", RECORDS, body=RECORD))["id"]
    assert texts(api.account.read()) == {("_acme-challenge.example.net", "proof")}
    found = result(asked(api, "GET", RECORDS, query="per_page=100&type=TXT&name=_acme-challenge.example.net"))
    assert [(each["id"], each["content"]) for each in found] == [(own, "proof")]
    assert result(asked(api, "GET", RECORDS, query="type=A")) == []
    assert asked(api, "DELETE", f"{RECORDS}/{own}").status == 200
    assert texts(api.account.read()) == set()
    assert len(heard) == 2


def test_the_same_record_is_refused_a_second_time(api: Api) -> None:
    asked(api, "POST", RECORDS, body=RECORD)
    assert refusal(asked(api, "POST", RECORDS, body=RECORD)) == (400, 81058)


@pytest.mark.parametrize(("method", "path"), [("GET", RECORDS), ("POST", RECORDS), ("DELETE", f"{RECORDS}/r1")])
def test_without_the_right_nothing_is_done_with_records(api: Api, heard: list[None], method: str, path: str) -> None:
    assert refusal(asked(api, method, path, who="zones", body=RECORD)) == (403, 10000)
    assert refusal(asked(api, method, path, who="guessed", body=RECORD)) == (403, 9109)
    assert not heard


def test_a_record_of_another_zone_is_not_removed(api: Api) -> None:
    own = result(asked(api, "POST", RECORDS, body=RECORD))["id"]
    assert refusal(asked(api, "DELETE", f"/client/v4/zones/z2/dns_records/{own}")) == (404, 81044)


def test_what_cert_manager_never_asks_is_not_answered(api: Api) -> None:
    assert asked(api, "PUT", RECORDS).status == 405
    assert asked(api, "POST", RECORDS, body=["no record"]).status == 400


def test_trouble_of_a_zone_is_its_own_and_passes(api: Api) -> None:
    api.trouble["example.net"] = [Trouble(answers=[LIMITED, BROKEN]), Trouble(method="DELETE", answers=[None, BROKEN])]
    path = "/client/v4/zones"
    assert asked(api, "GET", path, query="name=example.org").status == 200
    assert asked(api, "GET", path, query="name=_acme-challenge.example.net").status == 429
    assert asked(api, "GET", RECORDS).status == 500
    assert asked(api, "GET", RECORDS).status == 200
    assert [asked(api, "DELETE", f"{RECORDS}/r1").status for _ in range(3)] == [404, 500, 404]
    assert (api.answered("example.net", 429), api.answered("example.org", 429)) == (1, 0)


def test_trouble_may_last_until_it_is_taken_away(api: Api) -> None:
    api.trouble["example.net"] = [Trouble(answers=[LIMITED], lasting=True)]
    assert {asked(api, "GET", RECORDS).status for _ in range(5)} == {429}
    api.trouble.clear()
    assert asked(api, "GET", RECORDS).status == 200


def test_an_answer_can_be_lost_after_what_was_asked_is_done(api: Api) -> None:
    api.trouble["example.net"] = [Trouble(method="POST", answers=[None, BROKEN], done=True)]
    assert asked(api, "POST", RECORDS, body={**RECORD, "content": "first"}).status == 200
    assert asked(api, "GET", RECORDS).status == 200
    assert asked(api, "POST", RECORDS, body=RECORD).status == 500
    assert {content for _, content in texts(api.account.read())} == {"first", "proof"}
