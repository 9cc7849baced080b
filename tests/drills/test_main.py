"""`python -m drills`: what it runs, its exit code, and that nothing is left of a drill however it ends."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from drills import space
from drills.__main__ import main
from drills.course import AbandonedError
from drills.errors import DrillError
from drills.flow import Bench, Flow
from sandbox import interrupts
from sandbox.lifecycle import Lifecycle


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Without builds and namespaces: the drills run in this process."""
    monkeypatch.setattr(Lifecycle, "build", lambda _self: 0)
    monkeypatch.setattr(space, "prefix", list)
    with interrupts.kept():
        yield


def flow(name: str, run: Callable[[Bench], None], *, minutes: int = 1, packages: dict[str, str] | None = None) -> Flow:
    return Flow(name=name, title="of a test", programs=(), packages=packages or {}, minutes=minutes, run=run)


def sees(seen: str, folders: list[Path]) -> Callable[[Bench], None]:
    def run(bench: Bench) -> None:
        folders.append(bench.folder)
        (bench.folder / "deep").mkdir()
        (bench.folder / "deep" / "part.log").write_text("a line\n")
        with bench.course("real").step("push", expected="Synced", within=5) as step:
            step.seen = seen

    return run


def ran(arguments: list[str], *flows: Flow) -> int:
    return main(arguments, {item.name: item for item in flows})


def test_all_drills_run_without_a_name_and_their_folders_are_gone(capsys: pytest.CaptureFixture[str]) -> None:
    folders: list[Path] = []
    assert ran([], flow("one", sees("Synced", folders)), flow("two", sees("Synced", folders))) == 0
    assert len(folders) == 2
    assert not any(folder.exists() for folder in folders)
    assert capsys.readouterr().out.splitlines()[-2:] == ["drill one: ok", "drill two: ok"]


def test_a_failed_step_fails_the_command_and_the_next_drill_runs(capsys: pytest.CaptureFixture[str]) -> None:
    folders: list[Path] = []
    assert ran([], flow("one", sees("OutOfSync", folders)), flow("two", sees("Synced", folders))) == 1
    assert not any(folder.exists() for folder in folders)
    *_, first, why, second = capsys.readouterr().out.splitlines()
    assert (first, second) == ("drill one: FAILED", "drill two: ok")
    assert why.startswith("  push (real): OutOfSync, instead of Synced")


def test_a_drill_that_ends_by_an_error_says_it_last_and_the_next_runs(capsys: pytest.CaptureFixture[str]) -> None:
    def run(bench: Bench) -> None:
        bench.course("real")
        message = "no charts\nhere"
        raise DrillError(message)

    assert ran([], flow("one", run), flow("two", sees("Synced", []))) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[-4:] == ["drill one: FAILED", "  error: no charts here", "  nothing was done", "drill two: ok"]


def test_what_failed_in_namespaces_is_said_last_by_whoever_started_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(command: Sequence[str]) -> int:
        with monkeypatch.context() as inside:
            inside.setattr(space, "furnish", lambda: None)
            arguments = [*command[command.index("drills") + 1 :], "--held", str(os.open(os.devnull, os.O_RDONLY))]
            return ran(arguments, flow("one", sees("OutOfSync", [])))

    monkeypatch.setattr(space, "prefix", lambda: ["unshare"])
    monkeypatch.setattr(space, "run", run)
    assert ran([], flow("one", sees("OutOfSync", []))) == 1
    *_, verdict, why = capsys.readouterr().out.splitlines()
    assert verdict == "drill one: FAILED"
    assert why.startswith("  push (real): OutOfSync, instead of Synced")


def test_one_drill_runs_by_its_name_and_an_unknown_one_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    folders: list[Path] = []
    both = (flow("one", sees("Synced", folders)), flow("two", sees("Synced", folders)))
    assert ran(["two"], *both) == 0
    assert len(folders) == 1
    assert ran(["three"], *both) == 1
    assert "FLOW=three: expected one of one, two" in capsys.readouterr().out


def test_one_that_needs_a_network_of_its_own_is_not_begun_without_and_fails_whoever_asks_for_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    folders: list[Path] = []
    needy = dataclasses.replace(flow("needy", sees("Synced", folders)), own_network=True)
    assert ran([], needy) == 0
    assert ran(["needy"], needy) == 1
    assert not folders
    out = capsys.readouterr().out
    assert "drill needy: NOT POSSIBLE HERE" in out
    assert out.endswith("drill needy: FAILED\n  it needs a network of its own\n")


@pytest.mark.parametrize("error", [AbandonedError(), DrillError("no charts"), KeyError("spec"), KeyboardInterrupt()])
def test_whatever_ends_a_drill_its_folder_is_gone(error: BaseException, capsys: pytest.CaptureFixture[str]) -> None:
    folders: list[Path] = []

    def run(bench: Bench) -> None:
        folders.append(bench.folder)
        raise error

    if isinstance(error, KeyError):  # a mistake in the drill deserves its traceback
        with pytest.raises(KeyError):
            ran([], flow("one", run))
    else:
        assert ran([], flow("one", run)) != 0
        assert "Traceback" not in capsys.readouterr().out
    assert folders
    assert not folders[0].exists()


def test_what_there_is_no_time_for_is_not_begun_and_said_last(capsys: pytest.CaptureFixture[str]) -> None:
    folders: list[Path] = []
    quick, long = flow("quick", sees("Synced", folders), minutes=0), flow("long", sees("Synced", folders), minutes=9)
    assert ran(["--within", "300"], long, quick) == 0
    assert len(folders) == 1
    assert capsys.readouterr().out.splitlines()[-2:] == ["drill long: NOT REACHED", "drill quick: ok"]
    assert ran(["--within", "-5"], long, quick) == 0
    assert len(folders) == 1


def test_nothing_is_built_for_a_drill_that_there_is_no_time_for(capsys: pytest.CaptureFixture[str]) -> None:
    lacking = flow("long", sees("Synced", []), minutes=9, packages={"no-such-program": "its-package"})
    assert ran(["--within", "300"], lacking, flow("quick", sees("Synced", []), minutes=0)) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == ["drill long: NOT REACHED", "drill quick: ok"]


def test_a_package_that_is_missing_is_named_with_the_way_to_get_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    folders: list[Path] = []
    packages = {"no-such-program": "its-package", "sh": "dash"}
    assert ran([], flow("one", sees("Synced", folders), packages=packages)) == 1
    assert folders == []
    assert "`apt-get install its-package`" in capsys.readouterr().out


def test_logs_are_kept_where_they_are_asked_for(tmp_path: Path) -> None:
    assert ran(["--logs", str(tmp_path)], flow("one", sees("Synced", []))) == 0
    assert (tmp_path / "one" / "deep" / "part.log").read_text() == "a line\n"
