"""Groups, scopes, keys and brands."""

from __future__ import annotations

import ast
from typing import Any

from sandbox.plugins.accounts import formats
from sandbox.plugins.accounts.account import Data, objects
from sandbox.plugins.accounts.authentik.api import Resource
from sandbox.plugins.accounts.kind import others
from sandbox.plugins.accounts.schema import Schema, flag, integers, json_text, text, texts
from sandbox.plugins.wire import Properties


class Group(Resource):
    """A group of users."""

    id_property = "groupId"
    schema = Schema(
        token="authentik:index/group:Group",  # noqa: S106 a type token
        autoname=True,
        inputs={
            "name": text(rule=formats.filled),
            "isSuperuser": flag(default=False),
            "parent": text(),
            "attributes": json_text(default="{}"),
            "users": integers(computed=True, remembered=True),
        },
        outputs={"groupId": text()},
    )

    def admit(self, data: Data, given: Properties, own: str) -> None:
        """Refuse a name that is taken and a parent that does not exist."""
        super().admit(data, given, own)
        if given.get("parent"):
            self.needed(data, "Group", given["parent"], "parent")

    def computed(self, data: Data, given: Properties, own: str, old: Data) -> Data:
        """Members are the owner's to say, but an update sends those that the state knows."""
        return {**super().computed(data, given, own, old), "users": given.get("users", old.get("users", []))}

    def release(self, data: Data, own: str, live: Data) -> None:
        """Its bindings go with it."""
        del live
        held = objects(data, "PolicyBinding")
        for key in [key for key, value in held.items() if value.get("group") == own]:
            del held[key]


def _expression(value: Any) -> str:
    return formats.filled(value) or _python(value)


def _python(value: Any) -> str:
    lines = "\n".join(f"    {line}" for line in str(value).splitlines())
    try:
        ast.parse(f"def mapping():\n{lines or '    pass'}")
    except SyntaxError:
        return "a Python expression with a return statement"
    return ""


class ScopeMapping(Resource):
    """What a scope adds to a token."""

    id_property = "propertyMappingProviderScopeId"
    schema = Schema(
        token="authentik:index/propertyMappingProviderScope:PropertyMappingProviderScope",  # noqa: S106 a type token
        autoname=True,
        inputs={
            "name": text(rule=formats.filled),
            "scopeName": text(required=True, rule=formats.filled),
            "expression": text(required=True, rule=_expression),
            "description": text(),
        },
        outputs={"propertyMappingProviderScopeId": text()},
    )


def _certificate(value: Any) -> str:
    whole = "-----BEGIN CERTIFICATE-----" in str(value) and "-----END CERTIFICATE-----" in str(value)
    return "" if whole else "a certificate in PEM"


def _key(value: Any) -> str:
    whole = "PRIVATE KEY-----" in str(value) and "-----END" in str(value)
    return "" if whole or value == "" else "a private key in PEM"


class CertificateKeyPair(Resource):
    """A certificate, usually with its key."""

    id_property = "certificateKeyPairId"
    schema = Schema(
        token="authentik:index/certificateKeyPair:CertificateKeyPair",  # noqa: S106 a type token
        autoname=True,
        inputs={
            "name": text(rule=formats.filled),
            "certificateData": text(required=True, rule=_certificate),
            "keyData": text(secret=True, rule=_key),
        },
        outputs={"certificateKeyPairId": text()},
    )


class Brand(Resource):
    """How the server presents itself on a domain."""

    id_property = "brandId"
    unique = ("domain",)
    schema = Schema(
        token="authentik:index/brand:Brand",  # noqa: S106 a type token
        inputs={
            "domain": text(required=True, rule=formats.filled),
            "default": flag(default=False),
            "brandingTitle": text(default="authentik", rule=formats.filled),
            # Without a default of their own in the provider: it sends "", which the server refuses.
            "brandingLogo": text(sent="", rule=formats.filled),
            "brandingFavicon": text(sent="", rule=formats.filled),
            "brandingDefaultFlowBackground": text(
                default="/static/dist/assets/images/flow_background.jpg", rule=formats.filled
            ),
            "brandingCustomCss": text(),
            "flowAuthentication": text(),
            "flowInvalidation": text(),
            "defaultApplication": text(),
            "webCertificate": text(),
            "clientCertificates": texts(),
            "attributes": json_text(default="{}"),
        },
        outputs={"brandId": text()},
    )

    def admit(self, data: Data, given: Properties, own: str) -> None:
        """Refuse a domain that is taken, a second default brand, and dangling references."""
        super().admit(data, given, own)
        for name in ("flowAuthentication", "flowInvalidation"):
            if given.get(name):
                self.needed(data, "Flow", given[name], name)
        if given.get("webCertificate"):
            self.needed(data, "CertificateKeyPair", given["webCertificate"], "webCertificate")
        if given.get("default") and any(value.get("default") for _, value in others(data, "Brand", own)):
            raise self.refuse({"default": "Only a single brand can be set as default."})
