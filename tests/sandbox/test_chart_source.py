"""Where charts come from: a word, a folder, or a repository, which is one on this machine here."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from rich.console import Console

from components import versions
from sandbox import chart_source
from sandbox.chart_source import CHARTS
from sandbox.errors import SandboxError
from sandbox.paths import CACHE_ENV, Sandbox
from sandbox.rendering import helm, package
from sandbox.steps import Steps

STEPS = Steps(Console(quiet=True))


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the library
        del format, args


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A folder with one chart in it."""
    folder = tmp_path / "packages"
    folder.mkdir()
    helm.run(["package", package.STAND_INS / "connect", "--destination", folder])
    return folder


@pytest.fixture
def repository(packages: Path) -> Iterator[str]:
    """The folder as a repository of charts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(packages)))
    url = f"http://127.0.0.1:{server.server_address[1]}"
    helm.run(["repo", "index", packages, "--url", url])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield url
    server.shutdown()
    server.server_close()


@pytest.fixture
def pinned(repository: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """One pin, of that repository; what is fetched goes into the test's own folder."""
    helm.run(["version"])  # built before the cache is another one
    monkeypatch.setenv(CACHE_ENV, str(tmp_path / "cache"))
    monkeypatch.setattr(versions, "pins", lambda: {"CONNECT": versions.Chart(repository, "connect", "2.0.5")})
    return repository


def test_real_charts_are_fetched_once_from_their_repositories(pinned: str, packages: Path) -> None:
    found = chart_source.folder("real", STEPS)
    assert found is not None
    assert package.find("connect", pinned, "2.0.5", found).version == "2.0.5"
    (packages / "index.yaml").unlink()
    assert chart_source.folder("real", STEPS) == found


def test_a_repository_that_does_not_give_a_chart_is_named_in_one_line(pinned: str, packages: Path) -> None:
    (packages / "connect-2.0.5.tgz").unlink()
    with pytest.raises(SandboxError, match=f"^CHARTS=real: {pinned} does not give chart connect 2.0.5: .*404") as error:
        chart_source.folder("real", STEPS)
    assert "\n" not in str(error.value)
    assert not list((packages.parent / "cache" / "charts").glob("*.tgz"))


@pytest.mark.usefixtures("pinned")
def test_a_repository_that_cannot_be_reached_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = versions.Chart("http://127.0.0.1:9", "connect", "2.0.5")
    monkeypatch.setattr(versions, "pins", lambda: {"CONNECT": nobody})
    with pytest.raises(SandboxError, match=r"^CHARTS=real: http://127.0.0.1:9 does not give chart connect 2.0.5: "):
        chart_source.folder("real", STEPS)


@pytest.mark.parametrize("word", ["rael", "."])
def test_another_word_or_a_folder_without_charts_is_refused(
    word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SandboxError, match=rf"^CHARTS={word}: expected `real`, `stand-in`, or a folder with packages"):
        chart_source.folder(word, STEPS)


def test_a_sandbox_remembers_where_its_charts_come_from(
    packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = Sandbox(root=tmp_path / "sandbox")

    def settle(word: str) -> tuple[bool, Path | None]:
        monkeypatch.setenv(CHARTS, word)
        return chart_source.settle(sandbox, STEPS), sandbox.packages()

    assert settle("") == (False, None)
    assert settle(str(packages)) == (True, packages)
    assert settle("") == (False, packages)
    assert settle(str(packages)) == (False, packages)
    assert settle("stand-in") == (True, None)
