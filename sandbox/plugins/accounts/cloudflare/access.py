"""Cloudflare Access: who people are (identity providers) and who may pass (reusable policies)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from sandbox.plugins.accounts import formats
from sandbox.plugins.accounts.account import Data, objects
from sandbox.plugins.accounts.cloudflare import places, tokens
from sandbox.plugins.accounts.cloudflare.resource import Resource
from sandbox.plugins.accounts.kind import now
from sandbox.plugins.accounts.schema import Property, Schema, flag, group, integer, listing, text, texts
from sandbox.plugins.interface import ProviderError
from sandbox.plugins.wire import UNKNOWN, Properties

IDENTITY_PROVIDER: Final = "ZeroTrustAccessIdentityProvider"
POLICY: Final = "ZeroTrustAccessPolicy"
APPLICATION: Final = "ZeroTrustAccessApplication"

OIDC: Final = ("authUrl", "tokenUrl", "certsUrl", "clientId", "clientSecret")
"""What an OpenID Connect provider cannot do without."""
OIDC_ONLY: Final = ("authUrl", "tokenUrl", "certsUrl", "scopes")


def refused(problem: str) -> ProviderError:
    """A refusal as Access words it."""
    return ProviderError(f"access.api.error.invalid_request: {problem}")


class IdentityProvider(Resource):
    """A way of signing in to Access."""

    permission = tokens.IDENTITY
    import_form = "<accounts|zones>/<account_id|zone_id>/<identity_provider_id>"

    schema = Schema(
        token="cloudflare:index/zeroTrustAccessIdentityProvider:ZeroTrustAccessIdentityProvider",  # noqa: S106
        inputs={
            "accountId": text(required=True, replace=True),
            "name": text(required=True, rule=formats.filled),
            "type": text(required=True, choices=("oidc", "onetimepin"), replace=True),
            "config": group(
                required=True,
                fields={
                    "authUrl": text(rule=formats.url),
                    "tokenUrl": text(rule=formats.url),
                    "certsUrl": text(rule=formats.url),
                    "clientId": text(rule=formats.filled),
                    "clientSecret": text(secret=True, rule=formats.filled),
                    "scopes": texts(),
                    "claims": texts(),
                    "emailClaimName": text(),
                    "pkceEnabled": flag(),
                },
            ),
        },
        outputs={"scimConfig": group()},
    )

    def offline(self, given: Properties) -> Iterator[str]:
        """Parts of the configuration that belong to another type."""
        config = given["config"]
        if given["type"] not in (UNKNOWN, "oidc") and isinstance(config, Mapping):
            for key in OIDC_ONLY:
                if key in config:
                    yield f"config.{key}: this may be given for type oidc only, and type is {given['type']}"

    def admit(self, data: Data, given: Properties, own: str) -> None:
        """Refuse an unknown account and an OIDC provider without its endpoints."""
        del own
        places.account(data, given["accountId"], "access/identity_providers")
        missing = [key for key in OIDC if not given["config"].get(key)] if given["type"] == "oidc" else []
        if missing:
            raise refused(f"identity provider {given['name']}: config lacks {', '.join(missing)}")

    def computed(self, data: Data, given: Properties, own: str, old: Data) -> Data:
        """Provisioning is off."""
        del data, given, own, old
        return {"scimConfig": {}}


def _rule(*, needs: tuple[str, ...] = (), may: tuple[str, ...] = ()) -> Property:
    required = {key: text(required=True, rule=formats.filled) for key in needs}
    return group(fields={**required, **{key: text() for key in may}})


SELECTORS: Final[Mapping[str, Property]] = {
    "anyValidServiceToken": group(),
    "authMethod": _rule(needs=("authMethod",)),
    "certificate": group(),
    "commonName": _rule(needs=("commonName",)),
    "email": _rule(needs=("email",)),
    "emailDomain": _rule(needs=("domain",)),
    "everyone": group(),
    "externalEvaluation": _rule(needs=("evaluateUrl", "keysUrl")),
    "geo": _rule(needs=("countryCode",)),
    "ip": _rule(needs=("ip",)),
    "loginMethod": _rule(needs=("id",)),
    "oidc": _rule(needs=("claimName", "claimValue", "identityProviderId")),
}
"""How a rule may choose people, as far as it refers to nothing that the sandbox lacks (lists, groups, devices, ...)."""

RULES: Final = listing(item=group(fields=SELECTORS))


class Policy(Resource):
    """A reusable policy of an account."""

    permission = tokens.ACCESS
    import_form = "<account_id>/<policy_id>"

    schema = Schema(
        token="cloudflare:index/zeroTrustAccessPolicy:ZeroTrustAccessPolicy",  # noqa: S106 a type token
        inputs={
            "accountId": text(required=True, replace=True),
            "name": text(required=True, rule=formats.filled),
            "decision": text(required=True, choices=("allow", "deny", "non_identity", "bypass")),
            "includes": RULES,
            "requires": RULES,
            "excludes": RULES,
            "sessionDuration": text(rule=formats.go_duration),
            "isolationRequired": flag(),
            "approvalRequired": flag(),
            "purposeJustificationRequired": flag(),
            "purposeJustificationPrompt": text(),
        },
        outputs={"appCount": integer(), "reusable": flag(), "createdAt": text(), "updatedAt": text(volatile=True)},
    )

    def admit(self, data: Data, given: Properties, own: str) -> None:
        """Refuse rules that choose nobody, and references to identity providers that do not exist."""
        del own
        places.account(data, given["accountId"], "access/policies")
        if not given.get("includes"):
            raise refused(f"policy {given['name']}: includes: a policy needs at least one include rule")
        for part in ("includes", "requires", "excludes"):
            for index, rule in enumerate(given.get(part, ())):
                self._admit_rule(data, rule, f"policy {given['name']}: {part}[{index}]")

    @staticmethod
    def _admit_rule(data: Data, rule: Properties, where: str) -> None:
        if len(rule) != 1:
            raise refused(
                f"{where}: a rule has exactly one selector, this one has {len(rule)}: make each a rule of its own"
            )
        referred = rule.get("oidc", {}).get("identityProviderId") or rule.get("loginMethod", {}).get("id")
        if referred:
            identity_provider(data, referred, where)

    def computed(self, data: Data, given: Properties, own: str, old: Data) -> Data:
        """Its times, and how many applications use it."""
        del given
        users = [app for app in objects(data, APPLICATION).values() if own and own in policies_of(app)]
        return {
            "appCount": len(users),
            "reusable": True,
            "createdAt": old.get("createdAt") or now(),
            "updatedAt": now(),
        }


def identity_provider(data: Data, own: str, where: str) -> Data:
    """The identity provider of an id."""
    held: Data | None = objects(data, IDENTITY_PROVIDER).get(own)
    if held is None:
        known = ", ".join(sorted(value["name"] for value in objects(data, IDENTITY_PROVIDER).values())) or "none"
        raise refused(f"{where}: there is no identity provider {own}; the account has {known}")
    return held


def policies_of(application: Data) -> list[str]:
    """Ids of the policies that an application uses."""
    return [policy["id"] for policy in application.get("policies", ())]
