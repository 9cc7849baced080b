"""What a plugin tells the user while it works: lines that the engine shows beside the resource."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import grpc

from sandbox.plugins.messages import engine_pb2, engine_pb2_grpc


@dataclass
class Host:
    """The engine that started the plugin; without an address nothing is told to anyone."""

    address: str = ""
    _stub: Any = field(default=None, repr=False)
    _shown: dict[str, str] = field(default_factory=dict, repr=False)
    """The passing line beside each resource."""

    def status(self, urn: str, message: str) -> None:
        """A passing line: what is being waited for just now. The one that is shown already is not told again."""
        if self._shown.get(urn, "") != message:
            self._shown[urn] = message
            self._log(urn, message, engine_pb2.INFO, ephemeral=True)

    def warn(self, urn: str, message: str) -> None:
        """A warning that stays."""
        self._log(urn, message, engine_pb2.WARNING, ephemeral=False)

    def _log(self, urn: str, message: str, severity: Any, *, ephemeral: bool) -> None:
        if not self.address:
            return
        if self._stub is None:
            self._stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(self.address))
        request = engine_pb2.LogRequest(severity=severity, message=message, urn=urn, ephemeral=ephemeral)
        try:
            self._stub.Log(request, timeout=5)
        except grpc.RpcError:
            self.address = ""  # nobody listens any more: the work goes on without being told of
