"""The policy pack, served as the engine starts it.

The engine that the sandbox builds cannot start a pack itself: its language host is too old to be told where it is.
So the pack is started here, and asked over the engine's own protocol.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

PACK = Path(__file__).parents[2] / "policy"


@pytest.fixture(scope="module")
def analyzer() -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    process = subprocess.Popen([sys.executable, str(PACK), "127.0.0.1:1"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        with process.stdout, grpc.insecure_channel(f"127.0.0.1:{process.stdout.readline().strip()}") as channel:
            yield analyzer_pb2_grpc.AnalyzerStub(channel)
    finally:
        process.kill()
        process.wait()


def verdicts(analyzer: analyzer_pb2_grpc.AnalyzerStub, annotations: dict[str, str]) -> list[str]:
    obj: dict[str, Any] = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "a", "annotations": annotations},
        "spec": {},
    }
    kind = "kubernetes:networking.k8s.io/v1:Ingress"
    request = analyzer_pb2.AnalyzeRequest(
        type=kind,
        properties=json_format.ParseDict(obj, struct_pb2.Struct()),
        urn=f"urn:pulumi:homelab::homelab::{kind}::a",
        name="a",
    )
    return [item.message for item in analyzer.Analyze(request).diagnostics]


def test_the_pack_knows_its_rules(analyzer: analyzer_pb2_grpc.AnalyzerStub) -> None:
    info = analyzer.GetAnalyzerInfo(empty_pb2.Empty())
    assert info.name == "homelab"
    assert [item.name for item in info.policies] == ["no-route-is-public-by-accident"]


def test_a_route_without_a_sign_in_is_refused(analyzer: analyzer_pb2_grpc.AnalyzerStub) -> None:
    (message,) = verdicts(analyzer, {})
    assert "annotation homelab/sign-in: expected one of oidc, forward-auth, access, public, got nothing" in message


def test_a_public_route_with_a_reason_passes(analyzer: analyzer_pb2_grpc.AnalyzerStub) -> None:
    assert verdicts(analyzer, {"homelab/sign-in": "public", "homelab/public-reason": "for everybody"}) == []
