"""The site in a real browser: as people read it, over HTTP and as files, in light, in dark and on a phone.

It does not show that a page is well written, nor that another browser draws it in the same way.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request
from rich.console import Console

from sandbox.errors import SandboxError
from sandbox.paths import REPOSITORY
from sandbox.steps import Steps
from website import browser, build
from website.errors import WebsiteError

DESKTOP: Final[Any] = {"width": 1280, "height": 900}
PHONE: Final[Any] = {"width": 375, "height": 800}
LOCAL: Final = {"data", "blob", "about"}
FENCE: Final = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINKS: Final = """() => [...document.querySelectorAll("a[href], img[src], script[src], link[href]")]
    .map((item) => item.getAttribute("href") || item.getAttribute("src"))"""
ANCHORS: Final = "() => [...document.querySelectorAll('[id]')].map((item) => item.id)"
OVERFLOW: Final = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
DIAGRAMS: Final = """() => [...document.querySelectorAll(".mermaid")].map((item) => ({
    text: item.textContent,
    drawn: item.querySelectorAll("svg").length === 1 && !item.classList.contains("undrawn"),
    width: item.querySelector("svg")?.getBoundingClientRect().width ?? 0,
}))"""
BROKEN_PICTURES: Final = """() => [...document.images].filter((item) => !item.naturalWidth).map((item) => item.src)"""
SHADE: Final = "() => getComputedStyle(document.body).backgroundColor"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What one page of the site showed."""

    links: list[str]
    anchors: set[str]
    diagrams: list[dict[str, Any]]
    pictures: list[str]
    """That could not be shown."""
    wide: dict[str, int]
    """By how many pixels the page is wider than the window."""
    shades: dict[str, str]


