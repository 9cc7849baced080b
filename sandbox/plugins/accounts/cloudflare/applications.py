"""Cloudflare Access: what is protected (applications)."""

from __future__ import annotations

from typing import Any, Final

from sandbox.plugins.accounts import formats
from sandbox.plugins.accounts.account import Data, objects
from sandbox.plugins.accounts.cloudflare import places, tokens
from sandbox.plugins.accounts.cloudflare.access import APPLICATION, POLICY, identity_provider, policies_of, refused
from sandbox.plugins.accounts.cloudflare.resource import Resource
from sandbox.plugins.accounts.kind import hexadecimal, others
from sandbox.plugins.accounts.schema import Schema, flag, group, integer, listing, text, texts
from sandbox.plugins.interface import ProviderError
from sandbox.plugins.wire import Properties

TYPES: Final = ("self_hosted", "ssh", "vnc", "bookmark")


def _same_site(value: Any) -> str:
    return "" if value in ("none", "lax", "strict") else "one of: none, lax, strict"


class Application(Resource):
    """A host, or a path of one, that only lets through whom its policies allow."""

    permission = tokens.ACCESS
    import_form = "<accounts|zones>/<account_id|zone_id>/<app_id>"

    schema = Schema(
        token="cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication",  # noqa: S106 a type token
        inputs={
            "accountId": text(required=True, replace=True),
            "name": text(computed=True, rule=formats.filled),
            "type": text(default="self_hosted", choices=TYPES),
            "domain": text(computed=True, rule=formats.filled),
            "destinations": listing(
                computed=True,
                item=group(fields={"type": text(default="public", choices=("public",)), "uri": text(required=True)}),
            ),
            "sessionDuration": text(default="24h", rule=formats.go_duration),
            "allowedIdps": texts(),
            "autoRedirectToIdentity": flag(default=False),
            "policies": listing(
                item=group(fields={"id": text(required=True), "precedence": integer(computed=True)}),
            ),
            "appLauncherVisible": flag(default=True),
            "httpOnlyCookieAttribute": flag(default=True),
            "enableBindingCookie": flag(default=False),
            "pathCookieAttribute": flag(),
            "sameSiteCookieAttribute": text(rule=_same_site),
            "skipInterstitial": flag(),
            "serviceAuth401Redirect": flag(),
            "optionsPreflightBypass": flag(),
            "allowAuthenticateViaWarp": flag(),
            "allowIframe": flag(),
            "logoUrl": text(rule=formats.url),
            "customDenyMessage": text(),
            "customDenyUrl": text(rule=formats.url),
            "customNonIdentityDenyUrl": text(rule=formats.url),
        },
        outputs={"aud": text(), "selfHostedDomains": texts(), "skipAppLauncherLoginPage": flag()},
    )

    def admit(self, data: Data, given: Properties, own: str) -> None:
        """Refuse hosts outside the account's zones, hosts that are taken, and dangling references."""
        places.account(data, given["accountId"], "access/apps")
        where = f"application {given.get('name') or given.get('domain')}"
        protected = _protected(given)
        if not protected:
            raise refused(f"{where}: domain or destinations is needed")
        for uri in protected:
            _admit_host(data, uri, where)
        for other, application in others(data, APPLICATION, own):
            taken = set(_protected(application)) & set(protected)
            if taken:
                raise ProviderError(
                    f"access.api.error.application_already_exists (11010): {', '.join(sorted(taken))} is protected by "
                    f"application {application['name']} ({other}): import it, delete it, or choose another domain"
                )
        for index, provider in enumerate(given.get("allowedIdps", ())):
            identity_provider(data, provider, f"{where}: allowedIdps[{index}]")
        if given.get("autoRedirectToIdentity") and len(given.get("allowedIdps", ())) != 1:
            raise refused(
                f"{where}: autoRedirectToIdentity needs exactly one of allowedIdps, "
                f"there are {len(given.get('allowedIdps', ()))}"
            )
        self._admit_policies(data, given, where)

    @staticmethod
    def _admit_policies(data: Data, given: Properties, where: str) -> None:
        held = objects(data, POLICY)
        for index, policy in enumerate(policies_of(given)):
            if policy not in held:
                known = ", ".join(sorted(value["name"] for value in held.values())) or "none"
                raise refused(f"{where}: policies[{index}]: there is no policy {policy}; the account has {known}")
        order = [policy["precedence"] for policy in given.get("policies", ()) if policy.get("precedence") is not None]
        if len(order) != len(set(order)):
            raise refused(f"{where}: policies: each needs a precedence of its own")

    def computed(self, data: Data, given: Properties, own: str, old: Data) -> Data:
        """The audience of its tokens, and names that are derived from each other."""
        del data, own
        protected = _protected(given)
        policies = [{"precedence": index + 1, **policy} for index, policy in enumerate(given.get("policies", ()))]
        return {
            "name": given.get("name") or protected[0],
            "domain": given.get("domain") or protected[0],
            "destinations": given.get("destinations") or [{"type": "public", "uri": uri} for uri in protected],
            "selfHostedDomains": protected,
            **({"policies": policies} if policies else {}),
            "aud": old.get("aud") or hexadecimal(64),
            "skipAppLauncherLoginPage": False,
        }


def _protected(given: Properties) -> list[str]:
    """The hosts, with their paths, that an application protects; destinations win over the domain."""
    destinations = [entry["uri"] for entry in given.get("destinations", ())]
    return destinations or ([given["domain"]] if given.get("domain") else [])


def _admit_host(data: Data, uri: str, where: str) -> None:
    host = uri.removeprefix("https://").split("/", 1)[0]
    if formats.host(host):
        raise refused(f"{where}: {uri} is not a host with or without a path")
    if places.zone_of(data, host.removeprefix("*.")) is None:
        known = ", ".join(sorted(zone["name"] for zone in data.get("zones", {}).values())) or "none"
        raise refused(f"{where}: {host} lies in none of the account's zones: {known}")
