"""Simulated accounts for tests, driven as the engine drives them but without its wire."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.paths import Sandbox
from sandbox.plugins.accounts.account import Account
from sandbox.plugins.accounts.authentik import Authentik
from sandbox.plugins.accounts.cloudflare import Cloudflare
from sandbox.plugins.accounts.cloudflare.tokens import ACCESS, DNS, EDIT, IDENTITY, TUNNEL, ZONE_SETTINGS
from sandbox.plugins.accounts.cloudflare.tokens import ZONE as ZONE_ITSELF
from sandbox.plugins.accounts.onepassword import OnePassword
from sandbox.plugins.accounts.provider import AccountProvider
from sandbox.plugins.accounts.seeding import Tokens, seed
from sandbox.plugins.interface import Change, Live, ProviderError, Subject
from sandbox.plugins.wire import Properties, reveal

ZONE = "8c1f6a0e5b7d4923a6e0c5d2b94f7138"
OTHER_ZONE = "3e9b27d40c8a4f15b6d1720e9f5ac846"
ACCOUNT = "5d7e0b94c2a84f6f9b13e8a6d05c7241"
VAULT = "hm3lq7wzt5kd2rvxn4ybc6jagu"
URL = "https://grathnode.example.org"
PERMISSIONS = [f"{what} / {EDIT}" for what in (DNS, ZONE_ITSELF, ZONE_SETTINGS, TUNNEL, ACCESS, IDENTITY)]
TOKENS = Tokens(cloudflare={"cf": PERMISSIONS}, service_account=["sa"], connect=["co"], authentik=["ak"])


def seeded(root: Path) -> Sandbox:
    """A sandbox folder with fresh accounts."""
    zones = {ZONE: "example.org", OTHER_ZONE: "example.net"}
    seed(root, tokens=TOKENS, zones=zones, account_id=ACCOUNT, vault=VAULT)
    return Sandbox(root=root)


@dataclass
class Driver:
    """Checks, then acts, as the engine does."""

    provider: AccountProvider

    def subject(self, kind: str, name: str = "it", own: str = "") -> Subject:
        """A resource of a type by its own name."""
        tokens = [known.schema.token for known in self.provider.kinds if known.schema.short == kind]
        token = tokens[0] if tokens else kind
        return Subject(type=token, name=name, urn=f"urn:pulumi:s::p::{token}::{name}", id=own)

    def check(self, kind: str, inputs: Properties, resource: str = "it") -> Properties:
        """The checked inputs.

        Raises:
            ProviderError: with every problem, one a line.
        """
        checked, failures = self.provider.check(self.subject(kind, resource), {}, inputs)
        if failures:
            raise ProviderError("\n".join(failure.reason for failure in failures))
        return checked

    def make(self, kind: str, *, resource: str = "it", **inputs: Any) -> tuple[str, Properties]:
        """A new resource: its id and outputs."""
        return self.provider.create(self.subject(kind, resource), self.check(kind, inputs, resource), 0, preview=False)

    def plan(self, kind: str, **inputs: Any) -> Properties:
        """What a preview of a new resource shows."""
        return self.provider.create(self.subject(kind), self.check(kind, inputs), 0, preview=True)[1]

    def change(self, kind: str, own: str, olds: Properties, **inputs: Any) -> Properties:
        """The outputs of an update."""
        return self.provider.update(self.subject(kind, own=own), olds, self.check(kind, inputs), 0, preview=False)

    def read(self, kind: str, own: str, **inputs: Any) -> Live | None:
        """The live resource: refreshed if it was declared, and otherwise imported."""
        return self.provider.read(self.subject(kind, own=own), inputs, inputs)

    def diff(self, kind: str, olds: Properties, **inputs: Any) -> list[Change]:
        """What an update would change."""
        return list(self.provider.diff(self.subject(kind), {}, olds, self.check(kind, inputs)).changes)

    def remove(self, kind: str, own: str) -> None:
        """Delete a resource."""
        self.provider.delete(self.subject(kind, own=own), {}, 0)

    def look(self, function: str, **args: Any) -> Properties:
        """The plain answer of a lookup."""
        package = self.provider.kinds[0].schema.token.split(":", 1)[0]
        plain: Properties = reveal(self.provider.invoke(f"{package}:index/{function}:{function}", args))
        return plain


def cloudflare(root: Path) -> Driver:
    """A fresh Cloudflare account."""
    provider = Cloudflare(Account(seeded(root).account("cloudflare")))
    provider.configure({"apiToken": "cf"})
    return Driver(provider)


def authentik(root: Path) -> Driver:
    """A fresh Authentik server that runs."""
    account = Account(seeded(root).account("authentik"))
    with account.edit() as data:
        data.update(url=URL, up=True)
    provider = Authentik(account)
    provider.configure({"url": URL, "token": "ak"})
    return Driver(provider)


def onepassword(root: Path, *, by_connect: bool = False) -> Driver:
    """A fresh 1Password account, reached by service account or through Connect."""
    provider = OnePassword(Account(seeded(root).account("onepassword")))
    connect = {"url": "http://connect.example.org", "token": "co"}
    provider.configure(connect if by_connect else {"serviceAccountToken": "sa"})
    return Driver(provider)


def plain(outputs: Properties) -> Properties:
    """Outputs without their secret marks."""
    revealed: Properties = reveal(outputs)
    return revealed


def flow(ak: Driver, slug: str) -> str:
    """The UUID of a flow of Authentik."""
    return str(ak.look("getFlow", slug=slug)["id"])


def flows(ak: Driver) -> Properties:
    """The flows that every provider of Authentik needs."""
    return {
        "authorizationFlow": flow(ak, "default-provider-authorization-implicit-consent"),
        "invalidationFlow": flow(ak, "default-provider-invalidation-flow"),
    }


def proxy(ak: Driver, **more: Any) -> Properties:
    """Inputs of a good proxy provider."""
    return {"name": "navidrome", "mode": "forward_single", "externalHost": "https://n.example.org", **flows(ak), **more}


def oauth2(ak: Driver, **more: Any) -> Properties:
    """Inputs of a good OAuth2 provider."""
    redirects = [{"matching_mode": "strict", "url": "https://argocd.example.org/auth/callback"}]
    return {"name": "argocd", "clientId": "argocd", "allowedRedirectUris": redirects, **flows(ak), **more}


def refused(ak: Driver, kind: str, inputs: Properties, message: str) -> None:
    """Show that a new resource is refused with a message."""
    with pytest.raises(ProviderError, match=re.escape(message)):
        ak.make(kind, **inputs)
