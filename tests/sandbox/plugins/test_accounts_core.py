from __future__ import annotations

import json
import multiprocessing
import stat
from pathlib import Path
from typing import Any

import pytest

from sandbox.errors import SandboxError
from sandbox.paths import ENV
from sandbox.plugins.accounts import __main__ as command
from sandbox.plugins.accounts import formats
from sandbox.plugins.accounts.account import Account
from sandbox.plugins.accounts.schema import Property, flag, group, integer, json_text, listing, mapping, problems, text
from sandbox.plugins.accounts.seeding import seed
from sandbox.plugins.accounts.shaping import changes, completed, foreseen, importable, protected, pruned
from sandbox.plugins.interface import ProviderError
from sandbox.plugins.wire import UNKNOWN, Secret
from tests.support.accounts import ACCOUNT, TOKENS, VAULT, ZONE, cloudflare, onepassword, plain, seeded

TABLE = group(
    fields={
        "name": text(required=True, rule=formats.filled, replace=True),
        "mode": text(default="a", choices=("a", "b")),
        "size": integer(),
        "on": flag(),
        "key": text(computed=True, secret=True),
        "extra": json_text(),
        "labels": mapping(),
        "parts": listing(item=group(fields={"id": text(computed=True), "text": text(secret=True)})),
    }
)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({}, "name: this property is required and missing"),
        ({"name": None}, "name: this property is required and missing"),
        ({"name": ""}, 'name: "" is not a text that is not empty'),
        ({"name": 3}, "name: expected a string, was given a number"),
        ({"name": "n", "mode": "c"}, 'mode: "c" is not one of: a, b'),
        ({"name": "n", "size": 1.5}, "size: expected a whole number, was given a number"),
        ({"name": "n", "size": True}, "size: expected a whole number, was given a boolean"),
        ({"name": "n", "on": "true"}, "on: expected true or false, was given a string"),
        ({"name": "n", "extra": "[]"}, 'extra: "[]" is not a string that holds a JSON object'),
        ({"name": "n", "labels": []}, "labels: expected a map, was given a list"),
        ({"name": "n", "labels": {"a": 1}}, "labels.a: expected a string, was given a number"),
        ({"name": "n", "parts": [{"text": 1}]}, "parts[0].text: expected a string, was given a number"),
        ({"name": "n", "parts": [3]}, "parts[0]: expected an object, was given a number"),
    ],
)
def test_values_are_judged_by_the_table(value: Any, problem: str) -> None:
    assert list(problems(TABLE, value)) == [problem]


def test_an_unknown_property_is_an_error_that_names_the_known_ones() -> None:
    found = list(problems(TABLE, {"name": "n", "colour": "red", "parts": [{"size": 1}]}))
    assert found == [
        "colour: the sandbox does not know this property; it knows: extra, key, labels, mode, name, on, parts, size",
        "parts[0].size: the sandbox does not know this property; it knows: id, text",
    ]


def test_a_secret_is_judged_but_not_quoted() -> None:
    assert list(problems(TABLE, {"name": "n", "mode": Secret("hush")})) == ["mode: the given value is not one of: a, b"]
    assert list(problems(TABLE, {"name": "n", "key": Secret(1)})) == ["key: expected a string, was given a number"]
    whole = {"name": "n", "parts": Secret([{"text": "ok"}])}
    assert list(problems(TABLE, whole)) == []


def test_what_is_not_known_yet_is_let_pass() -> None:
    assert list(problems(TABLE, {"name": UNKNOWN, "parts": [UNKNOWN, {"text": UNKNOWN}], "labels": UNKNOWN})) == []


def paths(wanted: Any, actual: Any) -> list[tuple[str, str, bool]]:
    return [(change.path, change.kind, change.replace) for change in changes(TABLE, wanted, actual)]


def test_changes() -> None:
    live = {"name": "n", "mode": "a", "key": "k", "parts": [{"id": "1", "text": "t"}], "extra": '{"a": 1, "b": 2}'}
    assert paths({"name": "n", "parts": [{"text": "t"}], "extra": '{"b":2,"a":1}'}, live) == []
    assert paths({"name": "m", "parts": [{"text": "t"}], "extra": live["extra"]}, live) == [("name", "update", True)]
    assert paths({"name": "n", "extra": live["extra"]}, live) == [("parts", "delete", False)]
    assert paths({**live, "mode": "b"}, live) == [("mode", "update", False)]
    assert paths({**live, "parts": [{"text": "u"}]}, live) == [("parts[0].text", "update", False)]
    assert paths({**live, "parts": [{"text": "t"}, {"text": "u"}]}, live) == [("parts", "update", False)]
    assert paths({**live, "size": 3}, live) == [("size", "add", False)]
    assert paths({**live, "key": UNKNOWN}, live) == [("key", "update", False)]


