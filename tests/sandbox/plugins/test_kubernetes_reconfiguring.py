"""Other arguments of the provider: the same cluster, or another one whose objects are made anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.plugins import server, wire
from sandbox.plugins.kubernetes.provider import KubernetesProvider
from sandbox.plugins.kubernetes.reconfiguring import compare
from sandbox.plugins.messages import provider_pb2
from sandbox.plugins.wire import UNKNOWN, Properties


def kubeconfig(**servers: str) -> str:
    """A kubeconfig with a context for each cluster; the first one is current."""
    return json.dumps(
        {
            "clusters": [{"name": f"c-{name}", "cluster": {"server": server}} for name, server in servers.items()],
            "contexts": [{"name": name, "context": {"cluster": f"c-{name}", "user": "u"}} for name in servers],
            "users": [{"name": "u", "user": {}}],
            "current-context": next(iter(servers)),
        }
    )


OLD, MOVED = kubeconfig(home="https://10.0.0.1:6443"), kubeconfig(home="https://10.0.0.2:6443")
BOTH = kubeconfig(home="https://10.0.0.1:6443", other="https://10.0.0.9:6443")


def outcome(olds: Properties, news: Properties) -> tuple[list[str], bool]:
    """The arguments that differ, and whether they replace the provider."""
    found = compare(olds, news)
    replaced = {change.replace for change in found.changes}
    assert len(replaced) <= 1
    return [change.path for change in found.changes], replaced == {True}


@pytest.mark.parametrize(
    ("olds", "news", "expected"),
    [
        ({"kubeconfig": OLD}, {"kubeconfig": OLD}, ([], False)),
        ({"kubeconfig": OLD}, {"kubeconfig": MOVED}, (["kubeconfig"], True)),
        ({"kubeconfig": OLD}, {"kubeconfig": BOTH}, (["kubeconfig"], False)),
        ({"kubeconfig": OLD}, {"kubeconfig": "{}"}, (["kubeconfig"], False)),
        ({"kubeconfig": OLD}, {"kubeconfig": UNKNOWN}, (["kubeconfig"], True)),
        ({"kubeconfig": BOTH}, {"kubeconfig": BOTH, "context": "other"}, (["context"], True)),
        ({"kubeconfig": BOTH}, {"kubeconfig": BOTH, "context": "home"}, (["context"], False)),
        ({"kubeconfig": BOTH}, {"kubeconfig": BOTH, "context": "none"}, (["context"], False)),
        ({"kubeconfig": OLD}, {"kubeconfig": OLD, "enablePatchForce": "true"}, (["enablePatchForce"], False)),
        ({"kubeconfig": OLD, "version": "1"}, {"kubeconfig": OLD, "version": "2"}, ([], False)),
    ],
)
def test_without_an_identifier_the_kubeconfig_decides(
    olds: Properties, news: Properties, expected: tuple[list[str], bool]
) -> None:
    assert outcome(olds, news) == expected


@pytest.mark.parametrize("kept", [{"kubeconfig": OLD}, {"kubeconfig": BOTH, "context": "home"}])
@pytest.mark.parametrize(
    "moved", [{"kubeconfig": MOVED}, {"kubeconfig": BOTH, "context": "other"}, {"kubeconfig": UNKNOWN}]
)
def test_an_identifier_is_the_cluster_whatever_its_address(kept: dict[str, Any], moved: dict[str, Any]) -> None:
    paths, replaced = outcome({**kept, "clusterIdentifier": "a"}, {**moved, "clusterIdentifier": "a"})
    assert "kubeconfig" in paths or "context" in paths
    assert not replaced


@pytest.mark.parametrize("other", ["b", UNKNOWN])
def test_another_identifier_is_another_cluster(other: Any) -> None:
    olds, news = {"kubeconfig": OLD, "clusterIdentifier": "a"}, {"kubeconfig": OLD, "clusterIdentifier": other}
    assert outcome(olds, news) == (["clusterIdentifier"], True)


def test_an_identifier_that_is_added_or_taken_away_replaces_nothing() -> None:
    """So a homelab that is in use can be given one."""
    one = {"kubeconfig": OLD, "clusterIdentifier": "a"}
    assert outcome({"kubeconfig": OLD}, one) == (["clusterIdentifier"], False)
    assert outcome(one, {"kubeconfig": OLD}) == (["clusterIdentifier"], False)


def test_files_are_compared_by_what_is_in_them(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a", "b", "c")]
    for path, text in zip(paths, (OLD, OLD, MOVED), strict=True):
        path.write_text(text)
    first, same, other = ({"kubeconfig": str(path)} for path in paths)
    assert outcome(first, same) == (["kubeconfig"], False)
    assert outcome(first, other) == (["kubeconfig"], True)
    assert outcome(first, {"kubeconfig": str(tmp_path / "none")}) == (["kubeconfig"], False)


def test_the_engine_is_told_what_is_replaced() -> None:
    servicer = server.Servicer(KubernetesProvider(), "1.0.0")
    request = provider_pb2.DiffRequest(
        olds=wire.encode_map({"clusterIdentifier": "a"}), news=wire.encode_map({"clusterIdentifier": "b"})
    )
    answer = servicer.DiffConfig(request, None)
    assert list(answer.replaces) == ["clusterIdentifier"]
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
