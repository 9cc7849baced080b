from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from google.protobuf import empty_pb2

from sandbox.plugins.host import Host
from sandbox.plugins.messages import engine_pb2, engine_pb2_grpc


class Engine(engine_pb2_grpc.EngineServicer):
    def __init__(self) -> None:
        self.told: list[tuple[str, str, Any, bool]] = []

    def Log(self, request: Any, context: Any) -> Any:  # noqa: N802
        del context
        self.told.append((request.urn, request.message, request.severity, request.ephemeral))
        return empty_pb2.Empty()


def test_the_engine_is_told() -> None:
    engine = Engine()
    server = grpc.server(ThreadPoolExecutor(max_workers=1))
    engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    host = Host(f"127.0.0.1:{port}")
    host.status("urn", "")
    host.status("urn", "waiting")
    host.status("urn", "waiting")
    host.status("other", "waiting")
    host.status("urn", "")
    host.warn("urn", "look here")
    server.stop(None).wait()
    assert engine.told == [
        ("urn", "waiting", engine_pb2.INFO, True),
        ("other", "waiting", engine_pb2.INFO, True),
        ("urn", "", engine_pb2.INFO, True),
        ("urn", "look here", engine_pb2.WARNING, False),
    ]


def test_nobody_needs_to_listen() -> None:
    Host().warn("urn", "to nobody")
    gone = Host("127.0.0.1:1")
    gone.warn("urn", "to somebody who is gone")
    assert gone.address == ""
