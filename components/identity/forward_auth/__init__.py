"""Flow 3: forward auth. Authentik decides, for applications that cannot ask it themselves.

`hosts` is what it decides about, `outpost` whom Traefik asks, `chain` what Traefik does with the answer; `layer` makes
them of all applications whose sign-in is `ForwardAuth`. The route of a host leads its callback path to the outpost:
`components/edge/routes.py`.
"""

from components.identity.forward_auth.layer import ForwardAuthLayer, ForwardAuthLayerArgs

__all__ = ["ForwardAuthLayer", "ForwardAuthLayerArgs"]
