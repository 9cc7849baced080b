"""The real accounts' clients, against servers that answer in the shapes that the APIs document."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from recovery import RecoveryError
from recovery.authentik import Authentik
from recovery.cloudflare import Cloudflare
from recovery.http import LONGEST_PAUSE, SIZE, TRIES, Api
from recovery.onepassword import OnePassword
from tests.recovery.conftest import item, resource

RECORD = "cloudflare:index/dnsRecord:DnsRecord"


@dataclass
class Service:
    """An API: entries by path, and what is in its way."""

    address: str = ""
    lists: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    refusals: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    def api(self, title: str = "Cloudflare") -> Api:
        return Api(title=title, address=self.address, token="t", advice="look", pause=self.pauses.append)

    def body(self, path: str, query: dict[str, str]) -> Any:
        entries = self.lists[path]
        if path.endswith("/configurations"):
            return {"success": True, "errors": [], "messages": [], "result": entries[0]}
        size = int(query.get("per_page") or query["page_size"])
        page = int(query["page"])
        shown = entries[(page - 1) * size : page * size]
        pages = -(-len(entries) // size)
        if path.startswith("/api/v3/"):
            following = page + 1 if page < pages else 0
            return {"pagination": {"next": following, "current": page, "total_pages": pages}, "results": shown}
        told = {"page": page, "per_page": size, "count": len(shown), "total_count": len(entries), "total_pages": pages}
        return {"success": True, "errors": [], "messages": [], "result": shown, "result_info": told}


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            made.asked.append((parts.path, query, self.headers["Authorization"]))
            status, headers = made.refusals.pop(0) if made.refusals else (200, {})
            content = json.dumps(made.body(parts.path, query) if status == 200 else {}).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield made
        server.shutdown()
        thread.join()


def of_cloudflare(kind: str) -> str:
    return f"cloudflare:index/{kind[0].lower()}{kind[1:]}:{kind}"


def test_records_of_a_zone_come_from_all_pages(service: Service) -> None:
    service.lists["/zones/z/dns_records"] = [
        {"id": f"r{number}", "name": f"h{number}.example.org", "type": "A"} for number in range(2 * SIZE + 1)
    ]
    found = Cloudflare(api=service.api()).things(resource(RECORD, "r", {"zoneId": "z"}))
    assert len(found) == 2 * SIZE + 1
    assert (found[-1].id, found[-1].properties) == (
        f"r{2 * SIZE}",
        {"zoneId": "z", "name": f"h{2 * SIZE}.example.org", "type": "A"},
    )
    assert {token for _, _, token in service.asked} == {"Bearer t"}
    assert len(service.asked) == 3


def test_deleted_tunnels_are_not_asked_for(service: Service) -> None:
    service.lists["/accounts/a/cfd_tunnel"] = [{"id": "t1", "name": "home"}]
    asked = resource(of_cloudflare("ZeroTrustTunnelCloudflared"), "t", {"accountId": "a"})
    (found,) = Cloudflare(api=service.api()).things(asked)
    assert (found.id, found.properties["name"]) == ("t1", "home")
    assert service.asked[0][1]["is_deleted"] == "false"


@pytest.mark.parametrize(("config", "ids"), [({"ingress": []}, ["t1"]), (None, [])])
def test_a_tunnel_has_a_configuration_or_none(service: Service, config: Any, ids: list[str]) -> None:
    service.lists["/accounts/a/cfd_tunnel/t1/configurations"] = [{"tunnel_id": "t1", "config": config}]
    kind = of_cloudflare("ZeroTrustTunnelCloudflaredConfig")
    asked = resource(kind, "t", {"accountId": "a", "tunnelId": "t1"})
    assert [thing.id for thing in Cloudflare(api=service.api()).things(asked)] == ids


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("ZeroTrustAccessApplication", "apps"),
        ("ZeroTrustAccessIdentityProvider", "identity_providers"),
        ("ZeroTrustAccessPolicy", "policies"),
    ],
)
def test_what_access_has(service: Service, kind: str, path: str) -> None:
    entry = {"id": "1", "name": "n", "type": "oidc", "domain": "a.example.org", "config": {"client_id": "c"}}
    service.lists[f"/accounts/a/access/{path}"] = [entry]
    (found,) = Cloudflare(api=service.api()).things(resource(of_cloudflare(kind), "x", {"accountId": "a"}))
    assert found.properties == {"accountId": "a", "name": "n", "type": "oidc", "domain": "a.example.org"}


@pytest.mark.parametrize(
    ("kind", "path", "entry", "own"),
    [
        ("application:Application", "core/applications", {"pk": "u", "slug": "navidrome"}, "navidrome"),
        ("providerOauth2:ProviderOauth2", "providers/oauth2", {"pk": 4, "name": "argocd"}, "4"),
        ("brand:Brand", "core/brands", {"brand_uuid": "b", "domain": "example.org"}, "b"),
        ("policyBinding:PolicyBinding", "policies/bindings", {"pk": "p", "target": "u", "group": "g", "order": 0}, "p"),
    ],
)
def test_what_authentik_has(service: Service, kind: str, path: str, entry: dict[str, Any], own: str) -> None:
    service.lists[f"/api/v3/{path}/"] = [{"pk": "0", "slug": "x", "brand_uuid": "x"}] * SIZE + [entry]
    found = Authentik(api=service.api("Authentik")).things(resource(f"authentik:index/{kind}", "x", {}))
    assert (len(found), found[-1].id) == (SIZE + 1, own)
    assert entry.items() <= found[-1].properties.items()


def test_all_applications_are_asked_for(service: Service) -> None:
    asked = resource("authentik:index/application:Application", "x", {})
    assert Authentik(api=service.api()).things(asked) == []
    assert service.asked[0][1]["superuser_full_list"] == "true"


def test_an_api_that_asks_for_patience_gets_it(service: Service) -> None:
    service.refusals = [(429, {"Retry-After": "7"}), (503, {}), (500, {"Retry-After": "900"})]
    Cloudflare(api=service.api()).things(resource(RECORD, "r", {"zoneId": "z"}))
    assert service.pauses == [0.0, 7.0, 2.0, LONGEST_PAUSE]


def test_there_is_an_end_to_it(service: Service) -> None:
    service.refusals = [(500, {})] * 9
    said = "Cloudflare does not answer what is at /zones/z/dns_records: HTTP 500: look; nothing was changed"
    with pytest.raises(RecoveryError, match=said):
        Cloudflare(api=service.api()).things(resource(RECORD, "r", {"zoneId": "z"}))
    assert len(service.asked) == TRIES


def test_a_refusal_is_not_asked_again(service: Service) -> None:
    service.refusals = [(403, {})]
    with pytest.raises(RecoveryError, match="HTTP 403"):
        Cloudflare(api=service.api()).things(resource(RECORD, "r", {"zoneId": "z"}))
    assert len(service.asked) == 1


def test_nobody_there_is_one_line_without_the_token() -> None:
    api = Api(title="Authentik", address="http://127.0.0.1:9", token="secret", advice="look", pause=lambda _: None)
    with pytest.raises(RecoveryError, match="Authentik does not answer") as caught:
        Authentik(api=api).things(resource("authentik:index/group:Group", "g", {}))
    assert "secret" not in str(caught.value)
    assert "secret" not in repr(api)


def op(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    file = folder / "op"
    file.write_text(f'#!/bin/sh\necho "$@" > {folder / "asked"}\n{script}\n')
    file.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def test_the_items_of_a_vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [{"id": "abc", "title": "app", "vault": {"id": "v", "name": "homelab"}, "category": "PASSWORD"}]
    op(tmp_path, monkeypatch, f"[ \"$OP_SERVICE_ACCOUNT_TOKEN\" = t ] && echo '{json.dumps(listed)}'")
    (found,) = OnePassword(token="t").things(item("app"))
    assert (found.id, found.properties) == ("vaults/v/items/abc", {"vault": "v", "title": "app"})
    assert (tmp_path / "asked").read_text() == "item list --vault v --format json\n"


def test_a_vault_that_cannot_be_read_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    op(tmp_path, monkeypatch, "echo '[ERROR] 2026/11/26 12:00:00 invalid token' >&2; exit 1")
    with pytest.raises(RecoveryError, match=r"1Password cannot be asked for the items of vault v: .*invalid token"):
        OnePassword(token="t").things(item("app"))


def test_without_op_it_is_said_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RecoveryError, match="the command `op` is not found"):
        OnePassword(token="t").things(item("app"))
