"""The drill of certificates: the real cert-manager proves the zones to a real ACME server, and renews in time."""
