"""What an Authentik server has right after its first start, as far as a program may refer to it."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from typing import Any, Final

from sandbox.plugins.accounts.account import Data
from sandbox.plugins.accounts.authentik.outposts import SETTINGS

KEY_PAIR: Final = "authentik Self-signed Certificate"
ADMINS: Final = "authentik Admins"
LOCAL_CLUSTER: Final = "Local Kubernetes Cluster"
EMBEDDED: Final = "authentik Embedded Outpost"

FLOWS: Final[Mapping[str, tuple[str, str, str]]] = {
    "default-authentication-flow": ("authentication", "Welcome to authentik!", "none"),
    "default-invalidation-flow": ("invalidation", "Default Invalidation Flow", "require_authenticated"),
    "default-provider-authorization-explicit-consent": (
        "authorization", "Redirecting to %(app)s", "require_authenticated",
    ),
    "default-provider-authorization-implicit-consent": (
        "authorization", "Redirecting to %(app)s", "require_authenticated",
    ),
    "default-provider-invalidation-flow": (
        "invalidation", "You've logged out of %(app)s.", "none",
    ),
    "default-user-settings-flow": ("stage_configuration", "Update your info", "require_authenticated"),
}  # fmt: skip
"""Designation, title and required authentication, by slug."""

SCOPES: Final[Mapping[str, tuple[str, str, str]]] = {
    "goauthentik.io/providers/oauth2/scope-openid": ("openid", "OpenID 'openid'", "return {}"),
    "goauthentik.io/providers/oauth2/scope-email": (
        "email", "OpenID 'email'", 'return {"email": request.user.email, "email_verified": False}',
    ),
    "goauthentik.io/providers/oauth2/scope-profile": (
        "profile", "OpenID 'profile'",
        'return {"name": request.user.name, "groups": [group.name for group in request.user.ak_groups.all()]}',
    ),
    "goauthentik.io/providers/oauth2/scope-offline_access": ("offline_access", "OpenID 'offline_access'", "return {}"),
    "goauthentik.io/providers/oauth2/scope-entitlements": ("entitlements", "Application Entitlements", "return {}"),
    "goauthentik.io/providers/proxy/scope-proxy": ("ak_proxy", "Proxy outpost", "return {}"),
}  # fmt: skip
"""Scope name, name and expression (shortened), by managed name."""


def _id(kind: str, name: str) -> str:
    """An id that every fresh server shares, so that tests can count on it."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"authentik/{kind}/{name}"))


def _pem(label: str) -> str:
    """Text in the shape of PEM; it holds no real certificate or key."""
    body = base64.b64encode(f"the sandbox's {label}".encode() * 4).decode()
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"


def fresh_authentik(*, url: str = "", tokens: tuple[str, ...] = (), up: bool = False) -> Data:
    """The account file of a server at its first start; it answers nobody until `up`, `url` and a token are there."""
    connection, embedded = _id("connection", LOCAL_CLUSTER), _id("outpost", EMBEDDED)
    objects: dict[str, dict[str, Any]] = {
        "Flow": {slug: _flow(slug) for slug in FLOWS},
        "PropertyMappingProviderScope": dict(_scope(managed) for managed in SCOPES),
        "CertificateKeyPair": _named("CertificateKeyPair", KEY_PAIR, _key_pair()),
        "Group": _named("Group", ADMINS, {"isSuperuser": True, "attributes": "{}", "users": []}),
        "ServiceConnectionKubernetes": {
            connection: {
                "name": LOCAL_CLUSTER,
                "local": True,
                "kubeconfig": "{}",
                "verifySsl": True,
                "serviceConnectionKubernetesId": connection,
            }
        },
        "Outpost": {
            embedded: {
                "name": EMBEDDED,
                "type": "proxy",
                "protocolProviders": [],
                "config": json.dumps({key: value for key, (_, value) in SETTINGS.items()}, sort_keys=True),
                "outpostId": embedded,
                "managed": "goauthentik.io/outposts/embedded",
            }
        },
        "Brand": _brand(),
    }
    return {"url": url, "up": up, "tokens": list(tokens), "next": 1, "objects": objects}


def _flow(slug: str) -> Data:
    designation, title, authentication = FLOWS[slug]
    return {
        "flowId": slug,
        "uuid": _id("flow", slug),
        "slug": slug,
        "name": slug,
        "title": title,
        "designation": designation,
        "authentication": authentication,
        "compatibilityMode": False,
        "deniedAction": "message_continue",
        "layout": "stacked",
        "policyEngineMode": "any",
    }


def _scope(managed: str) -> tuple[str, Data]:
    scope, name, expression = SCOPES[managed]
    own = _id("scope", managed)
    return own, {
        "propertyMappingProviderScopeId": own,
        "managed": managed,
        "name": f"authentik default OAuth Mapping: {name}",
        "scopeName": scope,
        "expression": expression,
        "description": "",
    }


def _key_pair() -> Data:
    return {"certificateData": _pem("CERTIFICATE"), "keyData": _pem("PRIVATE KEY"), "expiry": "2035-01-01T00:00:00Z"}


def _named(kind: str, name: str, rest: Data) -> dict[str, Data]:
    own = _id(kind, name)
    return {own: {"name": name, f"{kind[0].lower()}{kind[1:]}Id": own, **rest}}


def _brand() -> dict[str, Data]:
    own = _id("Brand", "authentik-default")
    brand = {
        "brandId": own,
        "domain": "authentik-default",
        "default": True,
        "brandingTitle": "authentik",
        "brandingLogo": "/static/dist/assets/icons/icon_left_brand.svg",
        "brandingFavicon": "/static/dist/assets/icons/icon.png",
        "brandingDefaultFlowBackground": "/static/dist/assets/images/flow_background.jpg",
        "attributes": "{}",
        "flowAuthentication": _id("flow", "default-authentication-flow"),
        "flowInvalidation": _id("flow", "default-invalidation-flow"),
    }
    return {own: brand}
