"""The internet of a drill: hosts answer under their own names by TLS, and those that are gone do not."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from drills.authority import Authority
from drills.web import Answer, Asked, Site, Web


def echo(asked: Asked) -> Answer:
    return Answer(
        headers={"Content-Type": "text/plain"}, body=f"{asked.method} {asked.url} {asked.query} ".encode() + asked.body
    )


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    def site(host: str) -> Site | None:
        return echo if host.endswith(".example.org") else None

    with Web(authority=Authority.make(tmp_path / "authority"), site=site).serving() as web:
        yield web


def asked(web: Web, url: str, body: bytes = b"") -> requests.Response:
    environment = web.environment()
    with requests.Session() as session:
        session.trust_env = False
        proxies = {"https": environment["HTTPS_PROXY"]}
        return session.post(url, data=body, proxies=proxies, verify=environment["SSL_CERT_FILE"], timeout=10)


def test_a_host_answers_under_its_own_name(web: Web) -> None:
    for host in ("a.example.org", "b.example.org"):
        answer = asked(web, f"https://{host}/charts/index.yaml?x=1", b"body")
        assert answer.text == f"POST https://{host}/charts/index.yaml x=1 body"


def test_only_who_trusts_the_drills_authority_believes_it(web: Web) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        requests.get("https://a.example.org/", proxies={"https": web.environment()["HTTPS_PROXY"]}, timeout=10)


@pytest.mark.parametrize("url", ["https://a.example.org/", "https://elsewhere.org/"])
def test_a_host_that_is_gone_or_never_was_is_refused(web: Web, url: str) -> None:
    web.gone.add("a.example.org")
    with pytest.raises(requests.exceptions.ConnectionError):
        asked(web, url)
    web.gone.clear()
    assert asked(web, "https://a.example.org/").ok


def test_a_program_finds_its_way_by_its_environment(web: Web) -> None:
    urls: list[str] = []

    def listening(asked: Asked) -> Answer:
        urls.append(asked.url)
        return Answer(status=404)

    web.site = lambda _host: listening
    command = ["git", "ls-remote", "https://a.example.org/me/apps.git"]
    environment = {**web.environment(), "PATH": "/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1", "HOME": "/nonexistent"}
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=30)
    assert "not found" in done.stderr
    assert urls == ["https://a.example.org/me/apps.git/info/refs"]
