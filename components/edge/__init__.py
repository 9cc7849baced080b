"""Flow 9: HTTP from outside. Cloudflare in front, then Traefik or a tunnel, then the Service.

`traefik` and `middlewares` are one way in, `tunnel` the other, `published` and `routes` what makes a service reachable
by them, `ways_in` how a host changes between them. What stands between them and a service is in other folders: forward
auth in `components/identity/forward_auth`, Cloudflare Access with its own tunnel in `components/identity/zero_trust`,
TLS in `components/certificates`.
"""

from components.edge.layer import Edge, EdgeArgs

__all__ = ["Edge", "EdgeArgs"]
