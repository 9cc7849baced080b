"""What counts as a pin, in a small repository that has one of each."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from components import versions
from pipeline import pinned
from pipeline.pinned import Pin
from tests.conftest import REPOSITORY

DIGEST = f"sha256:{'ab' * 32}"
COMMIT = "de0fac2e4500dabe0009e67214ff5f5447ce83dd"
FILES = {
    "requirements.txt": "# a comment==1\npulumi==3.250.0\n",
    "requirements.lock": "pulumi==3.250.0 \\\n    --hash=sha256:00\n",
    "tools/one/go.mod": """\
module one

go 1.25

tool (
	example.org/tool/v2/cmd/first
	example.org/tool/v2/cmd/second
)

require (
	example.org/brought v1.0.0 // indirect
	example.org/chosen v1.1.0
	example.org/between v1.1.1-0.20250721065454-b09cf6be8d56
	example.org/tool/v2 v2.2.2 // indirect
)

exclude example.org/broken v1.0.0

exclude (
	example.org/brought v0.9.0
	example.org/chosen v1.0.9
)

replace (
	example.org/old => example.org/new v0.0.0-20241001131231-d02d263e614e
)
""",
    "tools/two/go.mod": "go 1.26.0\n\ntool example.org/two\n\nrequire example.org/two v3.0.0 // indirect\n",
    "tools/three/package.json": '{"name": "three", "dependencies": {"left": "1.2.3"}}',
    ".github/workflows/a.yml": f"""\
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@{COMMIT} # v6.0.2
      - uses: ./.github/actions/set-up
      - run: make unit
""",
    ".github/actions/set-up/action.yml": '        python-version: "3.11"\n',
}


@pytest.fixture
def pins(tmp_path: Path) -> list[Pin]:
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return [pin for pin in pinned.of(tmp_path) if pin.file != "components/versions.py"]


def test_one_of_each(pins: list[Pin]) -> None:
    assert {(pin.file, pin.name, pin.value, pin.digest) for pin in pins} == {
        ("requirements.txt", "pulumi", "3.250.0", ""),
        ("tools/one/go.mod", "go", "1.25", ""),
        ("tools/one/go.mod", "example.org/chosen", "v1.1.0", ""),
        ("tools/one/go.mod", "example.org/between", "v1.1.1-0.20250721065454-b09cf6be8d56", "b09cf6be8d56"),
        ("tools/one/go.mod", "example.org/tool/v2", "v2.2.2", ""),
        ("tools/one/go.mod", "example.org/new", "v0.0.0-20241001131231-d02d263e614e", "d02d263e614e"),
        ("tools/two/go.mod", "go", "1.26.0", ""),
        ("tools/two/go.mod", "example.org/two", "v3.0.0", ""),
        ("tools/three/package.json", "left", "1.2.3", ""),
        (".github/workflows/a.yml", "ubuntu", "24.04", ""),
        (".github/workflows/a.yml", "actions/checkout", "v6.0.2", COMMIT),
        (".github/actions/set-up/action.yml", "python", "3.11", ""),
    }
    assert len(pins) == len(set(pins))


def test_every_chart_and_image_is_one_with_its_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "NAVIDROME", dataclasses.replace(versions.NAVIDROME, digest=DIGEST))
    found = [pin for pin in pinned.of(REPOSITORY) if pin.file == "components/versions.py"]
    assert len(found) == len(versions.pins())
    assert {pin.digest for pin in found if pin.name == versions.NAVIDROME.repository} == {DIGEST}
