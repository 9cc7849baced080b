"""One comment and one issue, however often the workflow runs, and nothing of anybody else's touched."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pipeline.errors import PipelineError
from pipeline.github import BOT, PAGE, Repository

TOKEN = "token-of-the-workflow"
MARKER = "homelab-preview"
OURS = {"login": BOT}


class Hub:
    """Comments of one pull request and issues, as GitHub's API gives and takes them."""

    def __init__(self) -> None:
        self.comments: list[dict[str, Any]] = []
        self.issues: list[dict[str, Any]] = []
        self.tokens: set[str] = set()
        self.refuse = False

    def answer(self, method: str, path: str, query: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        if self.refuse:
            return 403, {"message": "Resource not accessible by integration"}
        parts = path.removeprefix("/repos/me/homelab/").split("/")
        if method == "GET":
            listed = self.comments if parts[-1] == "comments" else self.issues
            return 200, _page([item for item in listed if item.get("state") in {None, query.get("state")}], query)
        kept = self.comments if "comments" in parts else self.issues
        if method == "POST":
            number = {"id" if kept is self.comments else "number": len(kept) + 1}
            kept.append({**number, "user": OURS, **({} if kept is self.comments else {"state": "open"}), **body})
            return 201, kept[-1]
        kept[int(parts[-1]) - 1].update(body)
        return 200, {}


def _page(items: list[dict[str, Any]], query: dict[str, str]) -> list[dict[str, Any]]:
    size, page = int(query["per_page"]), int(query["page"])
    return items[size * (page - 1) : size * page]


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def repository(hub: Hub) -> Iterator[Repository]:
    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            hub.tokens.add(self.headers["Authorization"])
            url = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            query = {key: value[0] for key, value in parse_qs(url.query).items()}
            status, answer = hub.answer(self.command, url.path, query, body)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def do_GET(self) -> None:
            self._do()

        def do_POST(self) -> None:
            self._do()

        def do_PATCH(self) -> None:
            self._do()

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Repository(name="me/homelab", token=TOKEN, api=f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()


def test_there_is_one_comment_which_is_kept_up_to_date(hub: Hub, repository: Repository) -> None:
    repository.keep_comment(3, MARKER, "first")
    repository.keep_comment(3, MARKER, "second")
    (comment,) = hub.comments
    assert comment["body"].endswith("second")
    assert hub.tokens == {f"Bearer {TOKEN}"}


def test_it_is_found_behind_many_others(hub: Hub, repository: Repository) -> None:
    hub.comments = [{"id": number + 1, "user": {"login": "me"}, "body": "hello"} for number in range(2 * PAGE)]
    repository.keep_comment(3, MARKER, "first")
    repository.keep_comment(3, MARKER, "second")
    assert len(hub.comments) == 2 * PAGE + 1


def test_a_comment_of_somebody_else_with_our_mark_is_left_alone(hub: Hub, repository: Repository) -> None:
    hub.comments = [{"id": 1, "user": {"login": "mallory"}, "body": f"<!-- {MARKER} -->\nall is well"}]
    repository.keep_comment(3, MARKER, "not so")
    assert [item["user"]["login"] for item in hub.comments] == ["mallory", BOT]
    assert hub.comments[0]["body"].endswith("all is well")


def test_the_issue_is_opened_once_brought_up_to_date_and_closed(hub: Hub, repository: Repository) -> None:
    hub.issues = [
        {"number": 1, "state": "open", "title": "drift", "user": {"login": "me"}},
        {"number": 2, "state": "open", "title": "drift", "user": OURS, "pull_request": {}},
        {"number": 3, "state": "closed", "title": "drift", "user": OURS},
    ]
    before = [dict(item) for item in hub.issues]
    repository.keep_issue("drift", "one thing")
    repository.keep_issue("drift", "two things")
    repository.close_issue("drift", "nothing")
    repository.close_issue("drift", "nothing")
    assert hub.issues[:3] == before
    (issue,) = hub.issues[3:]
    assert (issue["body"], issue["state"]) == ("two things", "closed")
    assert [item["body"] for item in hub.comments] == ["nothing"]


def test_a_refusal_is_one_line_without_the_token(hub: Hub, repository: Repository) -> None:
    hub.refuse = True
    with pytest.raises(PipelineError) as refusal:
        repository.keep_comment(3, MARKER, "text")
    assert "403 Resource not accessible" in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert TOKEN not in str(refusal.value) + repr(repository)
