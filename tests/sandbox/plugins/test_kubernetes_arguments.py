from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.plugins.interface import ProviderError
from sandbox.plugins.kubernetes import arguments
from sandbox.plugins.wire import UNKNOWN, Secret

KUBECONFIG = """
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1", insecure-skip-tls-verify: true}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: homelab, context: {cluster: c, user: u}}]
current-context: homelab
"""


def test_arguments_arrive_as_json_text() -> None:
    given = {
        "kubeconfig": Secret("text"),
        "context": "homelab",
        "kubeClientSettings": '{"qps": 100}',
        "enableServerSideApply": "true",
        "enableConfigMapMutable": "true",
        "enablePatchForce": True,
        "deleteUnreachable": "false",
        "version": "4.32.0",
        "__internal": {},
    }
    parsed, failures = arguments.parse(given)
    assert not failures
    assert (parsed.kubeconfig, parsed.context) == ("text", "homelab")
    assert parsed.configmap_mutable
    assert parsed.patch_force
    assert not parsed.upsert


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"qps": 1}, "qps: not an argument of the kubernetes provider"),
        ({"context": 1}, "context: expected a string"),
        ({"enablePatchForce": "maybe"}, "enablePatchForce: expected true or false"),
        ({"kubeClientSettings": "5"}, "kubeClientSettings: expected a map"),
        ({"enableServerSideApply": "false"}, "enableServerSideApply: only true is served"),
        ({"renderYamlToDirectory": "/x"}, "renderYamlToDirectory: rendering to a folder needs the published plugin"),
        ({"cluster": "c"}, "cluster: name a `context` instead"),
    ],
)
def test_arguments_that_are_refused(given: dict[str, Any], told: str) -> None:
    failures = arguments.parse(given)[1]
    assert [told in failure.reason for failure in failures] == [True]
    with pytest.raises(ProviderError, match=told.split(":", maxsplit=1)[0]):
        arguments.connect(given)


def test_a_kubeconfig_is_a_path_or_a_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(KUBECONFIG)
    for given in ({"kubeconfig": str(path)}, {"kubeconfig": KUBECONFIG}, {"context": "homelab"}):
        monkeypatch.setenv("KUBECONFIG", str(path))
        client = arguments.connect(given)[1]
        assert client is not None
        assert client.server == "https://127.0.0.1:1"


def test_a_kubeconfig_that_is_not_known_yet() -> None:
    assert arguments.connect({"kubeconfig": UNKNOWN})[1] is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"kubeconfig": "/nowhere/kubeconfig"}, r"^kubeconfig /nowhere/kubeconfig cannot be read \(No such file"),
        ({"kubeconfig": KUBECONFIG, "context": "x"}, r"as text, context x: .*no context 'x'; known: homelab"),
        ({"kubeconfig": "a: b\n"}, r"the kubeconfig given as text, context \(current\): current-context"),
    ],
)
def test_a_kubeconfig_that_does_not_do(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ProviderError, match=told):
        arguments.connect(given)
