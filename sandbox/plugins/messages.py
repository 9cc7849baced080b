"""The engine's messages, from the SDK, without the SDK around them.

Importing `pulumi.runtime.proto` runs the whole SDK first, which costs a plugin more than half of its start; several
plugins start at every command.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Final

PACKAGES: Final = ("pulumi", "pulumi.runtime", "pulumi.runtime.proto")


@contextmanager
def _bare_packages() -> Iterator[None]:
    """Stand-ins for the packages above the messages, unless the SDK is loaded already; gone again afterwards."""
    spec = importlib.util.find_spec(PACKAGES[0])
    if PACKAGES[0] in sys.modules or spec is None or not spec.submodule_search_locations:
        yield
        return
    root = Path(spec.submodule_search_locations[0])
    for package in PACKAGES:
        module = ModuleType(package)
        module.__path__ = [str(root.joinpath(*package.split(".")[1:]))]
        sys.modules[package] = module
    try:
        yield
    finally:
        for package in PACKAGES:
            del sys.modules[package]


with _bare_packages():
    from pulumi.runtime.proto import (
        engine_pb2,
        engine_pb2_grpc,
        plugin_pb2,
        provider_pb2,
        provider_pb2_grpc,
        status_pb2,
    )

__all__ = ["engine_pb2", "engine_pb2_grpc", "plugin_pb2", "provider_pb2", "provider_pb2_grpc", "status_pb2"]
