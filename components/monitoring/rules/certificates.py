"""Certificates: those that cert-manager renews, and those that browsers are shown."""

from __future__ import annotations

from typing import Final

from components.monitoring.rules.model import Alert, RuleGroup, Watched

RULES: Final = (
    Alert(
        name="CertificateExpiring",
        severity="warning",
        # One that was never issued has 0, which is long ago.
        expr="(certmanager_certificate_expiration_timestamp_seconds - time()) / 86400 < 14",
        wait="1h",
        summary="The certificate {{ $labels.name }} ends in {{ $value | humanize }} days",
        description="It should have been renewed two weeks ago. Below zero, it has ended or was never issued.",
    ),
    Alert(
        name="ServedCertificateExpiring",
        severity="warning",
        expr="(probe_ssl_earliest_cert_expiry - time()) / 86400 < 14",
        wait="1h",
        summary="{{ $labels.instance }} shows a certificate that ends in {{ $value | humanize }} days",
        description="Browsers refuse the page from then on, whatever cert-manager has.",
    ),
)


def group(_watched: Watched) -> RuleGroup:
    """Alerts of certificates."""
    return RuleGroup(name="certificates", rules=RULES)
