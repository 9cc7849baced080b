"""The simulated Authentik server.

The platform itself runs this server, so it answers only when the simulated cluster says so. The file: `url` and `up`
(the provider's `url` is answered while they say so), `tokens` [...] (the bootstrap token is put there by whoever starts
the server), `objects`, and `next` (the next number of a provider). The sandbox's controllers read

    objects.Outpost {id: {`name`, `type`, `protocolProviders`, `serviceConnection`, `config`}}

and deploy, as a real server does for an outpost with a service connection of type Kubernetes that is `local`, a
Deployment and a Service `ak-outpost-<name>` (ports http 9000, https 9443, metrics 9300). `config` is JSON text:
`kubernetes_namespace`, `kubernetes_replicas`, `kubernetes_disabled_components`, `kubernetes_json_patches`,
`object_naming_template` (`ak-outpost-%(name)s`). `objects.ServiceConnectionKubernetes` {id: {`name`, `local`}}.

A fresh server has what `fresh.fresh_authentik` says. Ids are as with the real provider: an application's and a flow's
is its slug at creation, a provider's a number, everything else's a UUID.

What the provider sends for properties left out, and what the server demands of each (lengths, ranges, choices), is
taken from the provider's source and from the API's schema of 2025.10. An empty reference ("") counts as none, as with
the server. An outpost without a configuration gets the server's defaults, which the provider asks for beforehand.

A server in trouble is asked once: neither the provider (2025.8) nor its client tries again. A silent one is given up
after the 20 minutes that Terraform's SDK gives each call.

Not covered: users, roles, sources, policies other than bindings, enterprise features, stages but user login, logout and
consent; what a flow does; SAML, LDAP, RADIUS.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from sandbox.plugins.accounts.account import Account, Data
from sandbox.plugins.accounts.authentik import api
from sandbox.plugins.accounts.authentik.applications import Application, PolicyBinding
from sandbox.plugins.accounts.authentik.directory import Brand, CertificateKeyPair, Group, ScopeMapping
from sandbox.plugins.accounts.authentik.flows import (
    Flow,
    FlowStageBinding,
    StageConsent,
    StageUserLogin,
    StageUserLogout,
)
from sandbox.plugins.accounts.authentik.lookups import LOOKUPS
from sandbox.plugins.accounts.authentik.outposts import Outpost, ServiceConnectionKubernetes
from sandbox.plugins.accounts.authentik.providers import ProviderOauth2, ProviderProxy
from sandbox.plugins.accounts.faults import Request, Trouble
from sandbox.plugins.accounts.formats import url
from sandbox.plugins.accounts.provider import AccountProvider
from sandbox.plugins.accounts.schema import json_text, text
from sandbox.plugins.interface import ProviderError

VERSION = "0.12.0"
"""Of the plugin `terraform-provider`, which the SDK asks for and hands the package `authentik`."""


class Authentik(AccountProvider):
    """Authentik, as a provider."""

    def __init__(self, account: Account) -> None:
        """Serve the account in this file."""
        super().__init__(
            account=account,
            title="Authentik",
            arguments={
                "url": text(required=True, rule=url),
                "token": text(required=True, secret=True),
                "insecure": text(choices=("true", "false")),
                "headers": json_text(secret=True),
            },
            kinds=[
                Application(),
                PolicyBinding(),
                ProviderProxy(),
                ProviderOauth2(),
                Outpost(),
                ServiceConnectionKubernetes(),
                Group(),
                ScopeMapping(),
                CertificateKeyPair(),
                Brand(),
                Flow(),
                FlowStageBinding(),
                StageUserLogin(),
                StageUserLogout(),
                StageConsent(),
            ],
            lookups=LOOKUPS,
            package="authentik",
        )

    def complaint(self, trouble: Trouble, request: Request) -> str:
        """The provider's words."""
        return api.complaint(trouble, request, str(self.config.get("url", "")))

    def authenticate(self, data: Data) -> None:
        """Refuse while the server does not run, is somewhere else, or does not know the token."""
        asked = str(self.config.get("url", "")).rstrip("/")
        # A port forwarded to the server needs neither its route nor its record.
        forwarded = urlsplit(asked).hostname in ("localhost", "127.0.0.1")
        if not data.get("up") or not (forwarded or str(data.get("url", "")).rstrip("/") == asked):
            raise ProviderError(f"{asked} does not answer (connection refused): is the authentik server up?")
        if self.config.get("token") not in data.get("tokens", ()):
            raise ProviderError(
                'HTTP Error \'403 Forbidden\': {"detail":"Token invalid/expired"}: check the provider argument token'
            )
