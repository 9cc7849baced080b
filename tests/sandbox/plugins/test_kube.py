from __future__ import annotations

import base64
from pathlib import Path
from typing import Any, cast

import pytest
import urllib3

from sandbox import kube
from sandbox.kube import ApiError, Client, Kind, NoSuchKindError, NotReachableError
from tests.support.kubernetes_api import FakeApi

KUBECONFIG = """
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1/", insecure-skip-tls-verify: true}}]
users: [{name: u, user: {token: secret-token}}]
contexts:
- {name: one, context: {cluster: c, user: u, namespace: web}}
- {name: two, context: {cluster: c, user: u}}
current-context: one
"""
CONFIGMAPS = "/api/v1/namespaces/web/configmaps"


def config_map(name: str = "a") -> kube.Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "web"}}


def test_a_kubeconfig_names_server_token_and_namespace() -> None:
    client = Client.from_text(KUBECONFIG)
    assert client.server == "https://127.0.0.1:1"
    assert client.headers["Authorization"] == "Bearer secret-token"
    assert client.namespace == "web"
    assert Client.from_text(KUBECONFIG, "two").namespace == "default"


def test_an_unknown_context_names_the_known_ones() -> None:
    with pytest.raises(LookupError, match="no context 'three'; known: one, two"):
        Client.from_text(KUBECONFIG, "three")


def test_certificates_are_read_beside_the_kubeconfig(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_text("no certificate")
    text = KUBECONFIG.replace("insecure-skip-tls-verify: true", "certificate-authority: ca.crt")
    (tmp_path / "kubeconfig").write_text(text)
    with pytest.raises(OSError, match="certificate"):
        Client.from_kubeconfig(tmp_path / "kubeconfig")
    data = base64.b64encode(b"no certificate").decode()
    with pytest.raises(OSError, match="certificate"):
        Client.from_text(KUBECONFIG.replace("insecure-skip-tls-verify: true", f"certificate-authority-data: {data}"))


def test_paths() -> None:
    core = Kind(api_version="v1", kind="Pod", plural="pods", namespaced=True)
    assert core.path("web", "a") == "/api/v1/namespaces/web/pods/a"
    assert core.path() == "/api/v1/pods"
    wide = Kind(api_version="a.org/v1", kind="B", plural="bs", namespaced=False)
    assert wide.path("web", "x y") == "/apis/a.org/v1/bs/x%20y"
    assert kube.name_of(config_map()) == "web/a"
    assert kube.name_of({"metadata": {"name": "a"}}) == "a"


def test_a_kind_is_asked_for_once_and_an_unknown_one_every_time() -> None:
    api = FakeApi()
    client = api.client()
    assert client.kind("v1", "ConfigMap").plural == "configmaps"
    assert client.kind("v1", "Secret").namespaced
    assert len(api.asked) == 1
    for _ in range(2):
        with pytest.raises(NoSuchKindError, match=r'no matches for kind "Thing" in version "a\.org/v1"'):
            client.kind("a.org/v1", "Thing")
    assert len(api.asked) == 3


def test_what_is_not_there_is_none() -> None:
    client = FakeApi().client()
    assert client.get("v1", "ConfigMap", "a", "web") is None
    assert client.get("a.org/v1", "Thing", "a", "web") is None
    assert client.list("a.org/v1", "Thing") == []
    assert client.delete("v1", "ConfigMap", "a", "web") is None


def test_a_refusal_has_the_servers_words() -> None:
    api = FakeApi()
    api.refuse("PATCH", f"{CONFIGMAPS}/a", 403, "not you", "Forbidden")
    with pytest.raises(ApiError, match="not you") as caught:
        api.client().apply(config_map(), "me")
    assert (caught.value.status, caught.value.reason) == (403, "Forbidden")


def test_a_busy_server_is_asked_again() -> None:
    api = FakeApi()
    api.busy("GET", f"{CONFIGMAPS}/a")
    api.answer("GET", f"{CONFIGMAPS}/a", config_map())
    assert api.client().get("v1", "ConfigMap", "a", "web") == config_map()


def test_apply_is_server_side() -> None:
    api = FakeApi()
    api.answer("PATCH", f"{CONFIGMAPS}/a", config_map())
    api.client().apply(config_map(), "me", force=True, dry_run=True)
    asked = api.sent("PATCH")[0]
    assert asked.query == {"fieldManager": "me", "force": "true", "dryRun": "All"}
    assert asked.content_type == "application/apply-patch+yaml"


def test_lists_say_of_what_kind_their_items_are() -> None:
    api = FakeApi()
    api.answer("GET", CONFIGMAPS, {"items": [{"metadata": {"name": "a"}}]})
    found = api.client().list("v1", "ConfigMap", "web", "a=b")
    assert found == [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}]
    assert api.asked[-1].query == {"labelSelector": "a=b"}


def test_a_watch_yields_events_until_the_server_has_an_error() -> None:
    api = FakeApi()
    api.watch(CONFIGMAPS, ("ADDED", config_map()), ("ERROR", {}), ("ADDED", config_map("b")))
    events = list(
        api.client().watch(
            "v1", "ConfigMap", "web", seconds=7, field_selector="f=1", selector="a=b", resource_version="3"
        )
    )
    assert events == [("ADDED", config_map())]
    assert api.asked[-1].query == {
        "watch": "true",
        "timeoutSeconds": "7",
        "fieldSelector": "f=1",
        "labelSelector": "a=b",
        "resourceVersion": "3",
    }


def test_nobody_there_is_an_error_of_its_own() -> None:
    class Dead:
        def request(self, *_args: Any, **_options: Any) -> Any:
            raise urllib3.exceptions.ProtocolError("Failed to connect: [Errno 111] Connection refused")

    client = Client(server="https://api", headers={}, pool=cast("urllib3.PoolManager", Dead()))
    with pytest.raises(NotReachableError, match=r"^https://api does not answer: \[Errno 111\] Connection refused$"):
        client.request("GET", "/version")
