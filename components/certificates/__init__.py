"""Flow 7: certificates, ordered from Let's Encrypt by DNS-01 and renewed before they end."""

from components.certificates.certmanager import CertManager, CertManagerArgs
from components.certificates.wildcard import WildcardCertificate, WildcardCertificateArgs

__all__ = [
    "CertManager",
    "CertManagerArgs",
    "WildcardCertificate",
    "WildcardCertificateArgs",
]
