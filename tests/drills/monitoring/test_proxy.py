"""Calls of the cluster's addresses are answered here, by TLS too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from drills.authority import Authority
from drills.monitoring.proxy import Call, Proxy, passed_on
from drills.web import Answer


@pytest.fixture
def calls() -> list[Call]:
    return []


@pytest.fixture
def proxy(tmp_path: Path, calls: list[Call]) -> Iterator[Proxy]:
    def answer(call: Call) -> Answer:
        calls.append(call)
        return Answer(status=202, headers={"Content-Type": "text/plain"}, body=b"answered")

    authority = Authority.make(tmp_path / "authority")
    with Proxy(authority=authority, answer=answer, names={"192.0.2.6": "kubernetes"}).serving() as serving:
        yield serving


def test_a_call_arrives_as_it_was_made(proxy: Proxy, calls: list[Call]) -> None:
    pool = urllib3.ProxyManager(proxy.url)
    response = pool.request("POST", "http://10.42.0.7:9100/metrics?a=b", body=b"body", headers={"X-Own": "1"})
    assert (response.status, response.data) == (202, b"answered")
    (call,) = calls
    assert (call.method, call.host, call.port, call.path) == ("POST", "10.42.0.7", 9100, "/metrics?a=b")
    assert (call.headers["x-own"], call.body) == ("1", b"body")


def test_tls_ends_here_under_the_name_that_the_certificate_has(proxy: Proxy, calls: list[Call]) -> None:
    trusted = str(proxy.authority.certificate)
    pool = urllib3.ProxyManager(proxy.url, ca_certs=trusted, server_hostname="kubernetes", assert_hostname="kubernetes")
    assert pool.request("GET", "https://192.0.2.6:6443/metrics").status == 202
    (call,) = calls
    assert call.url == "https://192.0.2.6:6443/metrics"


def test_what_is_passed_on_keeps_its_headers_but_those_of_the_connection(proxy: Proxy, calls: list[Call]) -> None:
    headers = {"authorization": "Bearer x", "host": "10.0.0.1", "content-length": "0"}
    call = Call(method="GET", url="http://10.0.0.1/path?q=1", headers=headers)
    answer = passed_on(call, proxy.url, urllib3.PoolManager())
    assert (answer.status, answer.body, answer.headers) == (202, b"answered", {"Content-Type": "text/plain"})
    assert calls[0].headers["authorization"] == "Bearer x"
    assert calls[0].headers["host"] != "10.0.0.1"


def test_nobody_there_is_an_error_that_is_worth_another_try() -> None:
    call = Call(method="GET", url="http://10.0.0.1/", headers={})
    assert passed_on(call, "http://127.0.0.1:9", urllib3.PoolManager()).status == 502
