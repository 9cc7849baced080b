"""Decision records: each in the form that the index describes, and in the index as it says of itself."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "docs" / "decisions"
INDEX = (FOLDER / "README.md").read_text(encoding="utf-8")
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))
HEAD = re.compile(
    r"# (?P<number>\d+)\. (?P<title>.+)\n\n"
    r"- Status: (?P<status>proposed|accepted|superseded by (?P<newer>\d+))\n"
    r"- Date: (?P<date>\d{4}-\d{2}-\d{2})\n\n"
)
SECTIONS = ["Context", "Options", "Decision", "Consequences"]


def head(record: Path) -> re.Match[str]:
    found = HEAD.match(record.read_text(encoding="utf-8"))
    assert found, f"{record.name}: does not begin as the template in {FOLDER.name}/README.md"
    return found


def by_name(record: Path) -> str:
    return record.stem


def test_records_are_numbered_without_a_gap() -> None:
    assert [int(record.name[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))
    assert {file.name for file in FOLDER.iterdir()} == {record.name for record in RECORDS} | {"README.md"}


@pytest.mark.parametrize("record", RECORDS, ids=by_name)
def test_a_record_has_its_sections_and_none_is_empty(record: Path) -> None:
    text = record.read_text(encoding="utf-8")
    _, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    assert [part.partition("\n")[0] for part in parts] == SECTIONS
    assert all(part.partition("\n")[2].strip() for part in parts)


@pytest.mark.parametrize("record", RECORDS, ids=by_name)
def test_its_head_says_number_status_and_date(record: Path) -> None:
    found = head(record)
    assert int(found["number"]) == int(record.name[:4])
    assert dt.date.fromisoformat(found["date"])
    if found["newer"]:
        assert int(found["number"]) < int(found["newer"]) <= len(RECORDS)


def test_the_index_says_of_each_what_it_says_of_itself() -> None:
    rows = [line for line in INDEX.splitlines() if re.match(r"\| \d", line)]
    expected = []
    for record in RECORDS:
        found = head(record)
        row = f"| {found['number']} | [{found['title']}]({record.name}) | {found['status']} | {found['date']} |"
        expected.append(row)
    assert rows == expected


def test_the_template_is_of_the_form_that_is_tested() -> None:
    template = INDEX.partition("```markdown\n")[2].partition("```")[0]
    filled = template.replace("# N.", "# 9.").replace("YYYY-MM-DD", "2026-11-23")
    assert HEAD.match(filled)
    assert re.findall(r"^## (.+)$", filled, re.MULTILINE) == SECTIONS
