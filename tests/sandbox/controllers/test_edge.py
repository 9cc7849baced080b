"""What the tunnel ingress controller makes of Ingresses, and what it does to the Cloudflare account."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.controllers import edge_account
from sandbox.controllers.edge_account import Credentials
from sandbox.controllers.exposures import PREFIX, Exposure, ExposureError, of_ingress
from sandbox.plugins.server import ProviderError

CREDENTIALS = Credentials(token="good", account="acc", tunnel="home")
SERVICE = {"spec": {"clusterIP": "10.0.0.1", "ports": [{"name": "http", "port": 8080}]}}


def find(namespace: str, name: str) -> Any:
    headless = {"spec": {"clusterIP": "None", "ports": []}}
    return {("apps", "echo"): SERVICE, ("apps", "headless"): headless}.get((namespace, name))


def ingress(
    *, host: str = "echo.example.net", service: str = "echo", port: Any = None, path_type: str = "Prefix", **notes: str
) -> dict[str, Any]:
    backend = {"service": {"name": service, "port": port or {"name": "http"}}}
    path = {"path": "/", "pathType": path_type, "backend": backend}
    annotations = {f"{PREFIX}/{key.replace('_', '-')}": value for key, value in notes.items()}
    meta = {"name": "echo", "namespace": "apps", "annotations": annotations}
    return {"metadata": meta, "spec": {"rules": [{"host": host, "http": {"paths": [path]}}]}}


def test_an_ingress_becomes_one_rule_for_each_path() -> None:
    (exposure,) = of_ingress(ingress(), find)
    assert exposure.rule() == {
        "hostname": "echo.example.net",
        "path": "/",
        "service": "http://echo.apps.svc.cluster.local:8080",
    }
    (tuned,) = of_ingress(ingress(backend_protocol="https", proxy_ssl_verify="off", http_host_header="x"), find)
    assert tuned.service.startswith("https://")
    assert tuned.origin == {"noTlsVerify": True, "httpHostHeader": "x"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (ingress(host=""), "host in ingress apps/echo is empty"),
        (ingress(path_type="Exact"), "path type in ingress apps/echo is Exact, which is not supported"),
        (ingress(service="nope"), "fetch service apps/nope: not found"),
        (ingress(service="headless"), "headless service is not supported"),
        (ingress(port={"name": "web"}), "service apps/echo has no port named web"),
        (ingress(proxy_ssl_verify="yes"), "invalid value for annotation"),
    ],
)
def test_what_the_controller_cannot_serve_is_left_out_with_its_reason(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ExposureError, match=message):
        of_ingress(given, find)


@pytest.fixture
def account() -> dict[str, Any]:
    return {
        "tokens": ["good"],
        "accounts": {"acc": {"name": "me"}},
        "zones": {"z1": {"name": "example.net", "account": "acc"}},
        "objects": {},
    }


def exposure(host: str) -> Exposure:
    return Exposure(host=host, path="/", service="http://echo.apps.svc.cluster.local:8080", origin={})


def test_the_tunnel_is_made_once_and_then_adopted(account: dict[str, Any]) -> None:
    first = edge_account.adopt_tunnel(account, CREDENTIALS)
    assert edge_account.adopt_tunnel(account, CREDENTIALS) == first
    tunnel = account["objects"]["ZeroTrustTunnelCloudflared"][first]
    assert (tunnel["name"], tunnel["configSrc"]) == ("home", "cloudflare")
    tunnel["deletedAt"] = "2026-01-01T00:00:00Z"
    assert edge_account.adopt_tunnel(account, CREDENTIALS) != first
    assert edge_account.token_of(account, CREDENTIALS, edge_account.adopt_tunnel(account, CREDENTIALS))


def test_a_token_that_cloudflare_does_not_know_is_refused(account: dict[str, Any]) -> None:
    with pytest.raises(ProviderError, match="Authentication error"):
        edge_account.adopt_tunnel(account, Credentials(token="bad", account="acc", tunnel="home"))


def test_the_whole_configuration_is_replaced_and_ends_in_a_catch_all(account: dict[str, Any]) -> None:
    tunnel = edge_account.adopt_tunnel(account, CREDENTIALS)
    edge_account.configure(account, CREDENTIALS, tunnel, [exposure("a.example.net")])
    edge_account.configure(account, CREDENTIALS, tunnel, [exposure("b.example.net")])
    rules = account["objects"]["ZeroTrustTunnelCloudflaredConfig"][tunnel]["config"]["ingresses"]
    assert [rule.get("hostname") for rule in rules] == ["b.example.net", None]
    assert rules[-1]["service"] == "http_status:404"


def test_records_are_made_taken_over_and_deleted(account: dict[str, Any]) -> None:
    tunnel = edge_account.adopt_tunnel(account, CREDENTIALS)
    foreign = {
        "zoneId": "z1",
        "name": "b",
        "fqdn": "b.example.net",
        "type": "CNAME",
        "content": "elsewhere.example.org",
        "ttl": 300,
        "proxied": False,
    }
    account["objects"]["DnsRecord"] = {"r1": foreign}
    done = edge_account.synchronise_dns(account, CREDENTIALS, tunnel, ["a.example.net", "b.example.net"])
    assert done == ["created DNS record a.example.net", "took over DNS record b.example.net"]
    records = account["objects"]["DnsRecord"]
    assert {record["content"] for record in records.values()} == {f"{tunnel}.cfargotunnel.com"}
    assert all(record["proxied"] and record["ttl"] == 1 for record in records.values())
    assert edge_account.synchronise_dns(account, CREDENTIALS, tunnel, ["a.example.net", "b.example.net"]) == []
    assert edge_account.synchronise_dns(account, CREDENTIALS, tunnel, ["a.example.net"]) == [
        "deleted DNS record b.example.net"
    ]
    assert [record["fqdn"] for record in account["objects"]["DnsRecord"].values()] == ["a.example.net"]


def test_a_host_outside_every_zone_and_one_with_an_address_are_refused(account: dict[str, Any]) -> None:
    tunnel = edge_account.adopt_tunnel(account, CREDENTIALS)
    with pytest.raises(ProviderError, match=r"hostname a\.example\.org not belong to any zone"):
        edge_account.synchronise_dns(account, CREDENTIALS, tunnel, ["a.example.org"])
    address = {"zoneId": "z1", "name": "a", "fqdn": "a.example.net", "type": "A", "content": "192.0.2.1", "ttl": 1}
    account["objects"]["DnsRecord"] = {"r1": address}
    with pytest.raises(ProviderError, match="already exists"):
        edge_account.synchronise_dns(account, CREDENTIALS, tunnel, ["a.example.net"])
