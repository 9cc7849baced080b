"""The description: its own structure in both languages, whole boxes, and the platform's figures."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from pages.data_flow import HERE, english, japanese
from pages.data_flow.boxes import SLOT, TABLE
from pages.errors import PagesError
from tests.pages.conftest import Running
from tests.support.boxes import broken

TEMPLATES = {name: (HERE / f"{name}.md").read_text(encoding="utf-8") for name in ("ja", "en")}
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def blocks(text: str) -> list[list[str]]:
    return [part.strip("\n").splitlines() for part in text.split("```")[1::2]]


def test_both_languages_have_the_same_structure() -> None:
    shapes = [
        [
            (line.split(" ")[0], line.count("|"))
            for line in text.splitlines()
            if line.startswith(("#", "|", "```")) or line[:2].strip(".").isdigit()
        ]
        for text in TEMPLATES.values()
    ]
    assert shapes[0] == shapes[1]
    slots = [
        sorted(name.removesuffix("_ja").removesuffix("_en") for name, _ in SLOT.findall(t)) for t in TEMPLATES.values()
    ]
    assert slots[0] == slots[1]
    tables = [[line for line in text.splitlines() if TABLE.match(line)] for text in TEMPLATES.values()]
    assert tables[0] == tables[1]


def test_the_english_one_is_english() -> None:
    assert not JAPANESE.search(TEMPLATES["en"])
    assert JAPANESE.search(TEMPLATES["ja"])


@pytest.mark.parametrize("name", ["committed", "whole"])
@pytest.mark.parametrize("write", [japanese, english])
def test_every_box_is_closed_and_every_slot_filled(name: str, write: object, request: pytest.FixtureRequest) -> None:
    assert callable(write)
    text = write(request.getfixturevalue(name).platform)
    assert len(blocks(text)) > 10
    for block in blocks(text):
        assert broken(block) == [], "\n".join(block)
    assert not SLOT.search(text)
    assert "{" not in text


@pytest.mark.parametrize(
    ("kind", "name", "namespace", "image", "said"),
    [
        ("Deployment", "grafana", "temporis", "grafana/grafana:99.9", "v99.9"),
        ("Deployment", "traefik", "traefik", "traefik:v99.9", "v99.9"),
        ("Deployment", "onepassword-connect-operator", "onepassword", "1password/onepassword-operator:99.9", "99.9"),
    ],
)
def test_a_newer_version_is_in_its_box(  # noqa: PLR0917 - the parameters are a table
    running: Running, kind: str, name: str, namespace: str, image: str, said: str
) -> None:
    pods = running.healthy.get(kind, name, namespace)["spec"]["template"]["spec"]
    pods["containers"][0]["image"] = image
    drawn = "\n".join(line for block in blocks(japanese(running.platform)) for line in block)
    assert re.search(rf"│ +{re.escape(said)} +│", drawn)


def test_an_interval_is_said_in_the_languages_own_words(running: Running) -> None:
    running.healthy.get("ConfigMap", "argocd-cm", "argocd")["data"]["timeout.reconciliation"] = "300s"
    summary = replace(running.summary, gitops=replace(running.summary.gitops, polling=300))
    slower = Running(healthy=running.healthy, summary=summary).platform
    assert "(5分間隔)" in japanese(slower)
    assert "(every 5 min)" in english(slower)


def test_what_is_off_is_said_to_be(committed: Running, whole: Running) -> None:
    assert re.search(r"^\| Remo-Exporter .* \| off \|$", japanese(committed.platform), re.MULTILINE)
    assert re.search(r"^\| Remo-Exporter .* \| 60s \|$", japanese(whole.platform), re.MULTILINE)


def test_a_middleware_that_not_every_route_has_is_optional(committed: Running) -> None:
    text = english(committed.platform)
    for line in ("- security-headers", "- authentik-forward-auth (optional)", "- compress"):
        assert re.search(rf"^ +{re.escape(line)}$", text, re.MULTILINE)


def test_a_figure_that_is_not_there_stops_the_page(running: Running) -> None:
    running.healthy.drop("Certificate", "tls-suzutan.jp", "traefik")
    with pytest.raises(PagesError, match=r"tls-suzutan\.jp"):
        japanese(running.platform)
