"""A module without the classes that nobody asks for."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from components.kit import partial

SOURCE = """
__all__ = ["Wanted", "WantedPart", "WantedPartArgsDict", "Other", "CONSTANT"]
CONSTANT = 3

def marked(made):
    made.marked = True
    return made

@marked
class Wanted:
    def part(self):
        class Inner:
            pass
        return WantedPart(), Inner()

@marked
class WantedPart:
    pass

class WantedPartArgsDict:
    pass

@marked
class Other:
    raise AssertionError("its body is not run")
"""


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    (tmp_path / "made_of_classes.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(str(tmp_path))
    partial.load("made_of_classes", "Wanted")
    yield importlib.import_module("made_of_classes")
    sys.modules.pop("made_of_classes")


def test_what_is_asked_for_is_as_the_module_has_it(made: ModuleType) -> None:
    assert made.Wanted.marked
    assert isinstance(made.Wanted().part()[0], made.WantedPart)
    assert (made.Wanted.__module__, made.CONSTANT) == ("made_of_classes", 3)


def test_what_is_not_asked_for_is_not_there(made: ModuleType) -> None:
    assert not hasattr(made, "Other")
    assert not hasattr(made, "WantedPartArgsDict")
    assert made.__all__ == ["Wanted", "WantedPart", "CONSTANT"]


def test_a_module_that_is_loaded_already_is_left_alone(made: ModuleType) -> None:
    partial.load("made_of_classes", "Other")
    assert sys.modules["made_of_classes"] is made


def test_one_that_is_not_installed_is_one_line() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"^no_such_module is not installed: run `make`"):
        partial.load("no_such_module")


def test_one_that_cannot_be_loaded_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_module.py").write_text("class Wanted:\n    x = 1 / 0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ZeroDivisionError):
        partial.load("broken_module", "Wanted")
    assert "broken_module" not in sys.modules


def test_cloudflares_types_are_those_that_the_whole_package_has() -> None:
    program = """
import sys
from components.kit import cloudflare
parts = {name: sys.modules[f"pulumi_cloudflare.{name}"] for name in ("_inputs", "outputs")}
left = {name: {k: v for k, v in vars(part).items() if isinstance(v, type)} for name, part in parts.items()}
for name in [name for name in sys.modules if name.startswith("pulumi_cloudflare")]:
    del sys.modules[name]
import pulumi_cloudflare._inputs, pulumi_cloudflare.outputs
for name in parts:
    whole = vars(sys.modules[f"pulumi_cloudflare.{name}"])
    assert 10 < len(left[name]) < len(whole) / 4, (name, len(left[name]), len(whole))
    for key, made in left[name].items():
        assert vars(made).keys() == vars(whole[key]).keys(), key
    wanted = {key for key in whole if key.startswith(cloudflare.USED) and not key.endswith("ArgsDict")}
    assert wanted <= set(left[name]), name
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
