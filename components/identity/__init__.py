"""Flows 2, 3 and 4: who may reach what.

`layer` is Authentik with what all its applications share (`authentik` the server, `shared` the groups, flows, scopes
and signing key), `oidc` flow 2, `forward_auth` flow 3, `zero_trust` flow 4. How an application chooses among them is in
`components/kit/exposure.py`.
"""

from components.identity.forward_auth import ForwardAuthLayer, ForwardAuthLayerArgs
from components.identity.layer import Identity, IdentityArgs
from components.identity.zero_trust import ZeroTrust, ZeroTrustArgs

__all__ = [
    "ForwardAuthLayer",
    "ForwardAuthLayerArgs",
    "Identity",
    "IdentityArgs",
    "ZeroTrust",
    "ZeroTrustArgs",
]