@dataclass(kw_only=True)
class Visit:
    """A browser's window with what went wrong in it."""

    page: Page
    trouble: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    """Requests to anywhere but the site."""

    @classmethod
    def begin(cls, chromium: Browser, home: str) -> Visit:
        visit = cls(page=chromium.new_page(viewport=DESKTOP))

        def said(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"}:
                visit.trouble.append(f"{visit.page.url}: {message.text}")

        def asked(request: Request) -> None:
            if not request.url.startswith(home) and urlsplit(request.url).scheme not in LOCAL:
                visit.strangers.append(f"{visit.page.url}: {request.url}")

        visit.page.on("console", said)
        visit.page.on("pageerror", lambda error: visit.trouble.append(f"{visit.page.url}: {error}"))
        visit.page.on("request", asked)
        return visit

    def open(self, address: str, *, theme: str = "light") -> None:
        self.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        self.page.goto(address)
        self.page.wait_for_function(browser.DRAWN, arg=theme)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with its pages."""
    return build.build(Steps(Console(file=io.StringIO())), tmp_path_factory.mktemp("site")).parent


@pytest.fixture(scope="module")
def pages(site: Path) -> list[str]:
    return sorted(file.relative_to(site).as_posix() for file in site.rglob("*.html"))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    try:
        program = browser.chromium(Steps(Console(file=io.StringIO())))
    except SandboxError as error:
        pytest.skip(f"no browser: {error}")
    with browser.launched(program) as running:
        yield running


@pytest.fixture(scope="module")
def home(site: Path) -> Iterator[str]:
    with browser.served(site) as address:
        yield f"{address}/"


@pytest.fixture(scope="module")
def visit(chromium: Browser, home: str) -> Visit:
    return Visit.begin(chromium, home)


@pytest.fixture(scope="module")
def seen(visit: Visit, home: str, pages: list[str]) -> dict[str, Seen]:
    """Every page, looked at in a window, on a phone, in light and in dark."""
    found = {}
    for name in pages:
        visit.open(home + name)
        page = visit.page
        wide, shades = {"desktop": page.evaluate(OVERFLOW)}, {"light": page.evaluate(SHADE)}
        diagrams = page.evaluate(DIAGRAMS)
        page.set_viewport_size(PHONE)
        wide["phone"] = page.evaluate(OVERFLOW)
        page.emulate_media(color_scheme="dark")
        page.wait_for_function(browser.DRAWN, arg="dark")
        shades["dark"] = page.evaluate(SHADE)
        diagrams += page.evaluate(DIAGRAMS)
        page.set_viewport_size(DESKTOP)
        found[name] = Seen(
            links=page.evaluate(LINKS),
            anchors=set(page.evaluate(ANCHORS)),
            diagrams=diagrams,
            pictures=page.evaluate(BROKEN_PICTURES),
            wide=wide,
            shades=shades,
        )
    return found


def test_no_page_complains_or_asks_another_host(seen: dict[str, Seen], visit: Visit) -> None:
    assert seen
    assert visit.trouble == []
    assert visit.strangers == []


def test_every_document_is_a_page(pages: list[str]) -> None:
    documents = [REPOSITORY / "README.md", *(REPOSITORY / "docs").rglob("*.md")]
    expected = {file.relative_to(REPOSITORY).with_suffix(".html").as_posix() for file in documents}
    assert expected <= set(pages)


def test_every_link_and_anchor_leads_somewhere(seen: dict[str, Seen], site: Path) -> None:
    broken = []
    for name, page in seen.items():
        for link in page.links:
            target = urlsplit(urljoin(f"http://site/{name}", link))
            if target.netloc != "site":
                assert target.scheme in {"http", "https"}, f"{name}: {link}"
                continue
            path = target.path.lstrip("/")
            if not (site / path).is_file() or (target.fragment and target.fragment not in seen[path].anchors):
                broken.append(f"{name}: {link}")
    assert broken == []


def test_every_diagram_is_drawn_with_its_labels(seen: dict[str, Seen]) -> None:
    drawn = 0
    for document in (REPOSITORY / "README.md", *(REPOSITORY / "docs").rglob("*.md")):
        sources = FENCE.findall(document.read_text(encoding="utf-8"))
        page = seen[document.relative_to(REPOSITORY).with_suffix(".html").as_posix()]
        # In light, and again in dark.
        assert len(page.diagrams) == 2 * len(sources), document.name
        for source, diagram in zip([*sources, *sources], page.diagrams, strict=True):
            assert diagram["drawn"], f"{document.name}: {source[:60]}"
            assert "Syntax error" not in diagram["text"]
            assert diagram["width"] > 100
            text = _letters(diagram["text"])
            for label in re.findall(r'"([^"]+)"', source):
                for line in re.split(r"<br\s*/?>|\\n", label):
                    assert _letters(line) in text, f"{document.name}: {line}"
            drawn += 1
    assert drawn


def _letters(text: str) -> str:
    """What is left of a label when it was broken into lines."""
    return re.sub(r"\W|&\w+;", "", text)


def test_a_diagram_is_seen_large_and_goes_back(visit: Visit, home: str) -> None:
    visit.open(f"{home}docs/architecture.html")
    diagram = visit.page.locator(".mermaid").nth(1)
    drawing = diagram.locator("svg")
    width = "(item) => item.getBoundingClientRect().width"
    before = drawing.evaluate(width)
    diagram.click()
    assert diagram.bounding_box() == {"x": 0, "y": 0, **DESKTOP}
    assert drawing.evaluate(width) > before
    diagram.press("Escape")
    assert drawing.evaluate(width) == before


def test_pictures_are_shown(seen: dict[str, Seen]) -> None:
    assert {name: page.pictures for name, page in seen.items() if page.pictures} == {}


@pytest.mark.parametrize("window", ["desktop", "phone"])
def test_no_page_is_wider_than_the_window(window: str, seen: dict[str, Seen]) -> None:
    assert {name: page.wide[window] for name, page in seen.items() if page.wide[window] > 0} == {}


def test_a_dark_page_is_darker(seen: dict[str, Seen]) -> None:
    for name, page in seen.items():
        shades = {theme: sum(map(int, re.findall(r"\d+", shade)[:3])) for theme, shade in page.shades.items()}
        assert shades["dark"] < 200, name
        assert shades["light"] > 600, name


def find(visit: Visit, address: str, word: str) -> list[str]:
    """The addresses that the search offers for a word."""
    visit.open(address)
    visit.page.fill("input.sidebar-search", word)
    visit.page.press("input.sidebar-search", "Enter")
    visit.page.wait_for_selector("#search-results li a")
    found: list[str] = visit.page.evaluate(
        "() => [...document.querySelectorAll('#search-results li a')].map((a) => a.href)"
    )
    return found


WORD: Final = "VectorChord"
"""Of an application's database: some page has it, and most have not."""


def test_search_finds_the_pages_that_have_a_word(visit: Visit, home: str) -> None:
    found = find(visit, f"{home}README.html", WORD)
    assert found
    visit.page.goto(found[0])
    assert WORD.lower() in visit.page.inner_text("article").lower()
    assert visit.trouble == []


def test_all_works_as_files_without_a_server(chromium: Browser, site: Path, pages: list[str]) -> None:
    visit = Visit.begin(chromium, site.as_uri())
    for name in pages:
        visit.open((site / name).as_uri(), theme="dark")
    assert find(visit, (site / "README.html").as_uri(), WORD)
    assert visit.trouble == []
    assert visit.strangers == []


def test_a_page_that_is_not_right_is_refused_with_a_line_for_each_mistake(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    (repository / "docs").mkdir(parents=True)
    (repository / "README.md").write_text("# Home\n\n[gone](docs/gone.md) [folder](src) [page](docs/page.md#gone)\n")
    (repository / "docs/page.md").write_text("# Page\n\n![gone](gone.png) [here](#gone) [page](page.md#page)\n")
    with pytest.raises(WebsiteError) as refused:
        build.build(Steps(Console(file=io.StringIO())), tmp_path / "site", repository)
    lines = str(refused.value).splitlines()
    for file, what in (
        ("README.md:3", "'docs/gone.md'"),
        ("README.md:3", "'src'"),
        ("README.md:3", "'gone'"),
        ("docs/page.md:3", "docs/gone.png"),
        ("docs/page.md:3", "'gone'"),
    ):
        assert any(line.startswith(file) and what in line for line in lines), f"{file}: {what}"
    assert len(lines) == 5
