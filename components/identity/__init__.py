"""Flows 2, 3 and 4: who may reach what."""

from components.identity.authentik import Authentik, AuthentikArgs
from components.identity.directory import Directory, DirectoryArgs
from components.identity.forward_auth import (
    Outpost,
    OutpostArgs,
    ProtectedHost,
    ProtectedHostArgs,
    outpost_endpoint,
)

__all__ = [
    "Authentik",
    "AuthentikArgs",
    "Directory",
    "DirectoryArgs",
    "Outpost",
    "OutpostArgs",
    "ProtectedHost",
    "ProtectedHostArgs",
    "outpost_endpoint",
]
