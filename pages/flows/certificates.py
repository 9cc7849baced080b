"""Flow 7: how a certificate is ordered, proved, kept and shown."""

from __future__ import annotations

from typing import Any

from components.summaries import CertificateSummary
from doctor import kube
from pages.errors import PagesError
from pages.markdown import codes, table
from pages.mermaid import Diagram
from pages.platform import Platform
from policy.objects import spec_of


def certificate(platform: Platform, item: CertificateSummary) -> kube.Object:
    """The live Certificate, which is for the names of the outputs."""
    found = platform.need("Certificate", item.name, item.namespace)
    spec = spec_of(found)
    platform.same(f"names of {item.name}", list(item.names), list(spec["dnsNames"]))
    platform.same(f"renewal of {item.name}", item.renew_before, spec["renewBefore"])
    platform.same(f"issuer of {item.name}", item.issuer, spec["issuerRef"]["name"])
    return found


def minimum(platform: Platform) -> str:
    """The oldest TLS that is spoken: `1.3`."""
    said = platform.figure("tls-minimum")
    options = [spec_of(item) for item in platform.all("TLSOption") if item["metadata"]["name"] == "default"]
    platform.same("oldest TLS", f"VersionTLS{said}", options[0].get("minVersion") if options else None)
    return ".".join(said)


def solver(platform: Platform, issuer: str) -> dict[str, Any]:
    """The ACME account of an issuer, with its first solver.

    Raises:
        PagesError: it is no ACME issuer with a DNS-01 solver.
    """
    acme: dict[str, Any] = spec_of(platform.need("ClusterIssuer", issuer)).get("acme") or {}
    if not any("dns01" in item for item in acme.get("solvers") or []):
        message = f"ClusterIssuer {issuer}: looked for a DNS-01 solver, and it has none"
        raise PagesError(message)
    return acme


def days(hours: str) -> str:
    """`720h` in days."""
    number = int(hours.removesuffix("h"))
    return f"{number // 24} days" if number % 24 == 0 else hours


def flow(platform: Platform) -> str:
    """The section."""
    diagram = Diagram()
    manager = platform.running("cert-manager-controller")
    diagram.node("manager", "cert-manager", manager.place, manager.version)
    traefik = platform.running("traefik")
    store = spec_of(platform.need("TLSStore", "default", traefik.namespace))
    shown = [store["defaultCertificate"], *(store.get("certificates") or [])]
    diagram.node("traefik", "Traefik", traefik.place, f"TLS {minimum(platform)} and newer")
    rows = []
    for item in sorted(platform.summary.certificates, key=lambda each: each.name):
        spec = spec_of(certificate(platform, item))
        acme = solver(platform, item.issuer)
        providers = sorted({name for each in acme["solvers"] for name in each["dns01"] if name != "cnameStrategy"})
        diagram.node(item.name, f"Certificate {item.name}", *item.names, shape="round")
        diagram.edge(item.name, "manager")
        server = diagram.node(str(acme["server"]), f"ClusterIssuer {item.issuer}", str(acme["server"]), shape="outside")
        diagram.edge("manager", server, "order")
        for provider in providers:
            diagram.node(f"dns {provider}", f"{provider} DNS API", shape="outside")
            diagram.edge("manager", f"dns {provider}", "DNS-01: TXT")
            diagram.edge(server, f"dns {provider}", "looks it up", dotted=True)
        secret = diagram.node(f"secret {item.name}", f"Secret {item.namespace}/{spec['secretName']}", shape="store")
        diagram.edge("manager", secret, f"new {days(item.renew_before)} before its end")
        if {"secretName": spec["secretName"]} in shown:
            diagram.edge(secret, "traefik", "TLSStore default")
        key = f"{spec['privateKey']['algorithm']} {spec['privateKey']['size']}"
        rows.append([codes(item.names), item.issuer, key, days(item.renew_before)])
    head = ["names", "issuer", "key", "renewed before its end"]
    return "\n\n".join(["## 7. Certificates", str(diagram), table(head, rows)])
