"""A preview, read: nothing that is lost is overlooked, and no secret is shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline import markdown
from telling import reading
from telling.errors import UnreadableError
from telling.model import HOLDS_DATA, Change, Preview
from telling.reading import SIGNATURE
from tests.support.urns import FILE

SECRET = "correct horse battery staple"
MARKED = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "plaintext": json.dumps(SECRET)}


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:homelab::homelab::homelab:apps:Applications${kind}::{name}"


def step(op: str, kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"op": op, "urn": urn(kind, name), **more}


def read(*steps: dict[str, Any], **more: Any) -> Preview:
    return reading.read(json.dumps({"steps": list(steps), "changeSummary": {"same": 7}, **more}))


def replaced(kind: str, name: str) -> list[dict[str, Any]]:
    """The three steps in which the engine tells of a replacement."""
    old = {"oldState": {"inputs": {"spec": {"size": 1}}}, "newState": {"inputs": {"spec": {"size": 2}}}}
    told = {**old, "replaceReasons": ["spec"], "detailedDiff": {"spec.size": {"kind": "update-replace"}}}
    return [step(op, kind, name, **told) for op in ("create-replacement", "replace", "delete-replaced")]


def test_what_holds_data_comes_first_then_what_goes_then_the_rest() -> None:
    found = read(
        step("update", "kubernetes:apps/v1:Deployment", "web"),
        step("delete", "kubernetes:core/v1:Service", "old"),
        *replaced("kubernetes:core/v1:PersistentVolumeClaim", "notes"),
        step("create", "kubernetes:core/v1:Service", "new"),
    )
    text = markdown.comment(found, stack="homelab")
    order = ["PersistentVolumeClaim notes` **replaced** because of `spec`", "Service old` **deleted**", "1 replaced, 1"]
    places = [text.index(words) for words in [*order, "<details>"]]
    assert places == sorted(places)
    assert "spec.size: 1 -> 2" in text
    assert "1 replaced, 1 deleted, 1 created, 1 updated, 7 unchanged." in text


@pytest.mark.parametrize("kind", HOLDS_DATA)
@pytest.mark.parametrize("op", ["delete", "replace"])
def test_each_kind_that_holds_data_is_named_as_such(kind: str, op: str) -> None:
    text = markdown.comment(read(step(op, kind, "it")), stack="homelab")
    assert "### Holds data, or is missed: 1" in text


def test_what_is_protected_counts_as_data_whatever_it_is() -> None:
    gone = step("delete", "kubernetes:core/v1:ConfigMap", "it", oldState={"protect": True})
    text = markdown.comment(read(gone), stack="homelab")
    assert "### Holds data, or is missed: 1" in text
    assert "protected" in text


def test_what_stays_behind_is_not_called_deleted() -> None:
    left = step("delete", "kubernetes:core/v1:PersistentVolume", "it", oldState={"retainOnDelete": True})
    text = markdown.comment(read(left), stack="homelab")
    assert "leaves the program, and stays where it is" in text
    assert "Holds data" not in text


def test_every_kind_that_the_platform_protects_is_among_them() -> None:
    lines = [line.split("  ") for line in FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    guarded = {parts[0].rpartition("::")[0].rpartition("$")[2] for parts in lines if len(parts) > 1}
    kinds = {kind for kind in guarded if not kind.startswith("homelab:")}
    assert kinds
    assert kinds <= set(HOLDS_DATA)


def test_components_are_no_changes() -> None:
    found = read(step("update", "homelab:kit:Workload", "web"), step("read", "kubernetes:core/v1:Secret", "s"))
    assert not found.changed
    assert "Nothing changes: 7" in markdown.comment(found, stack="homelab")


@pytest.mark.parametrize(
    ("kind", "before", "after", "path"),
    [
        ("cloudflare:index/dnsRecord:DnsRecord", {"content": MARKED}, {"content": "[secret]"}, "content"),
        ("authentik:index/user:User", {"a": {"b": [MARKED]}}, {"a": {"b": ["x"]}}, "a.b[0]"),
        ("authentik:index/user:User", {"a": {"b": [MARKED]}}, {"a": {"b": ["x"]}}, "a"),
        ("authentik:index/user:User", {"a": MARKED}, {"a": MARKED}, "a.b.c"),
        (
            "kubernetes:core/v1:Secret",
            {"stringData": {"a.b": SECRET}},
            {"stringData": {"a.b": SECRET}},
            'stringData["a.b"]',
        ),
        ("kubernetes:core/v1:Secret", {"data": {"k": SECRET}}, {}, "data"),
    ],
)
def test_no_secret_is_shown(kind: str, before: Any, after: Any, path: str) -> None:
    changed = step(
        "update", kind, "it", oldState={"inputs": before}, newState={"inputs": after}, detailedDiff={path: {}}
    )
    text = markdown.comment(read(changed, config={"homelab:token": SECRET}), stack="homelab")
    assert SECRET not in text
    assert reading.SECRET in text


def test_what_failed_is_said_first() -> None:
    problems = [
        {"severity": "error", "message": "error: DnsRecord web:\n  refused\n"},
        {"severity": "info", "message": "x"},
    ]
    text = markdown.comment(read(diagnostics=problems), stack="homelab")
    assert text.index("It failed") < text.index("- `DnsRecord web: refused`") < text.index("Nothing is replaced")


@pytest.mark.parametrize(
    ("op", "count", "said"),
    [("delete", 3000, "There is more than fits here: see the log."), ("create", 3000, "more lines: see the log")],
)
def test_a_long_one_fits_and_says_that_there_is_more(op: str, count: int, said: str) -> None:
    steps = [step(op, "kubernetes:core/v1:Service", f"service-{number}" * 3) for number in range(count)]
    text = markdown.comment(read(*steps), stack="homelab")
    assert len(text) < 65_536
    assert said in text


def test_nothing_in_a_name_or_value_is_markup() -> None:
    told = {"oldState": {"inputs": {"a": "x"}}, "newState": {"inputs": {"a": "``` @everyone\n# big"}}}
    text = markdown.comment(
        read(step("update", "kubernetes:core/v1:Service", "it", detailedDiff={"a": {}}, **told)), stack="homelab"
    )
    assert text.count("```") == 2


@pytest.mark.parametrize("printed", ["", "error: no stack", "[]", "null"])
def test_what_is_no_preview_is_one_line(printed: str) -> None:
    with pytest.raises(UnreadableError, match=r"^pulumi preview: expected JSON, got [^\n]*$"):
        reading.read(printed)


def test_a_resource_is_told_of_once() -> None:
    found = read(*replaced("kubernetes:core/v1:Namespace", "web"))
    assert [item.change for item in found.steps] == [Change.REPLACED]