def test_a_default_that_drifted_is_a_change() -> None:
    assert paths({"name": "n"}, {"name": "n", "mode": "b"}) == [("mode", "update", False)]


def test_values_take_the_table_s_shape() -> None:
    assert completed(TABLE, {"name": "n", "size": None}) == {"name": "n", "mode": "a"}
    assert foreseen(TABLE, {"name": "n", "parts": [{"text": "t"}]}, None) == {
        "name": "n",
        "mode": "a",
        "key": UNKNOWN,
        "parts": [{"id": UNKNOWN, "text": "t"}],
    }
    live = {"name": "n", "mode": "b", "key": "k", "parts": [{"id": "1", "text": "t"}, {"id": "2", "text": "u"}]}
    assert pruned(TABLE, live, {"name": "m", "parts": [{"text": "t"}]}) == {
        "name": "n",
        "parts": [{"text": "t"}, {"text": "u"}],
    }
    assert importable(TABLE, live) == {"name": "n", "mode": "b", "parts": [{"text": "t"}, {"text": "u"}]}
    assert protected(TABLE, {**live, "note": "the service's own"}) == {
        **live,
        "key": Secret("k"),
        "parts": [{"id": "1", "text": Secret("t")}, {"id": "2", "text": Secret("u")}],
    }


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        (formats.host, ["a.example.org", "*.example.org", "_acme.a"], ["a b", "", "a..b", "a.*.b"]),
        (
            formats.url,
            ["https://a.example.org/x", "http://a:8080"],
            ["a.example.org", "ftp://a", "https://", "http://a b"],
        ),
        (formats.slug, ["a-b_1"], ["a b", "ä", ""]),
        (formats.go_duration, ["24h", "2h45m", "300ms", "1.5h"], ["", "24", "1 day", "h"]),
        (formats.regex, ["^/api/", "a\nb"], ["(", "a\n["]),
    ],
)
def test_rules(rule: Any, good: list[str], bad: list[str]) -> None:
    assert [value for value in good if rule(value)] == []
    assert [value for value in bad if not rule(value)] == []


def test_seeding_makes_what_is_missing_only(tmp_path: Path) -> None:
    args: dict[str, Any] = {"zones": {ZONE: "example.org"}, "account_id": ACCOUNT, "vault": VAULT}
    assert seed(tmp_path, tokens=TOKENS, **args) == ["cloudflare", "onepassword", "authentik"]
    path = tmp_path / "accounts" / "cloudflare.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with Account(path).edit() as data:
        data["zones"][ZONE]["name"] = "example.com"
    path.with_name("onepassword.json").unlink()
    assert seed(tmp_path, tokens=TOKENS, **args) == ["onepassword"]
    assert Account(path).read()["zones"][ZONE]["name"] == "example.com"


def _count(path: Path) -> None:
    for _ in range(20):
        with Account(path).edit() as data:
            data["count"] = data.get("count", 0) + 1


