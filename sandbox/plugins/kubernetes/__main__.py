"""`python -m sandbox.plugins.kubernetes`: the plugin's process."""

from __future__ import annotations

from sandbox.plugins.kubernetes.provider import KubernetesProvider
from sandbox.plugins.server import serve

VERSION = "4.32.0"
"""The SDK's version: the engine asks for a plugin of it."""

if __name__ == "__main__":
    serve(KubernetesProvider(), version=VERSION)
