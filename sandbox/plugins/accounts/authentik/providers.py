"""Providers: how an application is signed in to."""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from sandbox.plugins.accounts import formats
from sandbox.plugins.accounts.account import Data, objects
from sandbox.plugins.accounts.authentik.api import PROVIDERS, Resource, number, validity
from sandbox.plugins.accounts.schema import Schema, flag, integers, listing, mapping, text, texts
from sandbox.plugins.wire import UNKNOWN, Properties

SCOPE: Final = "PropertyMappingProviderScope"
FEDERATION: Final = {"jwtFederationProviders": integers()}
LETTERS: Final = string.ascii_letters + string.digits


class Provider(Resource):
    """What both sorts of providers share."""

    def new_id(self, data: Data, given: Properties) -> str:
        """A number."""
        del given
        return number(data)

    def admit(self, data: Data, given: Properties, own: str) -> None:
        """Refuse a name that any provider has, and dangling references."""
        super().admit(data, given, own)
        for kind in PROVIDERS:
            for other, value in objects(data, kind).items():
                if other != own and value["name"] == given["name"]:
                    raise self.refuse({"name": f"{kind} {other} has this name already: import it or choose another"})
        for name in ("authorizationFlow", "invalidationFlow", "authenticationFlow"):
            if given.get(name):
                self.needed(data, "Flow", given[name], name)
        for mapping_id in given.get("propertyMappings", ()):
            self.needed(data, SCOPE, mapping_id, "propertyMappings")
        for other_id in given.get("jwtFederationProviders", ()):
            self.needed(data, "ProviderOauth2", other_id, "jwtFederationProviders")

    def release(self, data: Data, own: str, live: Data) -> None:
        """As the server does: its applications lose it, and outposts stop serving it."""
        del live
        for application in objects(data, "Application").values():
            if str(application.get("protocolProvider")) == own:
                del application["protocolProvider"]
        for outpost in objects(data, "Outpost").values():
            outpost["protocolProviders"] = [pk for pk in outpost["protocolProviders"] if str(pk) != own]


class ProviderProxy(Provider):
    """Signs in for applications that cannot do so themselves."""

    id_property = "providerProxyId"
    schema = Schema(
        token="authentik:index/providerProxy:ProviderProxy",  # noqa: S106 a type token
        autoname=True,
        inputs={
            "name": text(rule=formats.filled),
            "authorizationFlow": text(required=True),
            "invalidationFlow": text(required=True),
            "authenticationFlow": text(),
            "mode": text(default="proxy", choices=("proxy", "forward_single", "forward_domain")),
            "externalHost": text(required=True, rule=formats.url),
            "internalHost": text(rule=formats.url),
            "internalHostSslValidation": flag(default=True),
            "cookieDomain": text(rule=formats.host),
            "skipPathRegex": text(rule=formats.regex),
            "interceptHeaderAuth": flag(default=True),
            "basicAuthEnabled": flag(default=False),
            "basicAuthUsernameAttribute": text(),
            "basicAuthPasswordAttribute": text(),
            "propertyMappings": texts(computed=True),
            "accessTokenValidity": text(default="minutes=10", rule=validity),
            "refreshTokenValidity": text(default="days=30", rule=validity),
            **FEDERATION,
        },
        outputs={"providerProxyId": text(), "clientId": text()},
    )

    def admit(self, data: Data, given: Properties, own: str) -> None:
        """Refuse what does not go together with the mode."""
        super().admit(data, given, own)
        mode, cookies = given.get("mode", "proxy"), given.get("cookieDomain")
        if mode == "proxy" and not given.get("internalHost"):
            raise self.refuse({"internal_host": "Internal host cannot be empty when forward auth is disabled."})
        if mode == "forward_domain":
            host = urlsplit(given["externalHost"]).hostname or ""
            if not cookies:
                raise self.refuse({"cookie_domain": "a provider for a whole domain needs cookieDomain"})
            if host != cookies and not host.endswith(f".{cookies}"):
                raise self.refuse(
                    {"cookie_domain": f"the external host {host} is not inside the cookie domain {cookies}"}
                )

    def computed(self, data: Data, given: Properties, own: str, old: Data) -> Data:
        """A client id, and the mappings that a proxy provider has anyway."""
        managed = [key for key, value in objects(data, SCOPE).items() if value.get("scopeName") in PROXY_SCOPES]
        return {
            **super().computed(data, given, own, old),
            "clientId": old.get("clientId") or "".join(secrets.choice(LETTERS) for _ in range(40)),
            "propertyMappings": given.get("propertyMappings") or old.get("propertyMappings") or sorted(managed),
        }


