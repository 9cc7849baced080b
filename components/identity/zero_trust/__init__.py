"""Flow 4: zero trust. Cloudflare Access asks Authentik who is there before anything reaches the tunnel.

`access` is what Cloudflare's account knows, `tunnel` the way to the house, `layer` both for every host of the stack
file's `access`. The DNS records of the hosts are made with those of all others: `components/edge/published.py`.
"""

from components.identity.zero_trust.layer import ZeroTrust, ZeroTrustArgs

__all__ = ["ZeroTrust", "ZeroTrustArgs"]
