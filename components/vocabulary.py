"""The words that the platform writes on its objects, and the names that several of its parts have to agree on.

Program, policy rules, wiring check and documentation read them here. This module imports no SDK: the policy pack and
the wiring check start without one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

PRODUCT: Final = "homelab"
"""What the platform calls itself: in accounts outside the cluster, where a home has no name of its own."""

SIGN_IN: Final = "homelab/sign-in"
"""Annotation of every route: how one signs in, a `SignInKind`."""

PUBLIC_REASON: Final = "homelab/public-reason"
"""Annotation of a public route: why nobody is asked to sign in."""

OPEN_PATHS_REASON: Final = "homelab/open-paths-reason"
"""Annotation of a route with paths that are let past forward auth: why."""

POD_SECURITY_REASON: Final = "homelab/pod-security-reason"
"""Annotation of a namespace that does not enforce the `restricted` pod security standard: why."""

EXEMPT: Final = "homelab/exempt-"
"""Annotation `homelab/exempt-<rule>` of an object that a policy rule is not applied to; its value is the reason."""

UNVERIFIED_TLS_REASON: Final = "homelab/unverified-tls-reason"
"""Annotation of the namespace of a tunnel's connector: for each host whose target is called without verifying its
certificate a line, `<host>: <reason>`. Of a monitor whose targets are called so: the reason."""

MONITORED: Final = "homelab/monitored"
"""Label, with the value `true`, of every namespace and of every monitor that the program makes: Prometheus looks for
such monitors in such namespaces. Charts and controllers bring others, of which the program has its own."""

ENFORCE: Final = "pod-security.kubernetes.io/enforce"
"""Label by which a namespace chooses the pod security standard that the API server holds its pods to."""

WORKLOADS: Final = "homelab/workloads"
"""Label, with the value `true`, of every namespace that a folder of the developers' repository becomes."""

HOLDS_DATA: Final = "homelab/holds-data"
"""Annotation of what would take data along if it were deleted; its value is `true`."""


class SignInKind(StrEnum):
    """How people sign in at a route."""

    OIDC = "oidc"
    """The application sends them to Authentik by OpenID Connect."""
    FORWARD_AUTH = "forward-auth"
    """Traefik asks Authentik about each request."""
    ACCESS = "access"
    """Cloudflare Access asks Authentik."""
    PUBLIC = "public"
    """Not at all, with a reason."""


ADMINS: Final = "homelab-admins"
"""Group in Authentik: may do everything."""

USERS: Final = "homelab-users"
"""Group in Authentik: the people of the house."""

GROUPS: Final = (ADMINS, USERS)
"""Every group that the platform makes; who is in them is the owner's to say, in Authentik."""

OUTPOST_PATH: Final = "/outpost.goauthentik.io/"
"""Path below every host behind forward auth at which Authentik's outpost answers itself."""

INGRESS_CLASS: Final = "cloudflare-tunnel"
"""Class of the ingresses that the tunnel ingress controller publishes."""

ARGOCD_PART: Final = {"app.kubernetes.io/part-of": "argocd"}
"""Label of every Secret that Argo CD may take a value from by `$<secret>:<key>`."""

WEBHOOK_PATH: Final = "/api/webhook"
"""Path below Argo CD's host at which it hears of pushes."""

APPS: Final = "apps"
"""Argo CD's project of the workloads that come from the developers' repository, and how their namespaces begin."""