def test_edits_of_several_processes_do_not_lose_each_other(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    Account(path).create({})
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_count, args=(path,)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert Account(path).read() == {"count": 60}
    assert [file.name for file in tmp_path.iterdir() if file.name not in ("a.json", "a.json.lock")] == []


def test_an_edit_that_fails_changes_nothing(tmp_path: Path) -> None:
    account = Account(tmp_path / "a.json")
    account.create({"a": 1})

    def break_off() -> None:
        with account.edit() as data:
            data["a"] = 2
            raise ProviderError("no")

    with pytest.raises(ProviderError):
        break_off()
    assert account.read() == {"a": 1}


@pytest.mark.parametrize(
    ("content", "message"), [(None, "does not exist"), ("{", "is not JSON"), ("[]", "is not a JSON object")]
)
def test_an_account_file_that_cannot_be_used(tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "a.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SandboxError, match=message):
        Account(path).read()


def test_unknown_types_and_lookups_are_errors(tmp_path: Path) -> None:
    driver = cloudflare(tmp_path)
    message = "the sandbox does not simulate resource type cloudflare:index/worker:Worker; it knows: DnsRecord, Zero"
    with pytest.raises(ProviderError, match=message):
        driver.check("cloudflare:index/worker:Worker", {})
    with pytest.raises(
        ProviderError, match="does not simulate lookup cloudflare:index/getUser:getUser; it knows: getIpRanges,"
    ):
        driver.look("getUser")
    with pytest.raises(ProviderError, match="lookup getZone: colour: the sandbox does not know this property"):
        driver.look("getZone", colour="red")
    with pytest.raises(ProviderError, match=r"does not simulate package random 1.0"):
        driver.provider.parameterize("random", "1.0")


def record(**more: Any) -> dict[str, Any]:
    return {"zoneId": ZONE, "name": "a.example.org", "type": "A", "ttl": 1, "content": "192.0.2.1", **more}


def test_an_ordered_failure_happens_as_often_as_it_says(tmp_path: Path) -> None:
    driver = cloudflare(tmp_path)
    account = driver.provider.account
    account.fail("create", "DnsRecord", "boom (1)", times=2)
    account.fail("*", "*", "boom (2)", name="special")
    for _ in range(2):
        with pytest.raises(ProviderError, match=r"boom .1."):
            driver.make("DnsRecord", **record())
    own, _ = driver.make("DnsRecord", **record())
    with pytest.raises(ProviderError, match=r"boom .2."):
        driver.make("DnsRecord", resource="special", **record())
    assert driver.read("DnsRecord", own, **record()) is not None
    account.fail("read", "DnsRecord", "boom (3)")
    with pytest.raises(ProviderError, match=r"boom .3."):
        driver.read("DnsRecord", own, **record())
    account.fail("invoke", "getIpRanges", "boom (4)")
    with pytest.raises(ProviderError, match=r"boom .4."):
        driver.look("getIpRanges")
    assert account.read()["faults"] == []
    with pytest.raises(SandboxError, match="operation crate: there is no such operation"):
        account.fail("crate", "DnsRecord", "x")


def test_a_preview_calls_nobody(tmp_path: Path) -> None:
    driver = cloudflare(tmp_path)
    driver.provider.configure({"apiToken": UNKNOWN})
    outputs = driver.plan("DnsRecord", **record(zoneId=UNKNOWN))
    assert outputs["createdOn"] is UNKNOWN
    assert outputs["zoneId"] is UNKNOWN
    assert outputs["proxied"] is False
    with pytest.raises(ProviderError, match="the provider's arguments are not known yet"):
        driver.make("DnsRecord", **record())


def test_a_preview_of_a_change_keeps_what_stays(tmp_path: Path) -> None:
    driver = cloudflare(tmp_path)
    own, olds = driver.make("DnsRecord", **record())
    subject = driver.subject("DnsRecord", own=own)
    outputs = driver.provider.update(subject, olds, record(comment="new"), 0, preview=True)
    assert outputs["comment"] == "new"
    assert outputs["createdOn"] == olds["createdOn"]
    assert outputs["modifiedOn"] is UNKNOWN
    assert plain(olds) == plain(driver.read("DnsRecord", own, **record()).outputs)  # type: ignore[union-attr]


def test_secrets_stay_secret(tmp_path: Path) -> None:
    driver = cloudflare(tmp_path)
    own, outputs = driver.make("DnsRecord", **record(comment=Secret("hush")))
    assert outputs["comment"] == Secret("hush")
    live = driver.read("DnsRecord", own, **record(comment=Secret("hush")))
    assert live is not None
    assert live.inputs["comment"] == live.outputs["comment"] == Secret("hush")
    vault = onepassword(tmp_path)
    checked = vault.check("Item", {"vault": VAULT, "password": "p"})
    assert checked["password"] == Secret("p")


def test_drift_is_named_by_id_or_name(tmp_path: Path) -> None:
    driver = cloudflare(tmp_path)
    own, _ = driver.make("DnsRecord", **record(comment="c"))
    account = driver.provider.account
    account.drift("DnsRecord", own, {"content": "192.0.2.9", "comment": None, "settings.ipv4Only": True})
    live = driver.read("DnsRecord", own, **record(comment="c"))
    assert live is not None
    assert live.inputs == record(content="192.0.2.9")
    found = driver.diff("DnsRecord", live.outputs, **record(comment="c"))
    assert [(change.path, change.kind) for change in found] == [("content", "update"), ("comment", "add")]
    driver.make("DnsRecord", **record(content="192.0.2.2"))
    with pytest.raises(
        SandboxError, match=r"DnsRecord a.example.org: 2 objects are meant, expected one; there are: a.exa"
    ):
        account.drift("DnsRecord", "a.example.org", {"ttl": 60})
    with pytest.raises(SandboxError, match=r"property content.x: the object has nothing there"):
        account.drift("DnsRecord", own, {"content.x": 1})


def test_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(ENV, str(seeded(tmp_path).root))
    driver = cloudflare(tmp_path)
    own, _ = driver.make("DnsRecord", **record())
    assert command.main(["drift", "cloudflare", "DnsRecord/a.example.org", "proxied=true", "comment=by hand"]) == 0
    assert driver.provider.account.read()["objects"]["DnsRecord"][own]["proxied"] is True
    assert command.main(["fail", "cloudflare", "delete", "DnsRecord", "busy", "2"]) == 0
    assert driver.provider.account.read()["faults"][0]["times"] == 2
    assert command.main(["fail", "cloudflare", "delete", "DnsRecord", "busy", "often"]) == 1
    assert command.main(["drift", "cloudflare", "DnsRecord", "a=b", "c=d"]) == 1
    assert command.main(["drift", "gandi", "DnsRecord/x", "a=b"]) == 1
    errors = capsys.readouterr().err.splitlines()
    assert errors == [
        "fail: TIMES is often, expected a whole number",
        "drift: expected ACCOUNT TYPE/ID-OR-NAME PROPERTY=VALUE...",
        "account gandi: there is no such account; there are: cloudflare, authentik, onepassword",
    ]
    assert command.main([]) == 2
    assert "drift ACCOUNT" in capsys.readouterr().err


def test_the_file_is_readable_json(tmp_path: Path) -> None:
    path = seeded(tmp_path).account("cloudflare")
    assert json.loads(path.read_text())["tokens"] == TOKENS.cloudflare
    assert isinstance(TABLE, Property)


DAMAGED = [
    ("", "is not JSON"),
    ("{", "is not JSON"),
    ("[" * 100_000, "is not JSON"),
    ("\udcff", "is not JSON"),
    ("[]", "is not a JSON object"),
    ('{"objects": []}', "objects is not an object"),
    ('{"objects": {"DnsRecord": []}}', "objects.DnsRecord is not an object of objects by id"),
    ('{"objects": {"DnsRecord": {"a": 1}}}', "objects.DnsRecord is not an object of objects by id"),
    ('{"tokens": "cf"}', "tokens is not a list or an object"),
    ('{"faults": {}}', "faults is not a list"),
    ('{"zones": {"z": null}}', "zones is not an object of objects by id"),
    ('{"items": [1]}', "items is not an object"),
]


@pytest.mark.parametrize(("content", "message"), DAMAGED)
def test_a_damaged_file_is_one_line(tmp_path: Path, content: str, message: str) -> None:
    driver = cloudflare(tmp_path)
    path = driver.provider.account.path
    path.write_bytes(content.encode(errors="surrogateescape"))
    for call in (
        lambda: driver.make("DnsRecord", **record()),
        lambda: driver.read("DnsRecord", "a", **record()),
        lambda: driver.remove("DnsRecord", "a"),
        lambda: driver.look("getIpRanges"),
    ):
        with pytest.raises(ProviderError) as refusal:
            call()
        line = str(refusal.value)
        assert line.startswith(f"account file {path}")
        assert message in line
        assert line.endswith(": correct it or delete it")
        assert "\n" not in line


def test_an_object_that_somebody_wrote_by_hand_is_one_line(tmp_path: Path) -> None:
    driver = cloudflare(tmp_path)
    with driver.provider.account.edit() as data:
        data["objects"]["DnsRecord"] = {"a": {"type": "A"}}
    with pytest.raises(ProviderError, match=r"holds something that the sandbox cannot read \(KeyError: 'zoneId'\)"):
        driver.make("DnsRecord", **record())
    assert list(driver.provider.account.read()["objects"]["DnsRecord"]) == ["a"]


def test_a_file_that_is_none_is_one_line(tmp_path: Path) -> None:
    driver = cloudflare(tmp_path)
    path = driver.provider.account.path
    path.unlink()
    path.mkdir()
    with pytest.raises(ProviderError, match=f"account file {path} cannot be read: Is a directory"):
        driver.make("DnsRecord", **record())
    with pytest.raises(SandboxError, match="cannot be written: Is a directory"):
        driver.provider.account._write({})
