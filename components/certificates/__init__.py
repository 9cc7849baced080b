"""Flow 7: certificates, ordered from Let's Encrypt by DNS-01 and renewed before they end.

`certmanager` is the controller with its issuers, `wildcard` the certificate of a zone, `tls` what Traefik shows and
which protocol versions it speaks.
"""

from components.certificates.layer import Certificates, CertificatesArgs

__all__ = ["Certificates", "CertificatesArgs"]
