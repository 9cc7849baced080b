"""GitHub's stand-in believes the App's key alone, and what it says of commits that there are."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any

import pytest

from drills.gitops.git import Server
from drills.gitops.github import API, APP, TOKENS, USER, GitHub
from drills.web import Answer, Asked
from sandbox.cluster import openssl

REPOSITORY = "me/apps"
READ = f"/{REPOSITORY}/info/refs"


@pytest.fixture
def github(tmp_path: Path) -> GitHub:
    (tmp_path / "git").mkdir()
    return GitHub.make(tmp_path / "github", Server(folder=tmp_path / "git"))


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(folder: Path, key: str, **claims: Any) -> str:
    now = int(time.time())
    said = {"iat": now - 30, "exp": now + 90, "iss": str(APP), **claims}
    text = ".".join(encoded(json.dumps(part).encode()) for part in ({"alg": "RS256", "typ": "JWT"}, said))
    (folder / "key").write_text(key)
    (folder / "text").write_text(text)
    openssl(folder, "dgst", "-sha256", "-sign", "key", "-out", "made", "text")
    return f"{text}.{encoded((folder / 'made').read_bytes())}"


def post(github: GitHub, path: str, authorization: str, body: Any = None) -> Answer:
    headers = {"authorization": authorization}
    data = b"" if body is None else json.dumps(body).encode()
    return github.answer(Asked(method="POST", host=API, path=path, query="", headers=headers, body=data))


def token(github: GitHub, folder: Path) -> str:
    answer = post(github, TOKENS, f"Bearer {signed(folder, github.key)}")
    assert answer.status == 201
    return str(json.loads(answer.body)["token"])


def test_only_the_app_gets_a_token(github: GitHub, tmp_path: Path) -> None:
    openssl(tmp_path, "genrsa", "-out", "other", "2048")
    now = int(time.time())
    forged = [
        "",
        "not.a.token",
        signed(tmp_path, (tmp_path / "other").read_text()),
        signed(tmp_path, github.key, iss="1"),
        signed(tmp_path, github.key, exp=now - 1),
        signed(tmp_path, github.key, exp=now + 3600),
        f"{signed(tmp_path, github.key).rpartition('.')[0]}.",
    ]
    assert [post(github, TOKENS, f"Bearer {one}").status for one in forged] == [401] * len(forged)
    assert post(github, TOKENS.replace("815", "1"), f"Bearer {signed(tmp_path, github.key)}").status == 404
    assert token(github, tmp_path)


def test_a_repository_is_read_by_a_token_alone(github: GitHub, tmp_path: Path) -> None:
    def read(user: str, password: str) -> int:
        basic = base64.b64encode(f"{user}:{password}".encode()).decode()
        headers = {"authorization": f"Basic {basic}"} if user else {}
        asked = Asked(method="GET", host="", path=READ, query="service=git-upload-pack", headers=headers, body=b"")
        return github.read(asked).status

    good = token(github, tmp_path)
    assert [read("", ""), read(USER, "guessed"), read("git", good)] == [401, 401, 401]
    assert not github.readers
    assert read(USER, good) == 200
    assert github.readers == {good}


def test_a_commit_that_there_is_gets_a_state(github: GitHub, tmp_path: Path) -> None:
    commit = github.git.clone(REPOSITORY).push({"a.yaml": "a: 1\n"}).after
    good = f"token {token(github, tmp_path)}"

    def state(commit: str, authorization: str, value: str) -> int:
        body = {"state": value, "context": "argocd/apps-a"}
        return post(github, f"/repos/{REPOSITORY}/statuses/{commit}", authorization, body).status

    assert state(commit, "token guessed", "success") == 401
    assert state("0" * 40, good, "success") == 422
    assert state(commit, good, "splendid") == 422
    assert post(github, f"/repos/you/apps/statuses/{commit}", good, {"state": "success"}).status == 422
    assert not github.states
    assert [state(commit, good, value) for value in ("pending", "success")] == [201, 201]
    assert github.states == {(commit, "argocd/apps-a"): "success"}
