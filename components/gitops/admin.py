"""The way into Argo CD when Authentik is down."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import Secret

from components.kit import Given, Namespace, SecretStore, VaultItem, VaultItemArgs

INITIAL_ADMIN_SECRET = "argocd-initial-admin-secret"  # noqa: S105 - a Secret's name
"""Where Argo CD puts the password that it makes up for `admin` at its first start."""


@dataclass(frozen=True, kw_only=True)
class LocalAdminArgs:
    """Argo CD, and where its password is to be kept."""

    namespace: Namespace
    installed: pulumi.Output[object]
    """Known when Argo CD runs, and not before: a first preview has nothing to read."""
    store: SecretStore


class LocalAdmin(pulumi.ComponentResource):
    """Argo CD's own `admin`, whose password is kept in 1Password: it works without Authentik.

    Argo CD makes the password up itself and keeps only a hash of it. The Secret that holds it in the clear has to stay
    in the cluster, since this program reads it there.
    """

    def __init__(self, name: str, args: LocalAdminArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:gitops:LocalAdmin", name, None, opts)
        identifier = args.installed.apply(lambda _: f"{args.namespace.name}/{INITIAL_ADMIN_SECRET}")
        secret = Secret.get(name, identifier, opts=pulumi.ResourceOptions(parent=self))
        password = secret.data.apply(lambda data: base64.b64decode(data["password"]).decode())
        VaultItem(
            name,
            VaultItemArgs(
                store=args.store, fields={"username": Given(value="admin"), "password": Given(value=password)}
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
