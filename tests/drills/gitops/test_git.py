"""A real Git server: what is pushed is fetched from it, and a webhook tells what changed."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from drills.authority import Authority
from drills.gitops import webhook
from drills.gitops.git import OWN, Server
from drills.web import Answer, Asked, Web

URL = "https://git.example.org/me/apps.git"


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(folder=tmp_path / "git")


def fetched(server: Server, tmp_path: Path) -> Path:
    """A clone made through the network."""
    with Web(authority=Authority.make(tmp_path / "authority"), site=lambda _host: server.answer).serving() as web:
        environment = {**os.environ, **OWN, **web.environment()}
        command = ["git", "clone", "--quiet", URL, str(tmp_path / "fetched")]
        subprocess.run(command, env=environment, check=True, timeout=60)
    return tmp_path / "fetched"


def test_a_repository_is_there_when_it_is_asked_for(server: Server, tmp_path: Path) -> None:
    assert [path.name for path in fetched(server, tmp_path).iterdir()] == [".git"]


def test_what_is_pushed_is_fetched(server: Server, tmp_path: Path) -> None:
    repository = server.clone("me/apps.git")
    repository.push({"apps/hello/a.yaml": "a: 1\n", "apps/other/b.yaml": "b: 1\n"})
    commit = repository.push({"apps/hello/a.yaml": "a: 2\n", "apps/hello/c.yaml": "c: 1\n", "apps/other": None})
    assert commit.after == repository.head() != commit.before
    assert commit.changed == {
        "added": ["apps/hello/c.yaml"],
        "modified": ["apps/hello/a.yaml"],
        "removed": ["apps/other/b.yaml"],
    }
    found = fetched(server, tmp_path)
    assert (found / "apps/hello/a.yaml").read_text() == "a: 2\n"
    assert not (found / "apps/other").exists()


def test_a_commit_is_held_by_the_repository_that_it_was_pushed_to(server: Server) -> None:
    commit = server.clone("me/apps.git").push({"a.yaml": "a: 1\n"}).after
    assert server.holds("me/apps.git", commit)
    assert server.holds("me/apps", commit)
    assert not server.holds("me/apps", "0" * 40)
    assert not server.holds("you/apps", commit)


def test_what_is_not_gits_is_not_found(server: Server) -> None:
    for path in ("/", "/me/apps.git", "/../../etc/passwd/info/refs/more", "/me/apps.git/git-receive-pack"):
        asked = Asked(method="GET", host="git.example.org", path=path, query="", headers={}, body=b"")
        assert server.answer(asked) == Answer(status=404)
    assert not server.folder.exists()


@pytest.fixture
def listener() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    heard: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200 if self.path == "/api/webhook" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{http.server_address[1]}", heard
        http.shutdown()
        thread.join()


def test_a_webhook_is_signed_and_names_the_repository_and_the_paths(
    server: Server, listener: tuple[str, list[tuple[dict[str, str], bytes]]]
) -> None:
    url, heard = listener
    commit = server.clone("me/apps.git").push({"apps/hello/a.yaml": "a: 1\n"})
    assert webhook.send(url, webhook.payload(URL, commit), "the secret") == 200
    ((headers, body),) = heard
    expected = hmac.new(b"the secret", body, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature-256"] == f"sha256={expected}"
    said = json.loads(body)
    assert said["repository"]["html_url"] == "https://git.example.org/me/apps"
    assert said["after"] == commit.after
    assert said["commits"][0]["added"] == ["apps/hello/a.yaml"]
