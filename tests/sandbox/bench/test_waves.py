"""What kubectl applies in the place of an update: the same objects, each after what it needs."""

from __future__ import annotations

import json
from typing import Any

from sandbox import kube
from sandbox.bench import waves
from sandbox.bench.waves import Waves

SIGNATURE = "4dabf18193072939515e22adb298388d"
SERVICE = "kubernetes:core/v1:Service"


def resource(name: str, kind: str = SERVICE, *needs: str, **more: Any) -> dict[str, Any]:
    inputs = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "web"}}
    return {"urn": name, "type": kind, "custom": True, "dependencies": list(needs), "inputs": inputs, **more}


class Platform:
    """An engine and the cluster behind it, as far as waves ask them."""

    def __init__(self, *resources: dict[str, Any]) -> None:
        self.resources = resources
        self.sandbox = self
        self.kubeconfig = None

    def read(self, *arguments: str) -> str:
        assert arguments == ("stack", "export", "--show-secrets")
        return json.dumps({"deployment": {"resources": self.resources}})


def applied(
    monkeypatch: Any, *resources: dict[str, Any], records: list[dict[str, Any]] | None = None
) -> list[set[str]]:
    class Client:
        def list(self, *_arguments: Any) -> list[dict[str, Any]]:
            return records or []

    monkeypatch.setattr(kube.Client, "from_kubeconfig", lambda _file: Client())
    platform: Any = Platform(*resources)
    return [{obj["metadata"]["name"] for obj in wave} for wave in Waves.of(platform).waves]


def urn(name: str, kind: str = SERVICE) -> str:
    return f"urn:pulumi:home::homelab::{kind}::{name}"


def named(name: str, *needs: str, kind: str = SERVICE, **more: Any) -> dict[str, Any]:
    return {**resource(name, kind, *needs, **more), "urn": urn(name, kind)}


def test_each_comes_after_what_it_needs_and_no_later(monkeypatch: Any) -> None:
    found = applied(
        monkeypatch, named("first"), named("second", urn("first")), named("aside"), named("third", urn("second"))
    )
    assert found == [{"first", "aside"}, {"second"}, {"third"}]


def test_what_is_in_an_account_keeps_the_order_and_is_not_applied(monkeypatch: Any) -> None:
    item = "onepassword:index/item:Item"
    found = applied(
        monkeypatch, named("first"), named("item", urn("first"), kind=item), named("second", urn("item", item))
    )
    assert found == [{"first"}, {"second"}]


def test_what_is_only_read_or_added_to_somebody_elses_is_left_out(monkeypatch: Any) -> None:
    found = applied(
        monkeypatch,
        named("made"),
        named("read", external=True),
        named("patched", kind="kubernetes:core/v1:ServicePatch"),
    )
    assert found == [{"made"}]


def test_a_release_is_its_record_as_it_was_asked_for(monkeypatch: Any) -> None:
    record = {
        "metadata": {"name": "release", "namespace": "argocd", "labels": {"owner": "helm-sandbox"}, "uid": "1"},
        "data": {"chart": "argo-cd", "status": "deployed", "message": "well"},
    }
    (body,) = [waves._unowned(record)]
    assert body["data"] == {"chart": "argo-cd", "status": "pending-install", "message": ""}
    assert "uid" not in body["metadata"]
    assert applied(monkeypatch, named("release", kind=waves.RELEASE), records=[record]) == [{"release"}]


def test_secrets_are_plain_again() -> None:
    wrapped = {"stringData": {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "plaintext": '{"key": "value"}'}}
    assert waves._plain(wrapped) == {"stringData": {"key": "value"}}
