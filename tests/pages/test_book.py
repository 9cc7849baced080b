"""All pages together: the same for the same platform, compared to the byte, with links that lead somewhere."""

from __future__ import annotations

import copy
import posixpath
import random
import re
from pathlib import Path
from typing import Any

import pytest

from pages.book import FOLDER, PAGES, different, made, write
from pages.services import anchor
from tests.conftest import REPOSITORY
from tests.pages.conftest import Running

LINK = re.compile(r"!?\[[^\]]*\]\(([^)]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def pages(committed: Running) -> dict[str, str]:
    return made(committed.platform)


def test_what_is_another_one_in_each_cluster_is_on_no_page(pages: dict[str, str], running: Running) -> None:
    dice = random.Random(1)  # noqa: S311 - which order it is does not matter
    dice.shuffle(running.healthy.objects)
    dice.shuffle(running.healthy.resources)
    renamed: dict[str, str] = {}
    for item in running.healthy.objects:
        item["metadata"]["uid"] = str(dice.random())
        item["metadata"]["resourceVersion"] = str(dice.randrange(10**6))
        item["metadata"]["creationTimestamp"] = f"2031-01-{dice.randrange(1, 28):02}T00:00:00Z"
        if item["kind"] == "Service" and "clusterIP" in item["spec"]:
            item["spec"]["clusterIP"] = f"10.43.7.{dice.randrange(255)}"
        if item["kind"] == "Pod":
            item["status"]["podIP"] = f"10.42.{dice.randrange(255)}.{dice.randrange(255)}"
            hashed = item["metadata"].get("labels", {}).get("pod-template-hash")
            if hashed:
                renamed[item["metadata"]["name"]] = f"{item['metadata']['name'][:-5]}{dice.randrange(10**5):05}"
                item["metadata"]["name"] = renamed[item["metadata"]["name"]]
    assert renamed
    for item in running.healthy.resources:
        if item["type"].endswith("ZeroTrustTunnelCloudflared"):
            item["id"] = "another-tunnel"
    assert made(running.platform) == pages


def test_a_job_that_comes_and_goes_is_on_no_page(pages: dict[str, str], running: Running) -> None:
    job = copy.deepcopy(running.healthy.all("CronJob")[0])
    source = running.healthy.get("ReplicationSource", "navidrome-data", "navidrome")
    container = {
        "name": "restic",
        "image": "quay.io/backube/volsync:0.14.0",
        "envFrom": [{"secretRef": {"name": source["spec"]["restic"]["repository"]}}],
    }
    owner = {"kind": "ReplicationSource", "name": "navidrome-data", "controller": True}
    job |= {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"namespace": "navidrome", "name": "volsync-src-navidrome-data", "ownerReferences": [owner]},
        "spec": {"template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [container]}}},
    }
    running.healthy.objects.append(job)
    assert made(running.platform) == pages
    # Made by nobody else, it stays, and is on pages.
    del job["metadata"]["ownerReferences"]
    assert made(running.platform) != pages


def test_one_byte_that_is_another_one_is_found(pages: dict[str, str], tmp_path: Path) -> None:
    assert write(pages, tmp_path) == sorted(pages)
    assert different(pages, tmp_path) == {}
    for path, text in pages.items():
        (tmp_path / path).write_text(text[:-2] + "~" + text[-1], encoding="utf-8")
        assert list(different(pages, tmp_path)) == [path]
        write(pages, tmp_path)
    assert different(pages, tmp_path) == {}


def test_a_page_that_is_missing_or_too_much_is_found_and_mended(pages: dict[str, str], tmp_path: Path) -> None:
    write(pages, tmp_path)
    missing, surplus = f"{FOLDER}/versions.md", f"{FOLDER}/old.md"
    (tmp_path / missing).unlink()
    (tmp_path / surplus).write_text("old\n", encoding="utf-8")
    assert set(different(pages, tmp_path)) == {missing, surplus}
    assert set(write(pages, tmp_path)) == {missing, surplus}
    assert not (tmp_path / surplus).exists()
    assert different(pages, tmp_path) == {}


@pytest.mark.parametrize("name", ["committed", "whole"])
def test_links_lead_somewhere(name: str, request: pytest.FixtureRequest) -> None:
    texts = made(request.getfixturevalue(name).platform)
    followed = 0
    for path, text in texts.items():
        for target in LINK.findall(text):
            if target.startswith("https://"):
                continue
            file, _, heading = target.partition("#")
            place = posixpath.normpath(posixpath.join(posixpath.dirname(path), file)) if file else path
            found = texts.get(place)
            if found is None:
                assert (REPOSITORY / place).is_file(), f"{path}: {target}"
                found = (REPOSITORY / place).read_text(encoding="utf-8")
            if heading:
                anchors = {anchor(item.strip("`")) for item in HEADING.findall(found)}
                assert heading in anchors, f"{path}: {target}"
            followed += 1
    assert followed > len(PAGES)


def test_every_row_of_a_table_has_as_many_cells_as_its_head(pages: dict[str, str]) -> None:
    for path, text in pages.items():
        head = 0
        for line in text.splitlines():
            cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
            assert not (head and cells) or cells == head, f"{path}: {line}"
            head = cells


def test_what_is_committed_is_of_this_program() -> None:
    """Whether it is of what runs, only a running sandbox can say: `make docs CHECK=1`."""
    for path in PAGES:
        assert (REPOSITORY / path).is_file(), f"{path}: run `make docs`"


def test_every_version_is_on_its_page(committed: Running, pages: dict[str, str]) -> None:
    text = pages[f"{FOLDER}/versions.md"]
    for name, version in committed.summary.versions.items():
        assert f"| `{name}` | {version} |" in text


def test_every_database_is_on_its_page(whole: Running) -> None:
    text = made(whole.platform)[f"{FOLDER}/databases.md"]
    for item in whole.summary.databases:
        for value in (item.name, f"{item.namespace}/{item.cluster}", item.service, item.schedule, item.archive):
            assert f"`{value}`" in text


def test_every_figure_of_the_outputs_is_on_a_page(committed: Running, pages: dict[str, str]) -> None:
    every = "\n".join(pages.values())
    figures: list[Any] = [item for item in committed.summary.figures if item.name != "tls-minimum"]
    assert figures
    for item in figures:
        assert item.value in every
    assert "TLS 1.3" in every
