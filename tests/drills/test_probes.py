"""A server is well if it says so, and up if it says anything sensible."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer

import pytest

from drills.probes import KNOWN, answers


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(int(self.path[1:]))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's own name
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with TCPServer(("127.0.0.1", 0), Handler) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_address[1]}"
        serving.shutdown()


@pytest.mark.parametrize(
    ("code", "well", "up"), [(200, True, True), (302, True, True), (404, False, True), (503, False, False)]
)
def test_a_code_says_whether_it_is_well_and_whether_it_is_up(server: str, code: int, *, well: bool, up: bool) -> None:
    assert (answers(f"{server}/{code}"), answers(f"{server}/{code}", below=KNOWN)) == (well, up)


def test_nobody_is_not_well() -> None:
    assert not answers("http://127.0.0.1:1/200", below=KNOWN)