PROXY_SCOPES: Final = ("openid", "profile", "email", "entitlements", "ak_proxy")


def _redirect(value: Any) -> str:
    whole = isinstance(value, dict) and set(value) == {"matching_mode", "url"}
    if UNKNOWN in (value.values() if isinstance(value, dict) else ()):
        return ""
    if not whole or value["matching_mode"] not in ("strict", "regex"):
        return "a map with the keys matching_mode (strict or regex) and url"
    if not value["url"]:
        return "a map with a url that is not empty"
    return formats.regex(value["url"]) if value["matching_mode"] == "regex" else ""


class ProviderOauth2(Provider):
    """OpenID Connect for one relying party."""

    id_property = "providerOauth2Id"
    schema = Schema(
        token="authentik:index/providerOauth2:ProviderOauth2",  # noqa: S106 a type token
        autoname=True,
        inputs={
            "name": text(rule=formats.filled),
            "clientId": text(required=True, rule=formats.at_most(255, rule=formats.filled)),
            "clientSecret": text(computed=True, remembered=True, secret=True, rule=formats.at_most(255)),
            "clientType": text(default="confidential", choices=("confidential", "public")),
            "authorizationFlow": text(required=True),
            "invalidationFlow": text(required=True),
            "authenticationFlow": text(),
            "allowedRedirectUris": listing(item=mapping(rule=_redirect)),
            "backchannelLogoutUri": text(rule=formats.url),
            "propertyMappings": texts(),
            "signingKey": text(),
            "encryptionKey": text(),
            "accessCodeValidity": text(default="minutes=1", rule=validity),
            "accessTokenValidity": text(default="minutes=10", rule=validity),
            "refreshTokenValidity": text(default="days=30", rule=validity),
            "includeClaimsInIdToken": flag(default=True),
            "issuerMode": text(default="per_provider", choices=("global", "per_provider")),
            "subMode": text(
                default="hashed_user_id",
                choices=("hashed_user_id", "user_id", "user_uuid", "user_username", "user_email", "user_upn"),
            ),
            **FEDERATION,
        },
        outputs={"providerOauth2Id": text()},
    )

    def offline(self, given: Properties) -> Iterator[str]:
        """A redirect that no browser would follow."""
        for index, entry in enumerate(given.get("allowedRedirectUris") or ()):
            uri = entry.get("url") if isinstance(entry, dict) else UNKNOWN
            if isinstance(uri, str) and entry.get("matching_mode") == "strict" and ":" not in uri:
                yield f"allowedRedirectUris[{index}].url: {uri} is not a URI"

    def admit(self, data: Data, given: Properties, own: str) -> None:
        """Refuse a client id that is taken, and dangling keys."""
        super().admit(data, given, own)
        for other, value in objects(data, "ProviderOauth2").items():
            if other != own and value["clientId"] == given["clientId"]:
                raise self.refuse({"client_id": f"provider {value['name']} ({other}) has this client id already"})
        for name in ("signingKey", "encryptionKey"):
            if given.get(name):
                self.needed(data, "CertificateKeyPair", given[name], name)

    def computed(self, data: Data, given: Properties, own: str, old: Data) -> Data:
        """A client secret where none is given."""
        generated = old.get("clientSecret") or "".join(secrets.choice(LETTERS) for _ in range(128))
        return {**super().computed(data, given, own, old), "clientSecret": given.get("clientSecret") or generated}
